# Last of three pretraining runs, without FeatureDistance: all parts are trained. The encoder starts from ImageNet
# again.
_base_ = './d_cityscapes_crops.py'
starts_from = dict(
    config='sde/d_cityscapes_crops',
    parts={'network.decoders': 'network.decoders', 'network.heads': 'network.heads'},
)
train_cfg = dict(max_iters=50_000)
optim_wrapper = dict(optimizer=dict(lr=1e-5), paramwise_cfg=dict(_delete_=True))
