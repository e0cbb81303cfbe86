# 3-ways PAD-Net (https://arxiv.org/abs/2012.10782): decoders with skip connections, PAD-Net's distillation at stride 4.
_base_ = './learner.py'
method = '3-ways_PAD-Net'
model = dict(
    network=dict(
        decoder=dict(type='SkipDecoder'), exchange=dict(type='PADNetExchange'), exchange_levels=(2,), head_levels=(2, 0)
    )
)
