_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(gradient_scales=dict(semseg=1.0, depth=0.0)))
