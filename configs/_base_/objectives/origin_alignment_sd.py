# SemiSD: discriminators distinguish labels from predictions of any stream.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(shared=True))
