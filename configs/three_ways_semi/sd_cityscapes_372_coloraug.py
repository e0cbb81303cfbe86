# 3-ways PAD-Net + CA.
_base_ = './sd_cityscapes_372_affinemix_coloraug.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='DepthMixer')))
