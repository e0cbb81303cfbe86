# One stream of several, labelled with classes.
objectives = dict(classes=dict(type='SupervisedObjective', stream='classes'))
