# Depth from video on KITTI, evaluated on the test frames of Eigen; a ResNet-18, as in
# https://arxiv.org/abs/1806.01260.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/kitti_raw_eigen.py',
    '../_base_/tasks/d_sde.py',
    '../_base_/methods/mono.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/video_66k.py',
]
model = dict(network=dict(encoder=dict(depth=18, output_stride=32)))
