# 3-ways PAD-Net without exchange.
_base_ = './sd_cityscapes_372.py'
model = dict(network=dict(exchange=None, exchange_levels=()))
