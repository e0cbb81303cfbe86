"""Contract of encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mtlbench.models.encoders import Encoder
from mtlbench.registry import ENCODERS
from mtlbench.testing.contract import Case
from mtlbench.testing.modules import ModuleContract

TASKS = ('semseg', 'depth')


class EncoderContract(ModuleContract):
    """Checks of encoders.

    A reference is a function ``reference(module, images)`` of the built encoder, for its weights only, and of images
    (N, 3, H, W) in [0, 1], in float64. It returns the list of maps, or lists by task.
    """

    registry, base = ENCODERS, Encoder

    def images(self, module: Any, sides: Sequence[int] = (1, 2), count: int = 2, seed: int = 0) -> Tensor:
        """Return random images; the sides are in units of the encoder's ``size_multiple``."""
        draw = torch.Generator().manual_seed(seed)
        height, width = (side * module.size_multiple for side in sides)
        return torch.rand(count, module.mean.shape[1], height, width, generator=draw)

    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return images."""
        return [self.images(module, count=count, seed=seed)]

    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps; of all tasks one after another, if they differ by task."""
        return _listed(module(*inputs))

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build an encoder, for two tasks if its maps differ by task."""
        given = {'tasks': list(TASKS)} if self.member(case).by_task else {}
        return super().build(case, seed, **given, **arguments)

    def test_channels_and_strides_are_as_declared(self, case: Case) -> None:
        """The maps have the declared channels and strides for odd and even multiples of ``size_multiple``."""
        module = self.build(case).eval()
        assert len(module.channels) == len(module.strides)
        assert list(module.strides) == sorted(module.strides)
        for count, sides in ((1, (2, 3)), (2, (3, 1))):
            images = self.images(module, sides, count)
            height, width = images.shape[-2:]
            expected = [
                (count, channels, height // stride, width // stride)
                for channels, stride in zip(module.channels, module.strides, strict=True)
            ]
            with torch.no_grad():
                found = module(images)
            assert isinstance(found, dict) == module.by_task
            for maps in found.values() if module.by_task else [found]:
                assert [tuple(one.shape) for one in maps] == expected
            assert not module.by_task or list(found) == list(TASKS)

    def test_images_are_normalized_by_mean_and_std(self, case: Case) -> None:
        """The maps of an image are those of the normalized image without normalization."""
        module = self.ready(case)
        images = self.images(module, count=1)
        with torch.no_grad():
            expected = _listed(module.features((images - module.mean) / module.std))
            given = _listed(module(images))
            module.mean.add_(0.2), module.std.mul_(2.0)
            other = _listed(module(images))
        for one, wanted in zip(given, expected, strict=True):
            torch.testing.assert_close(one, wanted)
        assert any(not torch.allclose(one, wanted) for one, wanted in zip(other, expected, strict=True))

    def test_frozen_layers_serve_no_map_that_is_kept(self, case: Case) -> None:
        """After ``keep``, the finest map depends on no frozen parameter, and is the same as before."""
        module = self.build(case).eval()
        images = self.images(module, count=1)
        with torch.no_grad():
            expected = _listed(module(images))[0]
        before = {name for name, value in module.named_parameters() if value.requires_grad}
        module.keep({0})
        frozen = [value for name, value in module.named_parameters() if name in before and not value.requires_grad]
        for value in frozen:
            value.requires_grad_(True)
        found = _listed(module(images))[0]
        torch.testing.assert_close(found, expected)
        reached = torch.autograd.grad(found.sum(), frozen, allow_unused=True) if frozen else ()
        assert not [one for one in reached if one is not None and one.any()]

    def test_equals_its_reference(self, case: Case) -> None:
        """In float64, the maps equal those of the reference to 1e-9."""
        reference, module = self.reference(case), self.ready(case).double()
        images = self.images(module).double()
        expected_maps = _listed(reference(module, images))
        for found, expected in zip(_listed(module(images)), expected_maps, strict=True):
            torch.testing.assert_close(found, torch.as_tensor(expected), rtol=1e-9, atol=1e-9)


def _listed(maps: Any) -> list[Any]:
    """Return the maps as one list, task after task."""
    return [one for each in maps.values() for one in each] if isinstance(maps, dict) else list(maps)
