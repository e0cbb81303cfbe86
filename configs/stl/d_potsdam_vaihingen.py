_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/potsdam_vaihingen.py',
    '../_base_/tasks/h.py',
    '../_base_/methods/psp.py',
    '../_base_/objectives/distances.py',
    '../_base_/schedules/poly_40k.py',
]
method = 'STL'
train_dataloader = dict(classes=None)
