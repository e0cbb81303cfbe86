# xTAM, Table 4b: attention over channels in place of positions. Its rows fuse by concatenation.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='channel')))
