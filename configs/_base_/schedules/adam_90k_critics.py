# Learning rates of xTAM's domain adaptation: 2.5e-4, and 1.5e-5 for the encoder.
_base_ = './sgd_90k_critics.py'
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='Adam', lr=2.5e-4, betas=(0.9, 0.98)),
    paramwise_cfg={'network.encoder': dict(lr=1.5e-5)},
)
