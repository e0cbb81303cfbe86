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


class EncoderContract(ModuleContract):
    """Checks of encoders.

    A reference is a function ``reference(module, images)`` of the built encoder, for its weights only, and of images
    (N, 3, H, W) in [0, 1], in float64. It returns the list of maps.
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
        """Return the maps."""
        return list(module(*inputs))

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
                assert [tuple(one.shape) for one in module(images)] == expected

    def test_images_are_normalized_by_mean_and_std(self, case: Case) -> None:
        """The maps of an image are those of the normalized image without normalization."""
        module = self.ready(case)
        images = self.images(module, count=1)
        with torch.no_grad():
            expected = module.features((images - module.mean) / module.std)
            given = module(images)
            module.mean.add_(0.2), module.std.mul_(2.0)
            other = module(images)
        for one, wanted in zip(given, expected, strict=True):
            torch.testing.assert_close(one, wanted)
        assert any(not torch.allclose(one, wanted) for one, wanted in zip(other, expected, strict=True))

    def test_frozen_layers_serve_no_map_that_is_kept(self, case: Case) -> None:
        """After ``keep``, the finest map depends on no frozen parameter, and is the same as before."""
        module = self.build(case).eval()
        images = self.images(module, count=1)
        with torch.no_grad():
            expected = module(images)[0]
        before = {name for name, value in module.named_parameters() if value.requires_grad}
        module.keep({0})
        frozen = [value for name, value in module.named_parameters() if name in before and not value.requires_grad]
        for value in frozen:
            value.requires_grad_(True)
        found = module(images)[0]
        torch.testing.assert_close(found, expected)
        reached = torch.autograd.grad(found.sum(), frozen, allow_unused=True) if frozen else ()
        assert not [one for one in reached if one is not None and one.any()]

    def test_equals_its_reference(self, case: Case) -> None:
        """In float64, the maps equal those of the reference to 1e-9."""
        reference, module = self.reference(case), self.ready(case).double()
        images = self.images(module).double()
        for found, expected in zip(module(images), reference(module, images), strict=True):
            torch.testing.assert_close(found, torch.as_tensor(expected), rtol=1e-9, atol=1e-9)
