# Learning rates of xTAM, section 4.1, for the 90 000 updates of its domain adaptation: constant, without gradient
# clipping.
_base_ = './sgd_40k.py'
train_cfg = dict(max_iters=90_000)
param_scheduler = []
optim_wrapper = dict(clip_grad=None)
