# PAD-Net (https://arxiv.org/abs/1805.04409): initial predictions, distillation, final predictions.
_base_ = './learner.py'
method = 'PAD-Net'
model = dict(
    network=dict(
        decoder=dict(type='PADNetDecoder'),
        exchange=dict(type='PADNetExchange'),
        exchange_levels=(4,),
        head_levels=(4, 0),
    )
)
