# The baseline of the CCAM paper: gates are initialized half open.
_base_ = './three_ways_video.py'
model = dict(network=dict(exchange=dict(zero_init_attention=True)))
