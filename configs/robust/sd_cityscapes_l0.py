_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(gradient_scales=dict(semseg=0.0, depth=1.0)))
