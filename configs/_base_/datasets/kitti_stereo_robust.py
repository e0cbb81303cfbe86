# All labeled images of KITTI Stereo 2015 as the robustness paper tests on them: small images, labels of full size.
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
