# CCAM + OR, with DepthMix.
_base_ = './sd_cityscapes_372_affinemix_or.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='DepthMixer')))
