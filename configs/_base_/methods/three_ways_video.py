# Depth from video needs predictions at four scales.
_base_ = './three_ways.py'
model = dict(network=dict(head_levels=dict(_delete_=True, semseg=(2, 0), depth=(3, 2, 1, 0))))
