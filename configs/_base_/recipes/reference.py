# Behavior of the authors' released code where it differs from the paper, defects included.
rules = [
    dict(where=dict(type='CrossTaskExchange'), set=dict(source_reduce='s')),
    dict(where=dict(type='DepthTask'), set=dict(decode='reference')),
    dict(where=dict(type='NormalsTask'), set=dict(metric='reference')),
    dict(
        where=dict(
            tasks=dict(depth=dict(type='DisparityDepthTask')), objectives=dict(photometric=dict(stream='labeled'))
        ),
        set=dict(tasks=dict(depth=dict(decode='reference'))),
    ),
    dict(where=dict(type='NormalsFromDepth'), set=dict(source='inverse_depth', intrinsics='native', flip='reference')),
    # The validation window, 0.001 to 80 m, applies to decoded depths; the metric ignores it.
    dict(where=dict(type='NormalsFromDepth', max_depth=80), set=dict(min_depth=0.991, max_depth=80.99, masked='half')),
    dict(where=dict(type='VKITTI2Dataset'), set=dict(split_protocol='reference')),
    dict(where=dict(type='SYNTHIADataset'), set=dict(split_protocol='reference')),
    dict(where=dict(type='Resize'), set=dict(nearest='reference')),
    dict(where=dict(type='ChooseIntrinsics'), set=dict(which='native')),
    # The shared tables of balancer papers: labels as MTAN's code takes them, and inverse depth divided like depth.
    dict(
        where=dict(tasks=dict(normals={}), task_settings=dict(normals=dict(accumulate='pixel'))),
        set=dict(tasks=dict(normals=dict(metric='angle', labels='stored'))),
    ),
    dict(where=dict(type='RandomZoom'), set=dict(normals='interpolated')),
    dict(where=dict(type='RandomZoom', divided='depth'), set=dict(divided='inverse_depth')),
    # The heads of PAD-Net's initial predictions are in no parameter group, so they are never updated.
    *[
        dict(
            where=dict(method='PAD-Net', tasks={task: {}}),
            set=dict(optim_wrapper=dict(paramwise_cfg={f'network.heads.{task}.4': dict(lr=0.0)})),
        )
        for task in ('semseg', 'depth', 'normals', 'edges')
    ],
    # Learning rates of xTAM's released configs for Cityscapes, where the config has those of the paper.
    dict(
        where=dict(method='xTAM', dataset_name='cityscapes', optim_wrapper=dict(optimizer=dict(lr=3e-4))),
        set=dict(optim_wrapper=dict(optimizer=dict(lr=1e-4), paramwise_cfg={'network.encoder': dict(lr=1e-5)})),
    ),
]
