# With discriminators, whose learning rate decays polynomially to zero (https://arxiv.org/abs/1802.10349).
_base_ = './sgd_90k.py'
optim_wrapper = dict(critics=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))))
param_scheduler = dict(
    _delete_=True,
    network=[],
    # mmengine reaches eta_min one update before the end.
    critics=[dict(type='PolyLR', by_epoch=False, power=0.9, eta_min=0.0, end=90_001)],
)
