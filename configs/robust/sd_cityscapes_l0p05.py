_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(gradient_scales=dict(semseg=0.05, depth=0.95)))
