# SemiMTL, section 4.1: ResNet-101 with output stride 8, PSPNet's head for segmentation, convolutions for depth and
# height.
__distances = dict(type='ConvUpDecoder')
model = dict(
    type='Learner',
    network=dict(
        type='MultiTaskNetwork',
        encoder=dict(type='ResNetEncoder', depth=101, output_stride=8, weights='IMAGENET1K_V1'),
        decoder=dict(semseg=dict(type='PSPDecoder'), depth=__distances, height=__distances),
        head_levels=(0,),
    ),
)
