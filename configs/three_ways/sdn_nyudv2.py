_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nyudv2.py',
    '../_base_/tasks/sdn.py',
    '../_base_/methods/three_ways.py',
    '../_base_/schedules/sgd_40k.py',
]
