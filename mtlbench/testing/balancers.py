"""Contract of balancers."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unittest import SkipTest

import torch
from torch import Tensor

from mtlbench.balancers import Balancer
from mtlbench.registry import BALANCERS
from mtlbench.testing.contract import Case, Contract
from mtlbench.testing.modules import assert_same_state

TASKS = ('semseg', 'depth', 'normals')
VALUES = {'semseg': 0.5, 'depth': 8.0, 'normals': 0.25}
INPUTS = ('losses', 'gramian', 'jacobian')


class BalancerContract(Contract):
    """Checks of balancers that consume losses. Other balancers are checked for their declarations only.

    A case whose arguments depend on the tasks sets them for ``semseg``, ``depth`` and ``normals``.

    A reference is a function ``reference(history)`` of the losses of all updates so far, a list of dicts of floats by
    task. It returns the total of the last update, as a float, for a balancer whose parameters are not trained.
    """

    registry, base = BALANCERS, Balancer

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build a balancer of three tasks, or of those given."""
        return super().build(case, seed, **{'tasks': TASKS, **arguments})

    def consumer_of_losses(self, case: Case, **arguments: Any) -> Any:
        """Build a balancer; one that needs more than losses skips the check."""
        balancer = self.build(case, **arguments).train()
        if balancer.consumes != 'losses':
            raise SkipTest(f'{case["type"]} consumes a {balancer.consumes}')
        return balancer

    def test_consumes_is_known(self, case: Case) -> None:
        """``consumes`` is one of the known inputs."""
        assert self.member(case).consumes in INPUTS

    def test_total_is_a_finite_scalar_that_raises_no_loss(self, case: Case) -> None:
        """The weight of every loss is finite and not negative, and some loss has a weight."""
        for names in (TASKS, TASKS[:1], TASKS[1:]):
            losses = losses_of({name: VALUES[name] for name in names})
            total = self.consumer_of_losses(case)(losses)
            total.backward()
            weights = [0.0 if loss.grad is None else loss.grad.item() for loss in losses.values()]
            assert total.shape == () and total.isfinite()
            assert min(weights) >= 0 and sum(weights) > 0, f'weights {weights} of the losses {names}'

    def test_order_of_the_losses_does_not_matter(self, case: Case) -> None:
        """Losses are found by the names of the tasks, not by their position in the dict."""
        torch.testing.assert_close(
            self._total(self.consumer_of_losses(case), losses_of(reversed(VALUES.items()))),
            self._total(self.consumer_of_losses(case), losses_of(VALUES)),
            rtol=1e-6,  # three float32 numbers, added in another order
            atol=0,
        )

    def test_order_of_the_tasks_does_not_matter(self, case: Case) -> None:
        """Tasks in another order have the same total, unless the balancer is random."""
        if self._total(self.consumer_of_losses(case), seed=1) != self._total(self.consumer_of_losses(case), seed=2):
            raise SkipTest('a random balancer')
        turned = self.consumer_of_losses(case, tasks=TASKS[::-1])
        torch.testing.assert_close(self._total(turned), self._total(self.consumer_of_losses(case)), rtol=1e-6, atol=0)

    def test_a_term_that_is_no_task_is_added(self, case: Case) -> None:
        """Terms of other objectives are added with weight 1."""
        without = self._total(self.consumer_of_losses(case))
        more = losses_of({**VALUES, 'another': 3.0})
        torch.testing.assert_close(self._total(self.consumer_of_losses(case), more), without + 3)

    def test_a_single_task_has_a_finite_total(self, case: Case) -> None:
        """One task has a finite total; configs of single tasks use the same balancer."""
        names = TASKS[1:2]
        total = self._total(self.consumer_of_losses(for_tasks(case, names), tasks=names), losses_of({names[0]: 2.0}))
        assert total.isfinite()

    def test_parameters_move(self, case: Case) -> None:
        """Every parameter receives a gradient once its task has a loss."""
        balancer = self.consumer_of_losses(case)
        before = {name: value.detach().clone() for name, value in balancer.named_parameters()}
        train(balancer)
        still = [name for name, value in balancer.named_parameters() if torch.equal(value, before[name])]
        assert not still, f'these parameters do not move: {still}'

    def test_state_dict_restores_the_balancer(self, case: Case) -> None:
        """After three updates, a fresh balancer with the state dict continues with the same totals."""
        trained, fresh = self.consumer_of_losses(case), self.consumer_of_losses(case, seed=5)
        train(trained)
        fresh.load_state_dict(copy.deepcopy(trained.state_dict()))
        for number in range(3):
            losses = losses_of(values_at(number + 10))
            assert self._total(fresh, losses, seed=number) == self._total(trained, losses, seed=number)
        assert_same_state(fresh, trained)

    def test_equals_its_reference(self, case: Case) -> None:
        """The totals of five updates equal those of the reference to 1e-5, a hundred roundings of float32."""
        reference, balancer, history = self.reference(case), self.consumer_of_losses(case), []
        for number in range(5):
            history.append(values_at(number))
            torch.testing.assert_close(
                self._total(balancer, losses_of(history[-1])).item(), float(reference(history)), rtol=1e-5, atol=1e-6
            )

    def _total(self, balancer: Any, losses: dict[str, Tensor] | None = None, seed: int = 0) -> Tensor:
        torch.manual_seed(seed)
        return balancer(losses or losses_of(VALUES)).detach()


def losses_of(values: Mapping[str, float] | Iterable[tuple[str, float]]) -> dict[str, Tensor]:
    """Return scalar losses with a gradient."""
    return {name: torch.tensor(value, requires_grad=True) for name, value in dict(values).items()}


def values_at(number: int) -> dict[str, float]:
    """Return losses of an update; those of the tasks fall at different rates."""
    return {name: value * (0.9 - 0.1 * place) ** number for place, (name, value) in enumerate(VALUES.items())}


def for_tasks(case: Case, names: Sequence[str]) -> dict[str, Any]:
    """Return a case without the settings of other tasks, in arguments that are dicts by task."""
    return {
        key: {name: one for name, one in value.items() if name not in TASKS or name in names}
        if isinstance(value, Mapping)
        else value
        for key, value in case.items()
    }


def train(balancer: Any, updates: int = 3) -> None:
    """Make some updates of the balancer's parameters, if it has any, and of its state."""
    parameters = list(balancer.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.1) if parameters else None
    for number in range(updates):
        torch.manual_seed(number)
        balancer(losses_of(values_at(number))).backward()
        balancer.rest()
        if optimizer:
            optimizer.step()
            optimizer.zero_grad()
