# Domain adaptation: discriminators distinguish the predictions of the streams and do not see labels.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(with_labels=False, towards='labeled'))
