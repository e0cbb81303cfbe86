"""Cityscapes reader: fine labels, depth from stereo disparity, video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.cityscapes import LABEL_SETS
from mtlbench.datasets.cityscapes_packages import (
    CITIES,
    SPLIT_OF_CITY,
    MTANStreets,
    OriginalFiles,
    StreetPackage,
    stem_of,
)
from mtlbench.datasets.package import PackagedDataset
from mtlbench.datasets.splits import hidden_labels, labeled_part
from mtlbench.errors import ConfigError
from mtlbench.registry import DATASETS

__all__ = ['CITIES', 'COARSE', 'SPLIT_OF_CITY', 'CityscapesDataset']

COARSE = 'train_extra'
DISPARITY_STEPS = 256
"""Stored steps per pixel of disparity at full resolution."""


@DATASETS.register_module()
class CityscapesDataset(PackagedDataset):
    """Cityscapes in the package that is found in ``data_root``.

    Packages: the original files ``<modality>/<split>/<city>/<city>_<sequence>_<frame>_<suffix>``
    (:class:`~mtlbench.datasets.cityscapes_packages.OriginalFiles`), and the arrays of MTAN, without cameras and video
    (:class:`~mtlbench.datasets.cityscapes_packages.MTANStreets`).

    Depth is ``baseline * fx / disparity`` with the frame's camera at full resolution, whatever the size of the image.
    It is invalid where the disparity is not positive. Neighboring frames come from ``leftImg8bit_sequence``, if that
    folder exists. ``folders=dict(leftImg8bit='leftImg8bit_sequence')`` makes every video frame a sample.

    Args:
        camera_shape: Size (height, width) of the images that the camera files refer to.
        subset: Number of frames of the split that count as labeled; below 1, their share of the split, rounded up.
            None: no subset.
        subset_seed: Seed of the draw of the subset, independent of the run's seed.
        subset_part: Frames to read: the ``'labeled'`` ones, the ``'unlabeled'`` ones, or ``'both'``. With ``'both'``,
            only the labeled ones have class labels.
        skip: Frames to exclude, such as damaged ones: ``'<city>_<sequence>_<frame>'``.
        rig: Product of baseline and focal length, in meters times pixels, that converts disparity to depth for all
            frames. None: the product of each frame's own camera, or 473.575 in MTAN's package.
        infinity: Whether a disparity of 0 means infinite depth (``inf``) instead of an invalid pixel (SemiMTL).
        kwargs: See :class:`MultiTaskDataset`.
    """

    scaled_arguments = {'subset': 'frames'}
    name = 'cityscapes'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(LABEL_SETS)
    default_folders = {name: name for name in ('leftImg8bit', 'gtFine', 'disparity', 'camera', 'leftImg8bit_sequence')}
    homepage_hint = (
        'the archives leftImg8bit_trainvaltest, gtFine_trainvaltest, disparity_trainvaltest and camera_trainvaltest, '
        'from the website of the Cityscapes dataset, or the arrays of MTAN'
    )
    official_counts = {'train': 2975, 'val': 500, 'test': 1525, COARSE: 19998}
    packages = (OriginalFiles, MTANStreets)
    package: StreetPackage
    image_folder = 'leftImg8bit'
    ground_below = True

    def __init__(
        self,
        *args: Any,
        camera_shape: tuple[int, int] = (1024, 2048),
        subset: float | None = None,
        subset_seed: int = 42,
        subset_part: str = 'labeled',
        skip: Sequence[str] = (),
        rig: float | None = None,
        infinity: bool = False,
        **kwargs: Any,
    ) -> None:
        self.camera_shape = (int(camera_shape[0]), int(camera_shape[1]))
        self.subset, self.subset_seed, self.subset_part, self.skip = subset, subset_seed, subset_part, frozenset(skip)
        self.rig, self.infinity = rig, infinity
        super().__init__(*args, **kwargs)

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images."""
        self._check_labels()
        frames = super().list_frames()
        self.hidden = hidden_labels(frames, self.subset, self.subset_seed, self.subset_part)
        frames = labeled_part(frames, self.subset, self.subset_seed, self.subset_part, type(self).__name__)
        return [frame for frame in frames if stem_of(frame) not in self.skip]

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return self.package.read_label(frame, 'semseg')

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 where the disparity is missing, or is 0 and ``infinity`` is off."""
        stored = self.package.read_label(frame, 'disparity')
        rig = self.rig if self.rig is not None else self.package.rig(frame)
        depth = np.float32(DISPARITY_STEPS * rig) / (np.maximum(stored, 2) - np.float32(1))
        depth[stored == 0] = 0
        depth[stored == 1] = np.inf if self.infinity else 0
        return depth

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """Return all tasks, without ``semseg`` if the frame counts as unlabeled."""
        return [task for task in self.tasks if task != 'semseg' or frame not in self.hidden]

    def _check_labels(self) -> None:
        """Reject the task ``semseg`` if the split has no labels or its frames count as unlabeled."""
        reason = None
        if self.split == COARSE:
            reason = f"the split '{COARSE}' has no fine labels"
        elif self.subset is not None and self.subset_part == 'unlabeled':
            reason = "the frames of subset_part='unlabeled' count as unlabeled"
        if reason and 'semseg' in self.tasks:
            raise ConfigError(f"CityscapesDataset: tasks: {reason}; give this stream tasks without 'semseg'")
