# xTAM, Table 3: no exchange; the decoders are independent.
_base_ = './sdn_vkitti2.py'
model = dict(network=dict(exchange=None, exchange_levels=()))
