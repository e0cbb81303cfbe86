# The rates of xTAM's domain adaptation: 2.5e-4, and 1.5e-5 for the encoder.
_base_ = './adam_40k.py'
train_cfg = dict(max_iters=90_000)
optim_wrapper = dict(
    optimizer=dict(lr=2.5e-4),
    paramwise_cfg={'network.encoder': dict(lr=1.5e-5)},
    clip_grad=None,
    critics=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))),
)
param_scheduler = dict(
    _delete_=True,
    network=[],
    # mmengine arrives at eta_min one update before the end.
    critics=[dict(type='PolyLR', by_epoch=False, power=0.9, eta_min=0.0, end=90_001)],
)
