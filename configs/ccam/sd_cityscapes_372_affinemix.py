# CCAM + AM: AffineMix instead of DepthMix.
_base_ = './sd_cityscapes_372_depthmix.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='AffineMixer')))
