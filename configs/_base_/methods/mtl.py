# Multi-task learning: one encoder, one DeepLab head per task, no exchange.
_base_ = './learner.py'
method = 'MTL'
model = dict(network=dict(decoder=dict(type='DeepLabDecoder'), head_levels=(0,)))
