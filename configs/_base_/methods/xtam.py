# xTAM (https://arxiv.org/abs/2206.08927): decoders with skip connections, cross-task attention at stride 2.
_base_ = './learner.py'
method = 'xTAM'
model = dict(
    network=dict(
        decoder=dict(type='SkipDecoder'),
        exchange=dict(type='CrossTaskExchange'),
        exchange_levels=(1,),
        head_levels=(1, 0),
    )
)
