# Behavior of released code by the same authors (SGDepth, https://arxiv.org/abs/2007.06936) where the robustness paper
# is silent or differs (R1 to R11); for the configs of that paper.
rules = [
    dict(
        where=dict(type='SemSegTask', head_kernel=3),
        set=dict(background=True, ce_norm='weight_sum', attack_weights=False),
    ),
    dict(where=dict(class_weights=dict(offset=1.02)), set=dict(class_weights=dict(offset=1.10))),
    dict(where=dict(type='PoseNetwork', motions=1), set=dict(scale='init')),
    dict(
        where=dict(type='PhotometricObjective', smooth_on='inverse_depth'),
        set=dict(automask=True, smooth_on='prediction'),
    ),
    dict(where=dict(method='robust', tasks=dict(depth={})), set=dict(tasks=dict(depth=dict(initial_bias=5.0)))),
    # At full size only: rendered images are no larger than the crops and come from one camera.
    dict(
        where=dict(method='robust', profile='full'),
        set=dict(
            train_dataloader=dict(
                labeled=dict(
                    dataset=dict(
                        pipeline=[
                            dict(type='Resize', size=(512, 1024)),
                            dict(type='RandomScale', scale=(2 / 3, 1.0)),
                            dict(type='RandomFlip'),
                            dict(type='RandomCrop', size=(192, 640)),
                            dict(type='ColorJitter', prob=1.0, random_order=False),
                            dict(type='PackSample'),
                        ],
                    )
                )
            )
        ),
    ),
    dict(
        where=dict(method='robust', profile='full', train_dataloader=dict(video={})),
        set=dict(train_dataloader=dict(video=dict(dataset=dict(cameras=('image_02', 'image_03'))))),
    ),
    # 20 epochs of 57 874 / 6 updates; learning rate divided by ten for the last five.
    dict(where=dict(type='StreamTrainLoop', max_iters=192_880), set=dict(max_iters=192_900, val_interval=9_645)),
    dict(where=dict(type='MultiStepLR', milestones=[144_660]), set=dict(milestones=[144_675])),
]
