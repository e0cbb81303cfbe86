# One stream of several, labeled with depths or heights.
objectives = dict(distances=dict(type='SupervisedObjective', stream='distances'))
