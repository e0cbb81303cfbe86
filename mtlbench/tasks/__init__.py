"""Tasks: one file each, holding codec, loss, metrics and drawing."""

from mtlbench.tasks.base import Task

__all__ = ['Task']
