# Supervision of the stream with depth or height labels, one of several streams.
objectives = dict(distances=dict(type='SupervisedObjective', stream='distances'))
