# A small network, small images and few steps, on the rendered world: minutes on a laptop.
root = '{{$MTLBENCH_DATA:data}}/rendered'
rules = [
    *[
        dict(where=dict(type=dataset), set=dict(data_root=f'{root}/{folder}'))
        for dataset, folder in (
            ('VKITTI2Dataset', 'vkitti2'),
            ('CityscapesDataset', 'cityscapes'),
            ('SYNTHIADataset', 'synthia'),
            ('SynscapesDataset', 'synscapes'),
            ('KITTIRawDataset', 'kitti_raw'),
            ('KITTIStereoDataset', 'kitti_stereo'),
            ('NYUDv2Dataset', 'nyudv2'),
            ('ScanNetDataset', 'scannet'),
            ('PotsdamDataset', 'potsdam'),
            ('VaihingenDataset', 'vaihingen'),
        )
    ],
    dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(128, 416))),
    dict(where=dict(type='Resize', size=(512, 1024)), set=dict(size=(128, 256))),
    dict(where=dict(type='Resize', size=(192, 640)), set=dict(size=(96, 320))),
    dict(where=dict(type='Resize', size=(512, 512)), set=dict(size=(256, 256))),
    dict(where=dict(type='Resize', size=(448, 576)), set=dict(size=(128, 160))),
    dict(where=dict(type='Resize', size=(480, 640)), set=dict(size=(128, 160))),
    dict(where=dict(type='RandomCrop', size=(480, 480)), set=dict(size=(128, 128))),
    dict(where=dict(type='RandomCrop', size=(384, 384)), set=dict(size=(192, 192))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, stages=2, output_stride=8, weights=None)),
    dict(
        where=dict(type='SkipDecoder'),
        set=dict(channels=(64, 32, 16, 8), aspp_channels=64, rates=(2, 4, 8), dropout=0.0, skip_channels=16),
    ),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=96, rates=(2, 4, 8), dropout=0.0)),
    dict(where=dict(type='PADNetDecoder'), set=dict(channels=64)),
    # Half of each image at a time, so that twice as many updates fit into the minutes there are.
    dict(
        where=dict(dataset_name='vkitti2'),
        set=dict(
            train_dataloader=dict(
                labeled=dict(
                    dataset=dict(
                        pipeline=[
                            dict(type='Resize', size=(128, 416)),
                            dict(type='RandomFlip'),
                            dict(type='NormalsFromDepth'),
                            dict(type='RandomCrop', size=(128, 224)),
                            dict(type='PackSample'),
                        ],
                    )
                )
            )
        ),
    ),
    # From random weights in few steps: one quick optimizer for all methods. The heads learn faster, that of depth much,
    # for the encoded depth it puts out goes into the hundreds.
    dict(
        where=dict(constructor='GroupedOptimWrapperConstructor'),
        set=dict(
            optimizer=dict(_delete_=True, type='Adam', lr=7e-4, betas=(0.9, 0.98), fused=True),
            paramwise_cfg={'_delete_': True, 'network.heads': dict(lr=1e-2)},
        ),
    ),
    dict(
        where=dict(tasks=dict(depth=dict(type='DepthTask'))),
        set=dict(optim_wrapper=dict(paramwise_cfg={'network.heads.depth': dict(lr=1e-1)})),
    ),
    dict(where=dict(type='StreamTrainLoop'), set=dict(max_iters=600, val_interval=300, dynamic_intervals=None)),
    dict(where=dict(type='MultiStepLR'), set=dict(milestones=[300, 430, 515, 565], gamma=0.4)),
    dict(where=dict(type='AtomicCheckpointHook'), set=dict(interval=150)),
    dict(where=dict(sampler=dict(type='StreamSampler')), set=dict(num_workers=1)),
    # An exchange at level 4 needs a decoder that starts there, and an encoder of its stride.
    *[
        dict(where=dict(decoder=dict(type='SkipDecoder'), exchange_levels=levels, **encoder), set=change)
        for levels in ((4,), (4, 3, 2, 1))
        for encoder, change in (
            (dict(encoder=dict(type='ResNetEncoder')), dict(encoder=dict(stages=3, output_stride=16))),
            ({}, dict(decoder=dict(channels=(64, 64, 32, 16, 8)))),
        )
    ],
    # Depth from video: one run of pretraining in place of three, on whole images, which show the motion best. From
    # random weights the network of motion runs away at the rate of the others, and then nothing learns any more.
    dict(where=dict(type='RandomCrop', size=(512, 512)), set=dict(size=(128, 256))),
    dict(where=dict(video=dict(batch_size=4)), set=dict(video=dict(batch_size=2))),
    dict(
        where=dict(type='PoseNetwork', encoder=dict(type='ResNetEncoder')),
        set=dict(encoder=dict(stages=3, output_stride=16)),
    ),
    dict(
        where=dict(tasks=dict(depth=dict(type='DisparityDepthTask')), objectives=dict(photometric={})),
        set=dict(optim_wrapper=dict(paramwise_cfg={'_delete_': True, 'objectives.photometric.pose': dict(lr=1e-4)})),
    ),
    # That run knows nothing at first. Frames that may stay unmoved would hide a motion which ran away. In images this
    # small the road near by moves several pixels, its texture is finer than one: only smaller images show the way.
    # The road near by is a third as far as the middle, which the near end must leave room for.
    *[
        dict(
            where=dict(starts_from=dict(config=f'sde/{config}')),
            set=dict(
                tasks=dict(depth=dict(near_m=0.05)),
                objectives=dict(photometric=dict(automask=False, compare_at='level')),
                model=dict(network=dict(decoder=dict(norm=True))),
            ),
        )
        for config in ('d_cityscapes_crops', 'd_cityscapes', 'd_cityscapes_features')
    ],
    dict(
        where=dict(starts_from=dict(config='sde/d_cityscapes_crops')),
        set=dict(
            starts_from=None,
            tasks=dict(depth=dict(initial_bias=-2.3)),
            optim_wrapper=dict(paramwise_cfg={'objectives.photometric.pose': dict(lr=3e-4)}),
            param_scheduler=[
                dict(type='LinearLR', by_epoch=False, start_factor=1 / 30, end=30),
                dict(type='MultiStepLR', by_epoch=False, milestones=[350, 450, 510], gamma=0.4),
            ],
            train_cfg=dict(max_iters=550, val_interval=275),
        ),
    ),
    # Domain adaptation: crops of the source of the target's size, and critics as small as the networks.
    dict(where=dict(type='Resize', size=(512, 1696)), set=dict(size=(128, 424))),
    dict(where=dict(type='RandomCrop', size=(512, 1024)), set=dict(size=(128, 256))),
    dict(where=dict(type='PatchDiscriminator'), set=dict(channels=(16, 32, 64, 128))),
    dict(where=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))), set=dict(optimizer=dict(lr=1e-3))),
    dict(where=dict(type='PolyLR', end=90_001), set=dict(end=601)),
    # Robustness: the paper's decoders, narrower; crops of one size of both streams, of images a quarter and half as
    # large; small batches. Depth begins where that of the pretraining from video does.
    dict(where=dict(type='RandomCrop', size=(192, 640)), set=dict(size=(96, 192))),
    dict(
        where=dict(method='robust', model=dict(network=dict(encoder=dict(type='ResNetEncoder')))),
        set=dict(model=dict(network=dict(encoder=dict(stages=3, output_stride=16)))),
    ),
    dict(
        where=dict(method='robust'),
        set=dict(
            model=dict(
                network=dict(
                    decoder=dict(channels=(64, 64, 32, 16, 16), aspp_channels=None, skip_channels=None),
                )
            ),
            train_dataloader=dict(labeled=dict(batch_size=4)),
            optim_wrapper=dict(paramwise_cfg={'_delete_': True, 'network.heads.semseg': dict(lr=1e-2)}),
        ),
    ),
    dict(
        where=dict(method='robust', train_dataloader=dict(video={})),
        set=dict(
            tasks=dict(depth=dict(near_m=0.05, initial_bias=-2.3)),
            objectives=dict(photometric=dict(compare_at='level')),
            train_dataloader=dict(
                labeled=dict(batch_size=2),
                video=dict(
                    batch_size=2,
                    dataset=dict(
                        pipeline=[
                            dict(type='Resize', size=(96, 320)),
                            dict(type='RandomFlip'),
                            dict(type='ChooseIntrinsics', which='assumed'),
                            dict(type='RandomCrop', size=(96, 192)),
                            dict(type='ColorJitter', prob=0.5, random_order=False),
                            dict(type='PackSample'),
                        ],
                    ),
                ),
            ),
        ),
    ),
    # Streams by data set (SemiMTL): crops of 96 from streets and of 128 from the air, four at a time, and small heads.
    *[
        dict(
            where={stream: dict(dataset=dict(type=kind))},
            set={
                stream: dict(
                    batch_size=4,
                    dataset=dict(
                        pipeline=[
                            dict(type='Resize', size=whole),
                            dict(type='RandomScale'),
                            dict(type='Pad', size=(crop, crop)),
                            dict(type='RandomCrop', size=(crop, crop)),
                            dict(type='RandomFlip'),
                            dict(type='PackSample'),
                        ]
                    ),
                )
            },
        )
        for stream, kind, whole, crop in (
            ('classes', 'CityscapesDataset', (128, 256), 96),
            ('distances', 'CityscapesDataset', (128, 256), 96),
            ('distances', 'SynscapesDataset', (128, 256), 96),
            ('classes', 'PotsdamDataset', (256, 256), 128),
            ('distances', 'VaihingenDataset', (256, 256), 128),
        )
    ],
    dict(where=dict(type='PSPDecoder'), set=dict(channels=64, dropout=0.0)),
    dict(where=dict(type='ConvUpDecoder'), set=dict(channels=(64, 32, 32))),
    dict(where=dict(type='PixelDiscriminator'), set=dict(channels=(16, 32, 64, 128))),
    dict(
        where=dict(tasks=dict(depth=dict(type='InverseDepthTask'))),
        set=dict(optim_wrapper=dict(paramwise_cfg={'network.heads.depth': dict(lr=5e-2)})),
    ),
    *[dict(where=dict(type='PolyLR', end=end), set=dict(end=601)) for end in (40_001, 80_001)],
    # Few labels (CCAM): the same shares of the frames there are, in images of 64 x 128, for an update has many parts and
    # each labeled frame must be seen a hundred times (215 in the paper) before it is labels that are missing.
    # The frames with labels are among those without, so depth is learnt of these alone. A teacher that has learnt for
    # minutes is sure of the large classes only: the pixels of which it is not sure do not count, and the labels weigh
    # more, or the small classes were forgotten over the large ones.
    *[
        dict(
            where=dict(subset=count),
            set=dict(
                subset=share,
                pipeline=[
                    dict(type='Resize', size=(64, 128)),
                    dict(type='RandomFlip'),
                    dict(type='ChooseIntrinsics'),
                    dict(type='PackSample'),
                ],
            ),
        )
        for count, share in ((100, 1 / 30), (372, 0.125), (744, 0.25), (None, None))
    ],
    dict(
        where=dict(task_settings=dict(depth=dict(window=(0.25, 0.75, 0.09375, 0.90625)))),
        set=dict(
            val_dataloader=dict(dataset=dict(pipeline=[dict(type='Resize', size=(64, 128)), dict(type='PackSample')])),
        ),
    ),
    dict(
        where=dict(type='CityscapesDataset', split='test', tasks=['depth']),
        set=dict(pipeline=[dict(type='Resize', size=(64, 128), labels=False), dict(type='PackSample')]),
    ),
    dict(
        where=dict(tasks=dict(semseg={}), task_settings=dict(depth=dict(accumulate='image_rmse'))),
        set=dict(optim_wrapper=dict(paramwise_cfg={'network.heads.semseg': dict(lr=1e-2)})),
    ),
    dict(
        where=dict(
            dataset_name='cityscapes', tasks=dict(semseg={}), task_settings=dict(depth=dict(accumulate='image_rmse'))
        ),
        set=dict(
            train_cfg=dict(max_iters=750, val_interval=375),
            balancer=dict(weights=dict(semseg=3)),
            param_scheduler=[dict(type='MultiStepLR', by_epoch=False, milestones=[375, 540, 645, 710], gamma=0.4)],
        ),
    ),
    dict(
        where=dict(type='PhotometricObjective', stream=('labeled', 'unlabeled')),
        set=dict(stream='unlabeled'),
    ),
    dict(where=dict(type='PseudoLabelObjective'), set=dict(pixel_weight='threshold')),
    # Schedules of 750 updates for 40 000. With few channels the hidden layer of the affinity needs a larger share of them.
    dict(where=dict(type='CCAMExchange'), set=dict(reduction=4)),
    dict(
        where=dict(type='ScheduledValueHook', target='objectives.orthogonal.weight'),
        set=dict(values=[(1, 1e-4), (188, 1e-5), (375, 1e-6), (563, 1e-7)]),
    ),
    dict(
        where=dict(type='ScheduledValueHook', target='objectives.pseudo_labels.colors.prob'),
        set=dict(values=[(1, 0.0), (189, 0.5)]),
    ),
    dict(where=dict(starts_from=dict(config='sde/d_scannet_crops')), set=dict(starts_from=None)),
    # There are no pretrained features to stay near to, so the run that xTAM starts from serves both.
    dict(where=dict(type='FeatureDistance'), set=dict(weight=0.0)),
    dict(
        where=dict(starts_from=dict(config='sde/d_cityscapes_features')),
        set=dict(starts_from=dict(config='sde/d_cityscapes')),
    ),
]
