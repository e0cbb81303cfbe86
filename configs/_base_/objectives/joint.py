# Supervision of each stream by its own labels (SemiMTL: JTL).
objectives = dict(
    classes=dict(type='SupervisedObjective', stream='classes'),
    distances=dict(type='SupervisedObjective', stream='distances'),
)
