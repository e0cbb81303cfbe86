# What the authors' released code does where it differs from the paper, defects included.
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
    # The window of validation, 0.001 .. 80 m, is of decoded depths; the meter takes no notice of it.
    dict(where=dict(type='NormalsFromDepth', max_depth=80), set=dict(min_depth=0.991, max_depth=80.99, masked='half')),
    dict(where=dict(type='VKITTI2Dataset'), set=dict(split_protocol='reference')),
    dict(where=dict(type='SYNTHIADataset'), set=dict(split_protocol='reference')),
    dict(where=dict(type='Resize'), set=dict(nearest='reference')),
    dict(where=dict(type='ChooseIntrinsics'), set=dict(which='native')),
    # The initial predictions of PAD-Net are in no group of the optimizer, so their layers never learn.
    *[
        dict(
            where=dict(method='PAD-Net', tasks={task: {}}),
            set=dict(optim_wrapper=dict(paramwise_cfg={f'network.heads.{task}.4': dict(lr=0.0)})),
        )
        for task in ('semseg', 'depth', 'normals', 'edges')
    ],
    # Rates of the released configs of xTAM for Cityscapes, where the config has those of the paper.
    dict(
        where=dict(method='xTAM', dataset_name='cityscapes', optim_wrapper=dict(optimizer=dict(lr=3e-4))),
        set=dict(optim_wrapper=dict(optimizer=dict(lr=1e-4), paramwise_cfg={'network.encoder': dict(lr=1e-5)})),
    ),
]
