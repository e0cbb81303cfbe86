"""Contract of decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mtlbench.models.decoders import Decoder
from mtlbench.registry import DECODERS
from mtlbench.testing.contract import Case
from mtlbench.testing.modules import ModuleContract

CHANNELS = (4, 6, 8, 10, 12)


class DecoderContract(ModuleContract):
    """Checks of decoders.

    Attributes:
        strides: Strides of the encoders' maps that are tried; a decoder that needs certain strides overrides them. The
            first ones serve the checks that need only one encoder.
    """

    registry, base = DECODERS, Decoder
    strides: ClassVar[Sequence[Sequence[int]]] = ((2, 4, 8, 16, 16), (2, 4, 8, 16, 32), (4, 8, 16, 32), (4, 16))

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build a decoder for the first encoder, or for the one given."""
        strides = tuple(arguments.get('encoder_strides', self.strides[0]))
        return super().build(case, seed, encoder_strides=strides, encoder_channels=CHANNELS[-len(strides) :])

    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return maps of images of 64 x 96 pixels."""
        draw = torch.Generator().manual_seed(seed)
        return [
            torch.randn(count, channels, 64 // stride, 96 // stride, generator=draw)
            for channels, stride in zip(module.encoder_channels, module.encoder_strides, strict=True)
        ]

    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the last state, which only the last level's prediction reads."""
        return [states_of(module, inputs)[0]]

    def test_levels_and_channels_are_as_declared(self, case: Case) -> None:
        """Levels go from coarse to fine and end with 0; every state has the declared channels, for every encoder."""
        for strides in self.strides:
            module = self.build(case, encoder_strides=strides).eval()
            assert list(module.levels) == sorted(module.levels, reverse=True)
            assert module.levels[-1] == 0
            for count in (1, 2):
                with torch.no_grad():
                    states = states_of(module, self.inputs(module, count))
                found = {level: state.shape[:2] for level, state in states.items()}
                assert found == {level: (count, module.channels[level]) for level in module.levels}

    def test_parameters_move_for_every_encoder(self, case: Case) -> None:
        """No layer starts dead, whatever the strides of the encoder."""
        for strides in self.strides[1:]:
            self.test_every_parameter_moves_in_training({**case, 'encoder_strides': strides})

    def test_state_is_read(self, case: Case) -> None:
        """Every level depends on the state before it, which an exchange may have refined."""
        module = self.ready(case)
        features = self.inputs(module)
        states = states_of(module, features)
        for before, level in zip(module.levels, module.levels[1:], strict=False):
            assert not torch.equal(module(level, features, states[before] + 1), states[level]), f'level {level}'
            assert torch.equal(module(level, features, states[before]), states[level]), f'level {level}'

    def test_reads_names_the_maps_that_are_read(self, case: Case) -> None:
        """The last state depends on the maps at the positions in ``reads``, and on no others."""
        module = self.ready(case)
        maps = [one.requires_grad_() for one in self.inputs(module)]
        gradients = torch.autograd.grad(self.outputs(module, maps)[0].square().sum(), maps, allow_unused=True)
        found = {place for place, gradient in enumerate(gradients) if gradient is not None and gradient.any()}
        assert found == set(module.reads)

    def test_memory_format_is_kept(self, case: Case) -> None:
        """Maps in channels-last stay in it, which is the format of the network."""
        module = self.build(case).to(memory_format=torch.channels_last)
        maps = [one.contiguous(memory_format=torch.channels_last) for one in self.inputs(module)]
        for level, state in states_of(module, maps).items():
            assert state.is_contiguous(memory_format=torch.channels_last), f'level {level}'


def states_of(module: Any, features: Sequence[Tensor]) -> dict[int, Tensor]:
    """Return the states by level."""
    states: dict[int, Tensor] = {}
    state = None
    for level in module.levels:
        states[level] = state = module(level, list(features), state)
    return states
