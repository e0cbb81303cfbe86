# Unlabeled predictions are moved away from their own stream's class.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(towards='others'))
