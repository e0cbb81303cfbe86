# xTAM, Table 3: exchange after level 4; heads before each exchange and at full resolution.
_base_ = './sd_vkitti2.py'
model = dict(network=dict(exchange_levels=(4,), head_levels=(4, 0)))
