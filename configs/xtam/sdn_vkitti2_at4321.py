# xTAM, Table 3: exchange after levels 4, 3, 2, 1; heads before each exchange and at full resolution.
_base_ = './sdn_vkitti2.py'
model = dict(network=dict(exchange_levels=(4, 3, 2, 1), head_levels=(4, 3, 2, 1, 0)))
