# 3-ways PAD-Net + AM + OR: CCAM without cross-channel attention. No part is frozen.
_base_ = '../ccam/sd_cityscapes_372_affinemix_or.py'
method = '3-ways_PAD-Net'
model = dict(network=dict(exchange=dict(_delete_=True, type='PADNetExchange', zero_init_attention=True)))
objectives = dict(pseudo_labels=dict(frozen=()))
