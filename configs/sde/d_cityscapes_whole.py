# First of three pretraining runs: whole images, which are best for learning camera motion.
_base_ = './d_cityscapes_crops.py'
starts_from = None
train_dataloader = dict(
    video=dict(
        batch_size=2,
        dataset=dict(
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics'),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ],
        ),
    ),
)
