# All labeled images of KITTI Stereo 2015 for testing as in the robustness paper: small images, full-size labels.
_base_ = './kitti_stereo.py'
val_dataloader = dict(
    dataset=dict(
        split='all',
        pipeline=[
            dict(type='Resize', size=(192, 640), labels=False),
            dict(type='PackSample'),
        ],
    )
)
