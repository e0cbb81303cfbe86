# xTAM, Table 3: no exchange; the decoders are independent.
_base_ = './sd_vkitti2.py'
model = dict(network=dict(exchange=None, exchange_levels=()))
