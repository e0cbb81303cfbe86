# One stream of several, labelled with depths or heights.
objectives = dict(distances=dict(type='SupervisedObjective', stream='distances'))
