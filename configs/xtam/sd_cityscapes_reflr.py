# Learning rates of the authors' released configs for Cityscapes, which differ from the paper.
_base_ = './sd_cityscapes.py'
optim_wrapper = dict(optimizer=dict(lr=1e-4), paramwise_cfg={'network.encoder': dict(lr=1e-5)})
