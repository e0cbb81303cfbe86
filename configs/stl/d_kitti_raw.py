_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/kitti_raw_labels.py',
    '../_base_/tasks/d.py',
    '../_base_/methods/stl.py',
    '../_base_/schedules/adam_40k.py',
]
