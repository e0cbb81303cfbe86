"""A dataset of a folder with images, depth and lists of the splits."""

from pathlib import Path

import numpy as np

from mtlbench.datasets import MultiTaskDataset
from mtlbench.datasets.files import read_npy, read_rgb
from mtlbench.registry import DATASETS


@DATASETS.register_module()
class ToyDepthDataset(MultiTaskDataset):
    """Files: ``images/<name>.png``, ``depth/<name>.npy`` in meters; ``train.txt`` and ``val.txt`` list the names."""

    name = 'toy_depth'
    label_fields = {'depth': 'depth'}
    class_sets = ()
    default_folders = {'images': 'images', 'depth': 'depth'}
    homepage_hint = 'made by the plugin'

    @property
    def frame_pattern(self):
        """Pattern of the images."""
        return f'{self.folder("images")}/*.png, listed in {self.split}.txt'

    def list_frames(self):
        """Return the images that the list of the split names."""
        names = (self.root / f'{self.split}.txt').read_text().split()
        return [f'{self.folders["images"]}/{name}.png' for name in names]

    def path_of(self, frame, field):
        """Return the file of the depth; otherwise the image."""
        return self.folder('depth') / f'{Path(frame).stem}.npy' if field == 'depth' else self.root / frame

    def read_image(self, frame):
        """Return the image."""
        return read_rgb(self.root / frame)

    def read_depth(self, frame):
        """Return the depth in meters."""
        return read_npy(self.path_of(frame, 'depth'), ndim=2)

    def read_intrinsics(self, frame):
        """Return the one camera of all images."""
        return np.array([[50.0, 0, 32], [0, 50, 16], [0, 0, 1]])
