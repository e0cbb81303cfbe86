# xTAM, Table 3: exchange after level 3; heads before each exchange and at full resolution.
_base_ = './sdn_vkitti2.py'
model = dict(network=dict(exchange_levels=(3,), head_levels=(3, 0)))
