# Supervision of the stream with semantic labels, one of several streams.
objectives = dict(classes=dict(type='SupervisedObjective', stream='classes'))
