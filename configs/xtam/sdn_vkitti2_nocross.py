# Self-attention only, without cross-task attention. Fusion as in the other rows of xTAM, Table 4b.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='none')))
