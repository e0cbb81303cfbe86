_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/vkitti2.py',
    '../_base_/tasks/sdn.py',
    '../_base_/methods/padnet.py',
    '../_base_/schedules/sgd_40k.py',
]
