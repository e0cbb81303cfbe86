_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/potsdam_vaihingen.py',
    '../_base_/tasks/s.py',
    '../_base_/methods/psp.py',
    '../_base_/objectives/classes.py',
    '../_base_/schedules/poly_40k.py',
]
method = 'STL'
train_dataloader = dict(distances=None)
