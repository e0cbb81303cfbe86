# xTAM, Table 4b: attention over channels instead of positions. This table uses fusion by concatenation.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='channel')))
