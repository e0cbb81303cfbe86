# Not in the paper: with the exchange of CCAM.
_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(exchange=dict(type='CCAMExchange'), exchange_levels=(2,)))
