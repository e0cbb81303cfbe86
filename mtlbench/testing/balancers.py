"""Contract of balancers."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import SkipTest

import torch
from torch import Tensor

from mtlbench.balancers import Balancer, GramianBalancer, JacobianBalancer, WeightedBalancer
from mtlbench.processes import draw_in_common
from mtlbench.registry import BALANCERS
from mtlbench.testing.balancer_inputs import (
    GRAMIANS,
    TASKS,
    VALUES,
    Update,
    fixed_gramian,
    losses_of,
    update_at,
)
from mtlbench.testing.contract import Case, Contract
from mtlbench.testing.modules import assert_same_state

BASES = {'losses': Balancer, 'gramian': GramianBalancer, 'jacobian': JacobianBalancer}
ROUNDING = 1e-6
"""Relative error of sums of three float32 numbers in another order, and of solvers on a Gramian with other rounding."""


class BalancerContract(Contract):
    """Checks of balancers. Each check applies to what the balancer consumes: losses, a Gramian, or a Jacobian.

    A case whose arguments depend on the tasks sets them for ``semseg``, ``depth`` and ``normals``.

    A reference is a function ``reference(history)`` of the inputs of all updates so far. For a balancer of losses, they
    are dicts of floats by task, and it returns the total of the last update; of a Gramian, they are
    :class:`~mtlbench.balancers.Measured`, and it returns the weights (m,); of a Jacobian, they are pairs of maps
    and gradients, and it returns the combined gradient. Parameters of the balancer are not trained.
    """

    registry, base = BALANCERS, Balancer

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build a balancer of three tasks, or of those given."""
        return super().build(case, seed, **{'tasks': TASKS, **arguments})

    def consumer(self, case: Case, consumes: str | None = None, **arguments: Any) -> Any:
        """Build a balancer; one that consumes something else skips the check."""
        balancer = self.build(case, **arguments).train()
        if consumes not in {None, balancer.consumes}:
            raise SkipTest(f'{case["type"]} consumes {balancer.consumes}')
        return balancer

    def test_consumes_is_known(self, case: Case) -> None:
        """``consumes`` is a known input, and the class derives from the base class for it."""
        member = self.member(case)
        assert member.consumes in BASES, f'{member.__name__}.consumes is {member.consumes!r}'
        assert issubclass(member, BASES[member.consumes]), f'{member.__name__} is no {BASES[member.consumes].__name__}'

    def test_total_is_a_finite_scalar_that_raises_no_loss(self, case: Case) -> None:
        """The weight of every loss is finite and not negative, and some loss has a weight."""
        for names in (TASKS, TASKS[:1], TASKS[1:]):
            losses = losses_of({name: VALUES[name] for name in names})
            total = self.consumer(case, 'losses')(losses)
            total.backward()
            weights = [0.0 if loss.grad is None else loss.grad.item() for loss in losses.values()]
            assert total.shape == () and total.isfinite()
            assert min(weights) >= 0 and sum(weights) > 0, f'weights {weights} of the losses {names}'

    def test_order_of_the_losses_does_not_matter(self, case: Case) -> None:
        """Losses are found by the names of the tasks, not by their position in the dict."""
        totals = []
        for values in (reversed(VALUES.items()), VALUES):
            balancer = self.consumer(case, 'losses')
            torch.manual_seed(0)
            totals.append(balancer(losses_of(values)).detach())
        torch.testing.assert_close(*totals, rtol=ROUNDING, atol=0)

    def test_order_of_the_tasks_does_not_matter(self, case: Case) -> None:
        """Tasks in another order give the same result; random balancers are checked for two tasks, if at all."""
        tasks = TASKS[:2] if self._draws(case, TASKS) else TASKS
        if self.consumer(case).consumes != 'jacobian' and self._draws(case, tasks):
            raise SkipTest('a random balancer')
        for number in range(5):
            found = [
                respond(self.build(for_tasks(case, tasks), tasks=order), update_at(number).of(order))
                for order in (tasks, tasks[::-1])
            ]
            torch.testing.assert_close(*found, rtol=ROUNDING, atol=ROUNDING)

    def test_weights_of_fixed_gramians_are_found(self, case: Case) -> None:
        """Conflict, orthogonal and nearly dependent gradients, and unlike sizes, have one finite weight a task."""
        for name in GRAMIANS:
            balancer = self.consumer(case, 'gramian')
            weights = balancer.weigh(fixed_gramian(name))
            assert tuple(weights) == TASKS and torch.tensor(list(weights.values())).isfinite().all()
            assert not balancer.failures, f'no weights for the Gramian: {name}'

    def test_factor_of_the_gramian_does_not_matter(self, case: Case) -> None:
        """Weights do not depend on the units of losses and maps."""
        expected = respond(self.consumer(case, 'gramian'), fixed_gramian('conflict'))
        for factor in (1e-8, 1e-4, 1e4, 1e8):
            found = respond(self.build(case), fixed_gramian('conflict', factor))
            torch.testing.assert_close(found, expected, rtol=ROUNDING, atol=0)

    def test_a_task_without_gradient_weighs_one(self, case: Case) -> None:
        """A zero gradient, whose layers still learn, has weight 1; the others are weighed without it."""
        measured = fixed_gramian('a task without gradient')
        weights = self.consumer(case, 'gramian').weigh(measured)
        others = self.build(case).weigh(measured.only(TASKS[::2]))
        assert weights == {'semseg': others['semseg'], 'depth': 1.0, 'normals': others['normals']}
        still = dataclasses.replace(measured, gramian=torch.zeros(3, 3, dtype=torch.float64))
        assert self.build(case).weigh(still) == dict.fromkeys(TASKS, 1.0)

    def test_gradients_that_are_not_finite_keep_the_weights(self, case: Case) -> None:
        """An overflow keeps the weights of the update before, and is counted."""
        balancer = self.consumer(case, 'gramian')
        before = balancer.weigh(fixed_gramian('conflict'))
        assert balancer.weigh(fixed_gramian('conflict', torch.inf)) == before
        assert balancer.failures == 1

    def test_an_absent_task_takes_no_part(self, case: Case) -> None:
        """A task without a loss in an update has no weight in it; the others do not wait for it."""
        balancer = self.consumer(case)
        learn(balancer, update_at(0))
        response = respond(balancer, update_at(1).of(TASKS[:2]))
        assert response.isfinite().all()
        assert not isinstance(balancer, WeightedBalancer) or set(balancer.current_weights()) == set(TASKS[:2])

    def test_a_single_task_has_a_finite_total(self, case: Case) -> None:
        """One task has a finite total; configs of single tasks use the same balancer. A gradient weighs 1."""
        names = TASKS[1:2]
        balancer = self.build(for_tasks(case, names), tasks=names)
        assert respond(balancer, update_at(0).of(names)).isfinite().all()
        assert balancer.consumes != 'gramian' or balancer.current_weights() == {'depth': 1.0}

    def test_combined_gradients_have_the_shape_of_the_maps(self, case: Case) -> None:
        """Batches of any size give finite gradients of their shape; gradients of zero give zero."""
        balancer = self.consumer(case, 'jacobian')
        for shape in ((1, 2, 3, 4), (3, 2, 4, 3)):
            torch.manual_seed(0)
            maps, gradients = torch.randn(shape), torch.randn(len(TASKS), *shape)
            found = balancer.combine(maps, gradients)
            assert found.shape == maps.shape and found.isfinite().all() and found.any()
            assert not balancer.combine(maps, 0 * gradients).any()

    def test_draws_are_those_of_all_processes(self, case: Case) -> None:
        """Random numbers come from the generator that all processes share; that of the samples is left as it was."""
        found = []
        for seed in (1, 2):
            balancer = self.consumer(case)
            with draw_in_common(3):
                torch.manual_seed(seed)
                before = torch.get_rng_state()
                found.append(respond(balancer, update_at(0), seed=None))
            assert torch.equal(torch.get_rng_state(), before), 'draws from the generator of the samples'
        assert torch.equal(*found), 'processes draw other numbers'

    def test_parameters_move(self, case: Case) -> None:
        """Every parameter receives a gradient once its task has a loss."""
        balancer = self.consumer(case)
        before = {name: value.detach().clone() for name, value in balancer.named_parameters()}
        for number in range(3):
            learn(balancer, update_at(number))
        still = [name for name, value in balancer.named_parameters() if torch.equal(value, before[name])]
        assert not still, f'these parameters do not move: {still}'

    def test_state_dict_restores_the_balancer(self, case: Case) -> None:
        """After one update and after three, a fresh balancer with the state dict continues bit for bit."""
        for count in (1, 3):
            trained, fresh = self.consumer(case), self.consumer(case, seed=5)
            for number in range(count):
                learn(trained, update_at(number))
            fresh.load_state_dict(copy.deepcopy(trained.state_dict()))
            for number in range(count, count + 5):
                found, expected = (learn(one, update_at(number)) for one in (fresh, trained))
                assert torch.equal(found, expected), f'update {number}: {found}, uninterrupted {expected}'
            assert_same_state(fresh, trained)

    def test_state_is_finite(self, case: Case) -> None:
        """The state has no NaN, even for a task that had no loss yet: such checkpoints are rejected."""
        balancer = self.consumer(case)
        for number in range(4):
            broken = [name for name, value in balancer.state_dict().items() if not value.isfinite().all()]
            assert not broken, f'not finite: {broken}'
            learn(balancer, update_at(number).of(TASKS[:2]))

    def test_equals_its_reference(self, case: Case) -> None:
        """The results of five updates equal those of the reference to 1e-5, a hundred roundings of float32."""
        reference, balancer, history = self.reference(case), self.consumer(case), []
        for number in range(5):
            history.append(_history(balancer.consumes, update_at(number)))
            found = respond(balancer, update_at(number), seed=number)
            torch.manual_seed(number)
            expected = torch.as_tensor(reference(history)).to(found)
            torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)

    def _draws(self, case: Case, tasks: Sequence[str]) -> bool:
        """Return true if the results for some tasks depend on the seed."""
        found = [
            respond(self.build(for_tasks(case, tasks), tasks=tasks), update_at(number).of(tasks), seed)
            for number in range(5)
            for seed in range(8)
        ]
        return any(not torch.equal(one, found[place - place % 8]) for place, one in enumerate(found))


def respond(balancer: Any, update: Any, seed: int | None = 0) -> Tensor:
    """Return the total of the losses, the weights in the order of the names, or the combined gradient.

    Args:
        balancer: Balancer of any kind.
        update: :class:`Update`, or measurements for balancers of a Gramian.
        seed: Seed of torch's generator; None leaves it as it is.
    """
    if seed is not None:
        torch.manual_seed(seed)
    if balancer.consumes == 'losses':
        return balancer(update.losses).detach()
    if balancer.consumes == 'jacobian':
        return balancer.combine(update.maps, update.gradients)
    weights = balancer.weigh(update.measured if isinstance(update, Update) else update)
    return torch.tensor([weights[task] for task in sorted(weights)], dtype=torch.float64)


def learn(balancer: Any, update: Update) -> Tensor:
    """Make an update of the balancer's state, and of its parameters, if it has any; return its response.

    Three updates are an epoch and a half.
    """
    balancer.epoch = 2
    response, parameters = respond(balancer, update), list(balancer.parameters())
    if parameters:
        losses = {task: loss.detach() for task, loss in update.losses.items()}
        own = balancer.own_loss(losses) if isinstance(balancer, WeightedBalancer) else balancer(losses)
        if own is not None:
            own.backward()
        balancer.rest()
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        optimizer.step()
        optimizer.zero_grad()
    if balancer.looks_back:
        after = dataclasses.replace(update.measured, losses=0.9 * update.measured.losses**1.1)
        balancer.after_update(update.measured, after)
    return response


def for_tasks(case: Case, names: Sequence[str]) -> dict[str, Any]:
    """Return a case without the settings of other tasks, in arguments that are dicts by task."""
    return {
        key: {name: one for name, one in value.items() if name not in TASKS or name in names}
        if isinstance(value, Mapping)
        else value
        for key, value in case.items()
    }


def _history(consumes: str, update: Update) -> Any:
    if consumes == 'losses':
        return {task: loss.item() for task, loss in update.losses.items()}
    return update.measured if consumes == 'gramian' else (update.maps, update.gradients)
