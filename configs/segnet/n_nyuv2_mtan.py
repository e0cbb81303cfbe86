_base_ = [
    '../_base_/datasets/nyuv2_mtan_augmented.py',
    '../_base_/tasks/n.py',
    '../_base_/methods/segnet.py',
    '../_base_/schedules/mtan_nyuv2.py',
]
