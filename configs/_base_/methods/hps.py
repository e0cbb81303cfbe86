# Hard parameter sharing as in LibMTL: ResNet-50 with output stride 8, one DeepLab head per task, images in [0, 1].
_base_ = './learner.py'
method = 'HPS'
model = dict(
    network=dict(
        encoder=dict(depth=50, output_stride=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
        decoder=dict(type='DeepLabDecoder', align_corners=True),
        head_levels=(0,),
    )
)
