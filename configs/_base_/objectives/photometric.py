# Depth from video (https://arxiv.org/abs/1806.01260), with a ResNet-18 as the pose network.
objectives = dict(
    photometric=dict(
        type='PhotometricObjective',
        stream='video',
        pose=dict(
            type='PoseNetwork',
            encoder=dict(
                type='ResNetEncoder',
                depth=18,
                output_stride=32,
                weights='IMAGENET1K_V1',
                mean=(0.45, 0.45, 0.45),
                std=(0.225, 0.225, 0.225),
            ),
        ),
    )
)
