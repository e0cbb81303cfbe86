_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(gradient_scales=dict(semseg=0.5, depth=0.5)))
