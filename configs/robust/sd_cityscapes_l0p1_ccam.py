# Not in the paper: the decoders exchange features as in CCAM.
_base_ = './sd_cityscapes_l0p1.py'
model = dict(network=dict(exchange=dict(type='CCAMExchange'), exchange_levels=(2,)))
