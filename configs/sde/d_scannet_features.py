# Last of two runs of pretraining on ScanNet: all parts, the encoder too, which starts from ImageNet again
# and whose features stay near it.
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
