# xTAM, Table 4a: the task's own features and the received features are multiplied.
_base_ = './sdn_vkitti2.py'
model = dict(network=dict(exchange=dict(fusion='prod')))
