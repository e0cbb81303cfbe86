# Unlabeled predictions are pulled anywhere but to their own stream.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(towards='others'))
