# As the CCAM paper compares itself with: every gate starts half open.
_base_ = './three_ways_video.py'
model = dict(network=dict(exchange=dict(zero_init_attention=True)))
