"""Contract of transforms."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray
from torch.nn import functional as F

import mtlbench.tasks  # noqa: F401  registers the fields
from mtlbench.datasets.transforms import GeometricTransform
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.testing.contract import Case, Contract
from mtlbench.testing.datasets import assert_same

HEIGHT, WIDTH = 30, 44
MARK = np.s_[8:15, 11:22]
"""Rows and columns of the marked region: black in the image, unknown in every label; all on one side of the middle."""
MARKED = 7 * 11
"""Number of marked pixels."""
SEEDS = range(8)
LEAST_MARK = 12
"""Number of marked pixels from which the region is compared; crops may cut it away."""


class TransformContract(Contract):
    """Checks of transforms; of geometric ones, that every kind of field and the intrinsics move alike.

    A reference is a function ``reference(transform, results)`` of a sample. It returns some fields of the transformed
    sample, as arrays.

    Attributes:
        computed: Fields that the transform computes anew.
    """

    registry, base = TRANSFORMS, BaseTransform
    computed: ClassVar[Sequence[str]] = ()

    def sample(self, seed: int = 0) -> dict[str, Any]:
        """Return a frame as datasets read it, with every registered field as scalars and as vectors."""
        draw = torch.Generator().manual_seed(0)
        noise = np.random.default_rng(0)
        images = [noise.integers(128, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8) for _ in range(3)]
        camera = np.array([[40.0, 0, 27.3], [0, 42.0, 9.1], [0, 0, 1]])
        results: dict[str, Any] = {'image': images[0], 'neighbors': images[1:], 'neighbor_offsets': (-1, 1)}
        for image in images:
            image[MARK] = 0
        kinds = {name: kind for name, kind in FIELD_KINDS.items() if kind is not FieldKind.IMAGE}
        for name, kind in kinds.items():
            results[f'gt_{name}'], results[f'gt_{name}_vectors'] = (marked(kind, count, draw) for count in (1, 3))
        return {
            **results,
            'kinds': {
                'image': FieldKind.IMAGE,
                'neighbors': FieldKind.IMAGE,
                **{f'gt_{name}{form}': kind for name, kind in kinds.items() for form in ('', '_vectors')},
            },
            'intrinsics': camera,
            'native_intrinsics': camera.copy(),
            'native_shape': (HEIGHT, WIDTH),
            'ori_shape': (HEIGHT, WIDTH),
            'tasks': tuple(kinds),
            'domain': 'contract',
            'img_path': 'image.png',
            'rng': np.random.default_rng(seed),
        }

    def test_generator_of_the_sample_decides(self, case: Case) -> None:
        """Equal generators give equal samples; the generators of NumPy and torch are not used."""
        transform = self.build(case)
        states = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index]
        for seed in SEEDS[:3]:
            assert_same(transform(self.sample(seed)), self.build(case)(self.sample(seed)))
        assert torch.equal(states[0], torch.get_rng_state()), "torch's own generator is used"
        assert np.array_equal(states[1], np.random.get_state()[1]), "NumPy's own generator is used"  # type: ignore[index]

    def test_pickles(self, case: Case) -> None:
        """A worker process gets the same transform."""
        copied = pickle.loads(pickle.dumps(self.build(case)))  # noqa: S301  its own bytes
        assert_same(copied(self.sample()), self.build(case)(self.sample()))

    def test_fields_keep_dtype_and_have_one_size(self, case: Case) -> None:
        """All fields of the result have the size of the image, and the dtypes that they had."""
        transform = self.build(case)
        for seed in SEEDS:
            before, results = self.sample(seed), transform(self.sample(seed))
            if 'kinds' not in results:  # packed into tensors
                return
            for name in results['kinds']:
                for one, old in zip(members(results[name]), members(before.get(name, results[name])), strict=True):
                    assert one.shape[:2] == results['image'].shape[:2], name
                    assert one.dtype == old.dtype, name

    def test_labels_stay_where_they_are_unless_geometry_changes(self, case: Case) -> None:
        """A transform that is not geometric changes no label that was there, and no intrinsics."""
        transform = self.build(case)
        if isinstance(transform, GeometricTransform):
            return
        for seed in SEEDS[:3]:
            before, results = self.sample(seed), transform(self.sample(seed))
            if 'kinds' not in results:
                return
            for name in (name for name in before['kinds'] if name.startswith('gt_') and name not in self.computed):
                assert np.array_equal(results[name], before[name], equal_nan=before[name].dtype.kind == 'f'), name

    def test_geometry_moves_every_field_alike(self, case: Case) -> None:
        """The marked region of every label and neighbor is where it is in the image, up to a border of one pixel."""
        transform = self.build(case)
        if not isinstance(transform, GeometricTransform):
            return
        seen = 0
        for seed in SEEDS:
            results = transform(self.sample(seed))
            black = results['image'].max(-1) < 64
            if black.sum() < LEAST_MARK:
                continue
            seen += 1
            border = max(1, math.ceil(math.sqrt(black.sum() / MARKED)))  # a pixel of the sample, in new pixels
            for name, kind in results['kinds'].items():
                for field in members(results[name]):
                    found = field.max(-1) < 64 if kind is FieldKind.IMAGE else unknown(field, kind)
                    assert not (shrunk(black, border) & ~found).any(), name
                    assert not (shrunk(found, border) & ~black).any(), name
        assert seen, 'the marked region never stays in the image'

    def test_intrinsics_follow_the_geometry(self, case: Case) -> None:
        """The ray to the middle of the marked region stays the same, or is mirrored, to one pixel."""
        transform = self.build(case)
        if not isinstance(transform, GeometricTransform):
            return
        for seed in SEEDS:
            before, results = self.sample(seed), transform(self.sample(seed))
            black = results['image'].max(-1) < 64
            if black[0].any() or black[-1].any() or black[:, 0].any() or black[:, -1].any() or not black.any():
                continue  # part of the region may be cut away, or is padding
            old, new = (ray(one['intrinsics'], one['image'].max(-1) < 64) for one in (before, results))
            pixel = 1 / min(results['intrinsics'][0, 0], results['intrinsics'][1, 1])
            assert (np.abs(np.abs(new) - np.abs(old)) <= pixel).all()

    def test_equals_its_reference(self, case: Case) -> None:
        """The fields that the reference gives are equal, floats to 1e-5."""
        reference, transform = self.reference(case), self.build(case)
        for seed in SEEDS[:3]:
            results = transform(self.sample(seed))
            for name, expected in reference(transform, self.sample(seed)).items():
                np.testing.assert_allclose(results[name], expected, rtol=1e-5, atol=1e-5, err_msg=name)


def members(field: Any) -> list[NDArray]:
    """Return the arrays of a field: those of a list, or the field itself."""
    return field if isinstance(field, list) else [field]


def marked(kind: FieldKind, channels: int, draw: torch.Generator) -> NDArray:
    """Return a field of known values (H, W) or (H, W, C), unknown in the marked region."""
    values = kind.random((HEIGHT, WIDTH), channels, draw).permute(1, 2, 0).numpy()
    field = np.ascontiguousarray(values[..., 0] if channels == 1 else values)
    field = field.astype(np.uint8) if field.dtype.kind == 'i' else field.astype(np.float32)
    field = field.astype(kind.resize(field, (4, 4)).dtype)
    field[MARK] = kind.padding
    return field


def unknown(field: NDArray, kind: FieldKind) -> NDArray[np.bool_]:
    """Return the mask (H, W) of the unknown pixels."""
    values = torch.from_numpy(np.ascontiguousarray(field if field.ndim == 3 else field[..., None]))
    return ~kind.known(values.permute(2, 0, 1)[None])[0, 0].numpy()


def shrunk(mask: NDArray[np.bool_], border: int) -> NDArray[np.bool_]:
    """Return a mask without a border of that many pixels."""
    kept = -F.max_pool2d(-torch.from_numpy(mask)[None, None].float(), 2 * border + 1, stride=1, padding=border)
    return kept[0, 0].numpy() > 0


def ray(camera: NDArray, mask: NDArray[np.bool_]) -> NDArray:
    """Return x and y, at depth 1, of the middle of a mask."""
    rows, columns = np.nonzero(mask)
    return (np.linalg.inv(camera) @ (columns.mean(), rows.mean(), 1))[:2]
