# CCAM + AM + CA.
_base_ = './sd_cityscapes_372_depthmix_coloraug.py'
objectives = dict(pseudo_labels=dict(mixer=dict(type='AffineMixer')))
