# Domain adaptation: critics tell the streams' predictions from each other, and see no labels.
_base_ = './origin_alignment.py'
objectives = dict(alignment=dict(with_labels=False, towards='labeled'))
