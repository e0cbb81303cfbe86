# Shared by all methods: ResNet-101 with output stride 16 (xTAM, section 4.1), supervised by labels.
model = dict(
    type='Learner',
    network=dict(
        type='MultiTaskNetwork',
        encoder=dict(
            type='ResNetEncoder',
            depth=101,
            output_stride=16,
            weights='IMAGENET1K_V1',
            mean=(0.45, 0.45, 0.45),
            std=(0.225, 0.225, 0.225),
        ),
    ),
    objectives=dict(supervised=dict(type='SupervisedObjective', stream='labeled')),
)
