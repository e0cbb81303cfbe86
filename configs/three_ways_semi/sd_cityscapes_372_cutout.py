# 3-ways PAD-Net with CutOut instead of DepthMix.
_base_ = './sd_cityscapes_372.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='CutOutMixer')))
