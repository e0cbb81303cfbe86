# A small network, small pictures and few steps, on the rendered world: minutes on a laptop.
rules = [
    dict(where=dict(type='VKITTI2Dataset'), set=dict(data_root='{{$MTLBENCH_DATA:data}}/rendered/vkitti2')),
    dict(where=dict(type='CityscapesDataset'), set=dict(data_root='{{$MTLBENCH_DATA:data}}/rendered/cityscapes')),
    dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(128, 416))),
    dict(where=dict(type='Resize', size=(512, 1024)), set=dict(size=(128, 256))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, stages=3, weights=None)),
    # Where nothing finer comes in later, stride 16 would leave 8 rows of cells in such pictures.
    dict(where=dict(decoder=dict(type='DeepLabDecoder')), set=dict(encoder=dict(output_stride=8))),
    dict(where=dict(decoder=dict(type='PADNetDecoder')), set=dict(encoder=dict(output_stride=8))),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(64, 64, 32, 32, 16), aspp_channels=64, dropout=0.0)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=64, dropout=0.0)),
    dict(where=dict(type='PADNetDecoder'), set=dict(channels=64)),
    dict(where=dict(type='StreamTrainLoop'), set=dict(max_iters=400, val_interval=200, dynamic_intervals=None)),
    dict(where=dict(type='MultiStepLR'), set=dict(milestones=[280])),
    dict(where=dict(type='AtomicCheckpointHook'), set=dict(interval=100)),
    dict(where=dict(sampler=dict(type='StreamSampler')), set=dict(num_workers=1)),
]
