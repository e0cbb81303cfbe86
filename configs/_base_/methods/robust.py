# The robustness paper (https://arxiv.org/abs/2004.11072): ResNet-18 and, per task, the decoder of monodepth2.
_base_ = './learner.py'
method = 'robust'
model = dict(
    network=dict(
        encoder=dict(depth=18, output_stride=32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        decoder=dict(type='SkipDecoder', channels=(256, 128, 64, 32, 16), aspp_channels=None),
        head_levels=(0,),
    ),
)
