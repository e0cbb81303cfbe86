# xTAM, Table 4b: attention over positions and channels. This table uses fusion by concatenation.
_base_ = './sdn_vkitti2_concat.py'
model = dict(network=dict(exchange=dict(attention='both')))
