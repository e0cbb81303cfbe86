# Six images of Cityscapes for segmentation and six of KITTI for depth are encoded as one batch (R7). The gradients of
# the shared maps are scaled by lambda and 1 - lambda (equation 5).
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_robust_video.py',
    '../_base_/tasks/sd_robust.py',
    '../_base_/methods/robust.py',
    '../_base_/objectives/photometric_robust.py',
    '../_base_/schedules/robust_193k.py',
]
model = dict(
    network=dict(
        head_levels=dict(_delete_=True, semseg=(0,), depth=(3, 2, 1, 0)),
        gradient_scales=dict(semseg=0.1, depth=0.9),
    ),
    routes=dict(tasks=dict(labeled=['semseg'], video=['depth']), joint=True),
)
