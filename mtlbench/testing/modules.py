"""Checks that hold for every part of a network."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call

from mtlbench.testing.contract import Case, Contract

UPDATES = 4
"""Updates after which every parameter must have moved: those behind a factor that starts at 0 move from the second."""


class ModuleContract(Contract):
    """Checks of a module with tensors in and out."""

    @abstractmethod
    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return a batch of ``count`` random inputs."""

    @abstractmethod
    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the outputs for inputs, as the network calls the module."""

    def ready(self, case: Case) -> Any:
        """Build a case in evaluation mode, with weights at which nothing cancels or vanishes."""
        return self.randomized(self.build(case))

    def randomized(self, module: Any) -> Any:
        """Give a module such weights and switch it to evaluation mode."""
        return randomize(module, torch.Generator().manual_seed(1)).eval()

    def test_every_parameter_moves_in_training(self, case: Case) -> None:
        """After a few updates from the initial weights every trainable parameter has moved: nothing starts dead."""
        module = self.build(case).train()
        before = {name: value.detach().clone() for name, value in module.named_parameters() if value.requires_grad}
        # Adam moves any parameter whose gradient is not zero, however small.
        optimizer = torch.optim.Adam([*module.parameters(), nn.Parameter(torch.zeros(()))], lr=1e-3, eps=1e-12)
        for number in range(UPDATES):
            optimizer.zero_grad()
            distance(self.outputs(module, self.inputs(module, seed=number)), seed=number).backward()
            optimizer.step()
        after = dict(module.named_parameters())
        assert all(value.isfinite().all() for value in after.values())
        still = [name for name, value in before.items() if torch.equal(value, after[name])]
        assert not still, f'these parameters do not move: {still}'

    def test_gradients_are_finite_and_reach_every_parameter(self, case: Case) -> None:
        """One backward pass at random weights gives every trainable parameter a finite gradient."""
        module = self.ready(case).train()
        distance(self.outputs(module, self.inputs(module))).backward()
        missing = [name for name, value in module.named_parameters() if value.requires_grad and value.grad is None]
        assert not missing, f'no gradient reaches {missing}'
        given = {name: value.grad for name, value in module.named_parameters() if value.grad is not None}
        assert not [name for name, gradient in given.items() if not gradient.isfinite().all()]

    def test_gradients_agree_with_finite_differences(self, case: Case) -> None:
        """In float64, autograd agrees with differences of the outputs along a random direction."""
        module = self.ready(case).double()
        inputs = [one.double().requires_grad_() for one in self.inputs(module, count=1)]
        assert torch.autograd.gradcheck(lambda *given: tuple(self.outputs(module, given)), inputs, fast_mode=True)

    def test_seed_decides_weights_and_outputs(self, case: Case) -> None:
        """Two modules built from one seed are equal, and so are their outputs in training."""
        one, other = self.build(case, seed=3).train(), self.build(case, seed=3).train()
        assert_same_state(one, other)
        found = []
        for module in (one, other):
            torch.manual_seed(5)
            found.append(self.outputs(module, self.inputs(module)))
        assert_equal(*found)

    def test_state_dict_restores_the_module(self, case: Case) -> None:
        """A module built from another seed gives the same outputs after it has loaded the state dict."""
        one, other = self.ready(case), self.build(case, seed=7).eval()
        other.load_state_dict(copy.deepcopy(one.state_dict()))
        inputs = self.inputs(one)
        assert_equal(self.outputs(one, inputs), self.outputs(other, inputs))

    def test_evaluation_changes_no_state(self, case: Case) -> None:
        """In evaluation, an output depends on its input alone, and the state dict stays the same."""
        module = self.ready(case)
        before, inputs = copy.deepcopy(module.state_dict()), self.inputs(module)
        first = self.outputs(module, inputs)
        self.outputs(module, self.inputs(module, count=3, seed=5))
        assert_equal(first, self.outputs(module, inputs))
        assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())

    def test_images_of_a_batch_do_not_mix_in_evaluation(self, case: Case) -> None:
        """The outputs of the second image are those of the image alone."""
        module = self.ready(case)
        inputs = self.inputs(module)
        together = self.outputs(module, inputs)
        alone = self.outputs(module, [one[1:] for one in inputs])
        for one, other in zip(together, alone, strict=True):
            # float32 sums in other blocks differ by rounding, relative to the largest value of the map.
            torch.testing.assert_close(one[1:], other, rtol=1e-3, atol=1e-4 * max(1.0, other.abs().max().item()))

    def test_inputs_are_left_unchanged(self, case: Case) -> None:
        """No operation on the inputs is in place."""
        module = self.build(case).train()
        inputs = self.inputs(module)
        before = [one.clone() for one in inputs]
        self.outputs(module, inputs)
        assert_equal(inputs, before)

    def test_values_and_gradients_are_finite_under_bfloat16_autocast(self, case: Case) -> None:
        """Mixed precision works."""
        module = self.ready(case).train()
        with torch.autocast('cpu', torch.bfloat16):
            outputs = self.outputs(module, self.inputs(module))
        distance(outputs).backward()
        assert all(one.isfinite().all() for one in outputs)
        assert all(value.grad.isfinite().all() for value in module.parameters() if value.grad is not None)

    def test_every_tensor_is_on_the_device_of_the_inputs(self, case: Case) -> None:
        """No tensor is created on the CPU while the module runs on a GPU; needs no GPU."""
        module = self.build(case).eval()
        inputs = self.inputs(module)
        with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
            tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
            moved = {f'module.{name}': on_gpu(value) for name, value in tensors.items()}
            outputs = functional_call(_Called(module, self), moved, ([on_gpu(one) for one in inputs],))
        assert {one.device.type for one in outputs} == {'cuda'}

    def test_a_copy_gives_the_same_outputs(self, case: Case) -> None:
        """A copy, as a mean teacher makes it, gives the same outputs and shares no parameter."""
        module = self.ready(case)
        copied, inputs = copy.deepcopy(module).eval(), self.inputs(module)
        assert_equal(self.outputs(copied, inputs), self.outputs(module, inputs))
        shared = {value.data_ptr() for value in module.parameters()} & {
            value.data_ptr() for value in copied.parameters()
        }
        assert not shared, 'the copy shares parameters'


class _Called(nn.Module):
    """A module called as its contract calls it, so that all of its tensors can be replaced."""

    def __init__(self, module: nn.Module, contract: ModuleContract) -> None:
        super().__init__()
        self.module, self.contract = module, contract

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the outputs."""
        return self.contract.outputs(self.module, inputs)


def randomize(module: Any, generator: torch.Generator) -> Any:
    """Give every parameter and batch-norm statistic a value at which nothing cancels or vanishes."""
    with torch.no_grad():
        for parameter in module.parameters():
            fan_in = parameter[0].numel() if parameter.ndim > 1 and parameter.shape[0] > 1 else 1
            values = torch.randn(parameter.shape, generator=generator) / fan_in**0.5
            parameter.copy_(values if parameter.ndim != 1 else 1 + 0.2 * values)
        for name, buffer in module.named_buffers():
            if name.endswith('running_mean'):
                buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
            elif name.endswith('running_var'):
                buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))
    return module


def distance(outputs: Sequence[Tensor], seed: int = 0) -> Tensor:
    """Return the mean squared distance of outputs from random targets: a loss that every output enters."""
    draw = torch.Generator().manual_seed(seed)
    return torch.stack(
        [(one.float() - torch.randn(one.shape, generator=draw)).square().mean() for one in outputs]
    ).sum()


def assert_equal(found: Sequence[Tensor], expected: Sequence[Tensor]) -> None:
    """Assert that two lists of tensors are equal to the last bit."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def assert_same_state(one: nn.Module, other: nn.Module) -> None:
    """Assert that the state dicts of two modules are equal to the last bit."""
    states = one.state_dict(), other.state_dict()
    assert list(states[0]) == list(states[1])
    differing = [name for name, value in states[0].items() if not torch.equal(value, states[1][name])]
    assert not differing, f'these tensors differ: {differing}'


def on_gpu(tensor: Tensor) -> Tensor:
    """Return a tensor of the same shape and dtype on a GPU, without values; within ``FakeTensorMode`` only."""
    return torch.empty(tensor.shape, dtype=tensor.dtype, device='cuda')
