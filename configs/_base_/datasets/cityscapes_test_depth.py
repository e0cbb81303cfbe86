# Depth on the test frames, scored at camera resolution, as in ManyDepth (CCAM, section 4.1).
_base_ = './cityscapes.py'
val_dataloader = dict(
    dataset=dict(
        split='test',
        tasks=['depth'],
        pipeline=[
            dict(type='Resize', size=(512, 1024), labels=False),
            dict(type='PackSample'),
        ],
    )
)
