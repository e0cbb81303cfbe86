"""Tasks: one file each, with decoding, loss, metrics and drawing."""

from mtlbench.tasks.base import Task
from mtlbench.tasks.depth import DepthTask
from mtlbench.tasks.disparity_depth import DisparityDepthTask
from mtlbench.tasks.edges import EdgesTask
from mtlbench.tasks.height import HeightTask
from mtlbench.tasks.inverse_depth import InverseDepthTask
from mtlbench.tasks.linear_depth import LinearDepthTask, LinearInverseDepthTask
from mtlbench.tasks.normals import NormalsTask
from mtlbench.tasks.semseg import SemSegTask

__all__ = [
    'DepthTask',
    'DisparityDepthTask',
    'EdgesTask',
    'HeightTask',
    'InverseDepthTask',
    'LinearDepthTask',
    'LinearInverseDepthTask',
    'NormalsTask',
    'SemSegTask',
    'Task',
]
