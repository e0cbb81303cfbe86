# Each stream teaches what it is labeled with (SemiMTL: JTL).
objectives = dict(
    classes=dict(type='SupervisedObjective', stream='classes'),
    distances=dict(type='SupervisedObjective', stream='distances'),
)
