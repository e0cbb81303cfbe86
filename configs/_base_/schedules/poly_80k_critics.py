# poly_40k_critics.py with 80 000 updates.
_base_ = './poly_40k_critics.py'
train_cfg = dict(max_iters=80_000, val_interval=10_000)
__decay = [dict(type='PolyLR', by_epoch=False, power=0.9, eta_min=0.0, end=80_001)]
param_scheduler = dict(network=__decay, critics=__decay)
