# The labels alone, to compare with: nothing is learnt from the other pictures.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/semi_40k.py',
]
model = dict(
    network=dict(
        exchange=dict(zero_init_attention=True),
        head_levels=dict(_delete_=True, semseg=(2, 0), depth=(3, 2, 1, 0)),
    ),
)
train_dataloader = dict(unlabeled=None)
objectives = dict(photometric=dict(stream='labeled'))
