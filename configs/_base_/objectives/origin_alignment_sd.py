# SemiSD: critics tell labels from any prediction.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(shared=True))
