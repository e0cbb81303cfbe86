# 3-ways PAD-Net with ClassMix instead of DepthMix.
_base_ = './sd_cityscapes_372.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='ClassMixer')))
