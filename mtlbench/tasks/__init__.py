"""Tasks: one file each, holding codec, loss, metrics and drawing."""

from mtlbench.tasks.base import Task
from mtlbench.tasks.depth import DepthTask
from mtlbench.tasks.normals import NormalsTask
from mtlbench.tasks.semseg import SemSegTask

__all__ = ['DepthTask', 'NormalsTask', 'SemSegTask', 'Task']
