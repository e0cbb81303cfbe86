# One stream of several, labeled with classes.
objectives = dict(classes=dict(type='SupervisedObjective', stream='classes'))
