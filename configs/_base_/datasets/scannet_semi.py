# ScanNet with few labels (CCAM, section 4.3). 1/8 of the training frames has semantic labels. The second stream has all
# training frames, with neighbors ten frames before and after. Depth labels are used for evaluation.
_base_ = './scannet.py'
__frames = dict(
    type='ScanNetDataset',
    data_root='{{$MTLBENCH_DATA:data}}/scannet',
    class_set='nyudv2_40',
    split='train',
    subset=0.125,
    tasks=['semseg'],
    neighbor_offsets=(-10, 10),
    require_neighbors=True,
    pipeline=[
        dict(type='Resize', size=(480, 640)),
        dict(type='RandomFlip'),
        dict(type='ChooseIntrinsics'),
        dict(type='RandomCrop', size=(480, 480)),
        dict(type='PackSample'),
    ],
)
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True, sampler=dict(type='StreamSampler'))
task_settings = dict(depth=dict(near_m=0.1, far_m=10, accumulate='image_rmse'))
train_dataloader = dict(
    labeled=dict(dataset=__frames), unlabeled=dict(**__loader, dataset=dict(**__frames, subset_part='both'))
)
