# Last of two pretraining runs on ScanNet: all parts are trained. The encoder starts from ImageNet again, and its
# features stay close to ImageNet features.
_base_ = './d_scannet_crops.py'
starts_from = dict(
    config='sde/d_scannet_crops',
    parts={
        'network.decoders': 'network.decoders',
        'network.heads': 'network.heads',
        'objectives.photometric.pose': 'objectives.photometric.pose',
    },
)
objectives = dict(feature_distance=dict(type='FeatureDistance', stream='video'))
train_cfg = dict(max_iters=50_000)
optim_wrapper = dict(optimizer=dict(lr=1e-5), paramwise_cfg=dict(_delete_=True))
