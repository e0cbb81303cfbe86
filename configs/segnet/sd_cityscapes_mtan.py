_base_ = [
    '../_base_/datasets/cityscapes_mtan_augmented.py',
    '../_base_/tasks/sd_linear_inverse.py',
    '../_base_/methods/segnet.py',
    '../_base_/schedules/mtan_cityscapes.py',
]
model = dict(gradients_on='parameters')
