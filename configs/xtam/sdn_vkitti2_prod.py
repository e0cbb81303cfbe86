# xTAM, Table 4a: the task's own features are multiplied with what it receives.
_base_ = './sdn_vkitti2.py'
model = dict(network=dict(exchange=dict(fusion='prod')))
