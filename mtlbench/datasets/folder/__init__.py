"""Reader of a user's own data: images and labels in folders, described by a config."""

from mtlbench.datasets.folder.dataset import FolderDataset

__all__ = ['FolderDataset']
