# Unlabeled predictions are aligned with the predictions of the labeled stream.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(towards='labeled'))
