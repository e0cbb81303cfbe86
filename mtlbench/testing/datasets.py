"""Contract of datasets."""

from __future__ import annotations

import json
import pickle
import tempfile
from abc import abstractmethod
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from mtlbench.datasets import Draw, MultiTaskDataset
from mtlbench.datasets.check import check_splits
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.testing.contract import Case, Contract, label

FRAMES = 3
"""Number of frames that are read where reading all would be slow."""


class DatasetContract(Contract):
    """Checks of datasets on a small copy that the test writes.

    A case is the config of a data loader's dataset without ``data_root``; ``tasks`` should name all labels. Checks of
    samples use the pipeline of the case; frames are checked without it.

    A reference is a function ``reference(root, frame)`` of the folder and the path of an image relative to it. It
    returns some of the results of ``read``, such as ``gt_depth``, as arrays.

    Attributes:
        splits: Splits that share no frame.
    """

    registry, base = DATASETS, MultiTaskDataset
    splits: ClassVar[Sequence[str]] = ('train', 'val')
    _roots: ClassVar[dict[tuple[type, str], tempfile.TemporaryDirectory]] = {}

    @abstractmethod
    def write(self, case: Case, root: Path) -> None:
        """Write the files of a few frames of every split in the layout of the dataset."""

    def root(self, case: Case) -> Path:
        """Return the folder with the files of a case, written at the first call."""
        key = type(self), repr(case)
        if key not in self._roots:
            self._roots[key] = tempfile.TemporaryDirectory(prefix='mtlbench_contract_')
            self.write(case, Path(self._roots[key].name))
        return Path(self._roots[key].name)

    def config(self, case: Case, **changes: Any) -> dict[str, Any]:
        """Return the config of the dataset: the case with its folder."""
        return {'pipeline': [], **case, 'data_root': str(self.root(case)), **changes}

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build the dataset."""
        return super().build(self.config(case), seed, **arguments)

    def frames(self, case: Case, **changes: Any) -> Any:
        """Build the dataset without its pipeline."""
        return self.build(case, **{'pipeline': [], **changes})

    def faults(self, case: Case) -> list[str]:
        """Return the faults that ``mtlbench check`` finds, except those about the number of frames."""
        (report,) = check_splits({'train': self.config(case, pipeline=[])})
        return [one for name, messages in report.faults.items() if name != 'frames' for one in messages]

    def test_frames_have_images_and_labels(self, case: Case) -> None:
        """A frame has an RGB image, and labels of its size, or of its aspect, with their kinds; images differ."""
        dataset = self.frames(case)
        seen = set()
        for index in range(min(len(dataset), FRAMES)):
            results = dataset.read(index)
            image = results['image']
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
            assert results['ori_shape'] == image.shape[:2] and Path(results['img_path']).is_file()
            read = {f'gt_{dataset.label_fields[task]}' for task in dataset.labeled_tasks(dataset.frames[index])}
            assert read | {'image'} <= set(results['kinds'])
            for field in read:
                assert abs(results[field].shape[1] / results[field].shape[0] - image.shape[1] / image.shape[0]) < 0.05
            seen.add(image.tobytes())
        assert len(seen) == min(len(dataset), FRAMES), 'images of different frames are equal'

    def test_check_finds_nothing(self, case: Case) -> None:
        """``mtlbench check`` finds no fault in the files, by the kind of each label."""
        assert self.faults(case) == []

    def test_frames_repeat(self, case: Case) -> None:
        """A frame is the same at every reading, in another process too, and no reading changes the next one."""
        dataset = self.frames(case)
        copied = pickle.loads(pickle.dumps(dataset))  # noqa: S301  its own bytes
        for index in (0, len(dataset) - 1, 0):
            assert_same(dataset.read(index), copied.read(index))

    def test_draw_decides_the_sample(self, case: Case) -> None:
        """Equal draws give equal samples, whatever was drawn before."""
        dataset, again = self.build(case), self.build(case)
        for key in (3, 1, 3):
            torch.manual_seed(key)
            assert_same(dataset[Draw(0, 7)], again[Draw(0, 7)])
            dataset[Draw(len(dataset) - 1, key)]

    def test_samples_have_a_label_of_the_size_of_the_image(self, case: Case) -> None:
        """After the pipeline, image and labels of all tasks have one size."""
        if not case.get('pipeline'):
            return
        dataset = self.build(case)
        packed = dataset[Draw(0, 7)]
        image, sample = packed['inputs'], packed['data_samples']
        assert image.shape[0] == 3 and image.dtype == torch.uint8
        for task in dataset.labeled_tasks(dataset.frames[0]):
            assert sample.label(task).shape[-2:] == image.shape[-2:], task

    def test_each_task_alone(self, case: Case) -> None:
        """Each task can be asked for alone; then no other label is read."""
        for task in self.frames(case).tasks:
            dataset = self.frames(case, tasks=[task])
            results = dataset.read(0)
            expected = {f'gt_{dataset.label_fields[one]}' for one in dataset.labeled_tasks(dataset.frames[0])}
            assert {name for name in results['kinds'] if name.startswith('gt_')} == expected

    def test_splits_share_no_frame(self, case: Case) -> None:
        """No frame is in two splits, and the order of frames is fixed."""
        frames = {split: self.frames(case, split=split, tasks=[]).frames for split in self.splits}
        for one, other in combinations(frames, 2):
            assert not set(frames[one]) & set(frames[other]), f'{one} and {other} share frames'
        for split, listed in frames.items():
            assert len(set(listed)) == len(listed)
            assert self.frames(case, split=split, tasks=[]).frames == listed

    def test_every_class_set_is_registered(self, case: Case) -> None:
        """Every class set exists; ids are ids of its classes or 255, and each class has a color."""
        member = self.member(case)
        for name in member.class_sets:
            dataset = self.frames(case, class_set=name)
            classes = dataset.metainfo['classes']
            assert len(dataset.metainfo['palette']) == len(classes) > 0
            results = dataset.read(0)
            for field in (field for field, kind in results['kinds'].items() if getattr(kind, 'has_classes', False)):
                assert set(np.unique(results[field]).tolist()) <= {*range(len(classes)), 255}

    def test_intrinsics_suit_the_image(self, case: Case) -> None:
        """Intrinsics, where there are any, are those of a camera without skew whose axis meets the image."""
        results = self.frames(case).read(0)
        if 'intrinsics' not in results:
            assert results['no_intrinsics'], 'no reason is given for missing intrinsics'
            return
        camera, (height, width) = np.asarray(results['intrinsics']), results['ori_shape']
        assert camera.shape == (3, 3) and np.array_equal(camera[2], (0, 0, 1)) and camera[1, 0] == 0
        assert camera[0, 0] > 0 and camera[1, 1] > 0
        assert 0 <= camera[0, 2] <= width and 0 <= camera[1, 2] <= height

    def test_fingerprint_identifies_the_data(self, case: Case) -> None:
        """The fingerprint is JSON and the same for the same files, and different for another split."""
        one, again = self.frames(case).fingerprint(), self.frames(case).fingerprint()
        assert json.dumps(one) == json.dumps(again)
        others = [split for split in self.splits if split != case.get('split')]
        for split in others[:1]:
            assert self.frames(case, split=split).fingerprint()['split_digest'] != one['split_digest']

    def test_missing_folder_is_an_error(self, case: Case) -> None:
        """A missing folder is a DataError that names it."""
        missing = self.root(case) / 'missing'
        try:
            self.build(case, data_root=str(missing))
        except DataError as error:
            assert str(missing) in str(error)
        else:
            raise AssertionError(f'{label(case)} accepts a folder that does not exist')

    def test_equals_its_reference(self, case: Case) -> None:
        """The results that the reference gives are equal, floats to 1e-6."""
        reference, dataset = self.reference(case), self.frames(case)
        for index in range(min(len(dataset), FRAMES)):
            results = dataset.read(index)
            for field, expected in reference(self.root(case), dataset.frames[index]).items():
                np.testing.assert_allclose(results[field], expected, rtol=1e-6, atol=0, err_msg=field)


def assert_same(one: Any, other: Any) -> None:
    """Assert that two samples, or two frames, hold equal arrays and tensors."""
    found, expected = flat(one), flat(other)
    assert list(found) == list(expected)
    for name, value in found.items():
        assert np.array_equal(np.asarray(value), np.asarray(expected[name]), equal_nan=value.dtype.kind == 'f'), name


def flat(value: Any, name: str = '') -> dict[str, np.ndarray]:
    """Return the arrays in a nested sample by their place."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return {name: np.asarray(value)}
    items: Any = ()
    if hasattr(value, 'all_items'):
        items = value.all_items()
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    return {place: one for key, part in items for place, one in flat(part, f'{name}/{key}').items()}
