"""Contract of discriminators."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mtlbench.models.discriminators import Discriminator
from mtlbench.registry import DISCRIMINATORS
from mtlbench.testing.contract import Case, rejected
from mtlbench.testing.modules import ModuleContract, assert_equal


class DiscriminatorContract(ModuleContract):
    """Checks of discriminators."""

    registry, base = DISCRIMINATORS, Discriminator

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build a discriminator of three channels and two logits, or of those given."""
        return super().build(case, seed, **{'in_channels': 3, 'out_channels': 2, **arguments})

    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return maps of at least 64 x 96."""
        draw = torch.Generator().manual_seed(seed)
        size = max(64, module.smallest), max(96, module.smallest)
        return [torch.randn(count, module.in_channels, *size, generator=draw)]

    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the logits; those of ``judge`` in float64, which the forward pass would convert to float32."""
        (maps,) = inputs
        return [module.judge(maps) if maps.dtype == torch.float64 else module(maps)]

    def test_logits_have_the_declared_channels(self, case: Case) -> None:
        """One to four logits per position, for batches of one and two and odd sizes."""
        for logits, count, more in ((1, 1, 0), (2, 2, 1), (4, 1, 33)):
            module = self.build(case, out_channels=logits).eval()
            size = max(64, module.smallest) + more, max(96, module.smallest)
            with torch.no_grad():
                found = module(torch.randn(count, 3, *size))
            assert found.shape[:2] == (count, logits) and found.ndim == 4 and found.dtype == torch.float32

    def test_maps_receive_a_gradient(self, case: Case) -> None:
        """The maps receive a finite gradient, which trains the network."""
        module = self.build(case)
        maps = self.inputs(module)[0].requires_grad_()
        module(maps).square().mean().backward()
        assert maps.grad is not None and maps.grad.isfinite().all() and maps.grad.any()

    def test_computes_in_float32_under_autocast(self, case: Case) -> None:
        """Autocast has no effect on the logits."""
        module = self.build(case, out_channels=2).eval()
        (maps,) = self.inputs(module)
        with torch.autocast('cpu', torch.bfloat16):
            logits = module(maps.bfloat16())
        assert_equal([logits], [module(maps.bfloat16().float())])

    def test_maps_below_the_minimum_are_rejected(self, case: Case) -> None:
        """Maps of ``smallest`` are accepted; smaller ones raise a ConfigError."""
        module = self.build(case).eval()
        side = module.smallest
        assert module(torch.randn(1, 3, side, side)).isfinite().all()
        if side > 1:
            with rejected(f'a map of height {side - 1}'):
                module(torch.randn(1, 3, side - 1, side))

    def test_training_continues_from_the_state_dict(self, case: Case) -> None:
        """Estimates that change in training, such as a spectral norm's, are part of the state."""
        one, other = self.build(case).train(), self.build(case, seed=3).train()
        for seed in range(3):
            one(*self.inputs(one, seed=seed))
        other.load_state_dict(copy.deepcopy(one.state_dict()))
        for seed in range(2):
            torch.manual_seed(5)
            expected = self.outputs(one, self.inputs(one, seed=seed))
            torch.manual_seed(5)
            assert_equal(self.outputs(other, self.inputs(other, seed=seed)), expected)
