# With discriminators, whose learning rate decays in the same way.
_base_ = './poly_40k.py'
optim_wrapper = dict(critics=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))))
__decay = [dict(type='PolyLR', by_epoch=False, power=0.9, eta_min=0.0, end=40_001)]
param_scheduler = dict(_delete_=True, network=__decay, critics=__decay)
