# CCAM (https://arxiv.org/abs/2206.10562): the network of 3-ways PAD-Net with cross-channel attention at stride 4.
_base_ = './three_ways_video.py'
method = 'CCAM'
model = dict(network=dict(exchange=dict(_delete_=True, type='CCAMExchange')))
