# Self-attention alone: what attention across tasks adds. Fused as the other rows of xTAM, Table 4b.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='none')))
