# Not in the paper: with the exchange of xTAM.
_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(exchange=dict(type='CrossTaskExchange'), exchange_levels=(1,)))
