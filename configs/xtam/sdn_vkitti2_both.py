# xTAM, Table 4b: attention over positions and over channels. Its rows fuse by concatenation.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='both')))
