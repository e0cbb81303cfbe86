"""Contract of objectives."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.objectives import Batch, Objective, Step
from mtlbench.objectives.base import StreamFacts
from mtlbench.registry import OBJECTIVES
from mtlbench.tasks import Task
from mtlbench.testing.contract import Case, Contract
from mtlbench.testing.modules import assert_same_state
from mtlbench.testing.parts import PlainNetwork, PlainTask, plain_batch

Terms = dict[str, Tensor]


class ObjectiveContract(Contract):
    """Checks of objectives on a small network.

    By default there are two regression tasks, ``semseg`` and ``depth``, and two streams: ``labeled``, with labels of
    both, and ``unlabeled``. Override ``tasks``, ``network`` or ``batches`` for an objective that needs others.

    A reference is a function ``reference(objective, step)``. It returns the losses by term, as floats.
    """

    registry, base = OBJECTIVES, Objective

    def tasks(self, case: Case) -> Mapping[str, Task]:
        """Return the tasks of the network."""
        return {name: PlainTask(name) for name in ('semseg', 'depth')}

    def network(self, case: Case, tasks: Mapping[str, Task]) -> Any:
        """Return the network that learns."""
        return PlainNetwork(tasks)

    def batches(self, case: Case, seed: int = 0) -> dict[str, Batch]:
        """Return the batches of all streams."""
        names = list(self.tasks(case))
        return {'labeled': plain_batch(names, names, seed=seed), 'unlabeled': plain_batch(names, [], seed=seed + 1)}

    def prepared(self, case: Case, seed: int = 0) -> tuple[Any, Any, Mapping[str, Task]]:
        """Return objective, network and tasks, prepared as the learner does it."""
        tasks = self.tasks(case)
        torch.manual_seed(0)
        network = self.network(case, tasks).train()
        objective = self.build(case, seed)
        objective.prepare(tasks, network.head_levels)
        objective.adopt(network)
        return objective.train(), network, tasks

    def terms(self, case: Case, seed: int = 0, **parts: Any) -> tuple[Terms, Terms, Any, Any]:
        """Make one step.

        Args:
            case: Config of the objective.
            seed: Seed of batches and random numbers.
            parts: ``batches`` in place of the usual ones, ``prepared`` in place of a fresh objective, ``turn``.

        Returns:
            Losses of the network, losses of the critics, objective and network.
        """
        objective, network, tasks = parts.get('prepared') or self.prepared(case)
        step = Step(network, tasks, parts.get('batches') or self.batches(case, seed), turn=parts.get('turn'))
        torch.manual_seed(seed)
        context = objective.alter(step)
        losses = objective.losses(step, *([] if context is None else [context]))
        return losses, objective.critic_losses(step), objective, network

    def test_streams_are_accepted(self, case: Case) -> None:
        """The objective accepts the streams of the test, and those that it declares exist."""
        objective, _, tasks = self.prepared(case)
        batches = self.batches(case)
        assert set(objective.streams or ()) <= set(batches)
        objective.check_streams({name: facts(batch, tasks) for name, batch in batches.items()})

    def test_losses_are_finite_scalars(self, case: Case) -> None:
        """Every term is a finite scalar with a name; at least one reaches the network with finite gradients."""
        losses, critics, _, network = self.terms(case)
        assert losses
        for name, value in {**losses, **critics}.items():
            assert isinstance(name, str) and value.shape == () and value.isfinite(), name
        sum(losses.values()).backward()  # type: ignore[union-attr]
        gradients = [value.grad for value in network.parameters() if value.grad is not None]
        assert any(gradient.any() for gradient in gradients) and all(one.isfinite().all() for one in gradients)

    def test_gradients_reach_the_parameters_of_the_objective(self, case: Case) -> None:
        """Each trainable parameter is reached: by the losses, or, in critics, by the losses of critics."""
        losses, critics, objective, network = self.terms(case)
        of_critics = critic_parameters(objective)
        sum(losses.values()).backward()  # type: ignore[union-attr]
        touched = [name for name, value in of_critics.items() if value.grad is not None and value.grad.any()]
        assert not touched, f'losses of the network train critics: {touched}'
        own = {name: value for name, value in objective.named_parameters() if value.requires_grad}
        silent = [name for name, value in own.items() if value.grad is None and name not in of_critics]
        assert not silent, f'no loss reaches {silent}'
        before = {name: copy.deepcopy(value.grad) for name, value in network.named_parameters()}
        if critics:
            sum(critics.values()).backward()  # type: ignore[union-attr]
            assert all(value.grad is not None for value in of_critics.values()), 'a critic has idle parameters'
            changed = [
                name
                for name, value in network.named_parameters()
                if (value.grad is None) != (before[name] is None)
                or (value.grad is not None and not torch.equal(value.grad, before[name]))
            ]
            assert not changed, f'losses of critics train the network: {changed}'

    def test_frozen_copies_do_not_move(self, case: Case) -> None:
        """A step changes neither the weights of the network nor those of the objective."""
        prepared = self.prepared(case)
        before = [{name: value.clone() for name, value in one.named_parameters()} for one in prepared[:2]]
        self.terms(case, prepared=prepared)
        for module, old in zip(prepared[:2], before, strict=True):
            assert all(torch.equal(value, old[name]) for name, value in module.named_parameters())

    def test_labels_and_loaded_images_are_left_unchanged(self, case: Case) -> None:
        """Other objectives see the same labels and the same loaded images."""
        batches, fresh = self.batches(case), self.batches(case)
        self.terms(case, batches=batches)
        for name, batch in batches.items():
            assert torch.equal(batch.loaded, fresh[name].loaded), name
            for one, other in zip(batch.samples, fresh[name].samples, strict=True):
                for task in (task for task in self.tasks(case) if other.has_label(task)):
                    assert torch.equal(one.label(task), other.label(task)), f'{name}, {task}'

    def test_seed_decides_the_losses(self, case: Case) -> None:
        """One step from one seed repeats exactly."""
        one, other = self.terms(case)[:2], self.terms(case)[:2]
        assert [values_of(terms) for terms in one] == [values_of(terms) for terms in other]

    def test_state_dict_restores_the_objective(self, case: Case) -> None:
        """An objective built from another seed continues with the same losses after it has loaded the state dict."""
        trained, fresh = self.prepared(case), self.prepared(case, seed=7)
        self.terms(case, prepared=trained)
        fresh[0].load_state_dict(copy.deepcopy(trained[0].state_dict()))
        found = [values_of(self.terms(case, seed=3, prepared=one)[0]) for one in (trained, fresh)]
        assert found[0] == found[1]
        assert_same_state(trained[0], fresh[0])

    def test_a_batch_without_labels_is_no_error(self, case: Case) -> None:
        """Any label may be missing: the terms that remain are finite."""
        batches = self.batches(case)
        for batch in batches.values():
            for sample in batch.samples:
                for task in (task for task in self.tasks(case) if sample.has_label(task)):
                    del sample[f'gt_{task}']
        losses, critics, *_ = self.terms(case, batches=batches)
        assert all(value.isfinite() for value in (*losses.values(), *critics.values()))

    def test_turns_add_up_to_the_whole(self, case: Case) -> None:
        """With ``takes_turns``, the losses of all turns add up to those of one step."""
        if not self.member(case).takes_turns:
            return
        whole, found = values_of(self.terms(case)[0]), dict[str, float]()
        for stream in self.batches(case):
            for name, value in values_of(self.terms(case, turn=stream)[0]).items():
                found[name] = found.get(name, 0.0) + value
        assert set(found) == set(whole)
        for name, value in whole.items():
            torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-6)

    def test_equals_its_reference(self, case: Case) -> None:
        """The losses equal those of the reference to 1e-5."""
        reference = self.reference(case)
        losses, _, objective, network = self.terms(case)
        expected = reference(objective, Step(network, self.tasks(case), self.batches(case)))
        assert set(losses) == set(expected)
        for name, value in losses.items():
            torch.testing.assert_close(value.item(), float(expected[name]), rtol=1e-5, atol=1e-6)


def facts(batch: Batch, tasks: Mapping[str, Task]) -> StreamFacts:
    """Return what is known of a stream before training."""
    labeled = frozenset(task for task in tasks if batch.labeled(task)[0])
    return StreamFacts(labeled, len(batch.samples), tuple(batch.samples[0].get('neighbor_offsets', ())))


def critic_parameters(objective: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters of the critics by name."""
    return {name: value for name, value in objective.named_parameters() if name.startswith('critics.')}


def values_of(terms: Terms) -> dict[str, float]:
    """Return the values of losses."""
    return {name: value.item() for name, value in terms.items()}
