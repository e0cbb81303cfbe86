# Unlabeled predictions are pulled towards the predictions of the stream with labels.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(towards='labeled'))
