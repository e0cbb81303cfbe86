"""Learner: a network, its tasks, and the objectives that train it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any, cast

import torch
from mmengine import dist
from mmengine.model import BaseModel, ModuleDict
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from mtlbench.balancers import Balancer, GramianBalancer, JacobianBalancer, Measured, WeightedBalancer
from mtlbench.balancing import GRADIENTS_ON, Cycle, SeparateGradients
from mtlbench.errors import ConfigError
from mtlbench.models import freezing
from mtlbench.models.preprocessor import EVALUATION_STREAM
from mtlbench.objectives import Batch, Objective, Predictions, Routes, Step, Terms
from mtlbench.processes import draw_again, together
from mtlbench.registry import BALANCERS, MODELS, OBJECTIVES, TASKS
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks.base import fit
from mtlbench.utils.choices import require_known

CONSUMERS = {'losses': Balancer, 'gramian': GramianBalancer, 'jacobian': JacobianBalancer}
"""Base class of the balancers by what they consume."""


@MODELS.register_module()
class Learner(BaseModel):
    """Model that mmengine's Runner trains. Methods differ in its parts, never in this class.

    Args:
        tasks: Config of each task by name, in the order used throughout.
        network: Config of the network, which receives the built tasks.
        objectives: Config of each term of the training signal by name.
        balancer: Config of the balancer that combines the losses of the tasks.
        eval_level: Decoder level whose prediction is evaluated; 0 is the final one.
        data_preprocessor: Config of the preprocessor.
        routes: Options of :class:`mtlbench.objectives.Routes`, which control how streams pass through the network;
            None: each stream separately, with all tasks decoded.
        freeze: Options of :func:`mtlbench.models.freezing.freeze`; None: everything is trained.
        gradients_on: Where balancers compare the gradients of the tasks: on the shared ``'maps'``, or on the
            ``'parameters'`` of the encoder that two tasks or more reach.

    Raises:
        ConfigError: When a task's name differs from its key, a route names an unknown task, an objective or the
            balancer does not support ``routes.in_turn``, or a part to freeze does not exist.
    """

    def __init__(  # noqa: PLR0913  the parts of a method
        self,
        tasks: Mapping[str, dict],
        network: dict,
        objectives: Mapping[str, dict],
        balancer: dict,
        eval_level: int = 0,
        data_preprocessor: dict | None = None,
        routes: dict | None = None,
        freeze: dict | None = None,
        gradients_on: str = 'maps',
    ) -> None:
        super().__init__(data_preprocessor=MODELS.build(data_preprocessor or dict(type='MultiTaskPreprocessor')))
        self.tasks = {name: TASKS.build(dict(node)) for name, node in tasks.items()}
        for name, task in self.tasks.items():
            if task.name != name:
                raise ConfigError(f'tasks.{name} is a {type(task).__name__}, which belongs under tasks.{task.name}')
        self.network = MODELS.build(dict(network, tasks=self.tasks))
        self.objectives = ModuleDict({name: OBJECTIVES.build(dict(node)) for name, node in objectives.items()})
        for objective in self._objectives():
            objective.prepare(self.tasks, self.network.head_levels)
        self.routes = Routes(**(routes or {}))
        self.use_balancer(balancer, gradients_on)
        if freeze:
            freezing.freeze(self, **freeze)
        for objective in self._objectives():
            objective.adopt(self.network)
        self._frozen_statistics = freezing.names_with_frozen_statistics(self)
        self.eval_level = eval_level
        self._present: frozenset[str] = frozenset()  # tasks with a loss in the update so far
        self.to(memory_format=torch.channels_last)

    def use_balancer(self, balancer: dict, gradients_on: str) -> None:
        """Combine the losses with another balancer from now on.

        Args:
            balancer: Config of the balancer.
            gradients_on: Where gradients are compared, as in the constructor.

        Raises:
            ConfigError: When the balancer does not fit the tasks or the routes.
        """
        self.balancer: Balancer = BALANCERS.build(dict(balancer, tasks=list(self.tasks)))
        self.separate = self._separate_gradients(gradients_on)
        self._check_routes()

    def train(self, mode: bool = True) -> Learner:
        """Set the mode of all modules except the layers with frozen statistics, which stay in evaluation mode."""
        super().train(mode)
        for name in self._frozen_statistics:
            self.get_submodule(name).eval()
        return self

    def forward(self, batches: Mapping[str, Batch], mode: str = 'tensor', turn: str | None = None) -> Any:
        """Run one of mmengine's three modes.

        Args:
            batches: Batches by stream.
            mode: ``'loss'`` returns the scalar losses of all streams and, as ``critics``, those of the critics;
                ``'predict'`` returns the samples of the evaluation stream with decoded predictions; ``'tensor'``
                returns the raw predictions of the network for it.
            turn: Stream to compute the losses of; None for all streams.
        """
        if mode == 'loss':
            with together():
                return self._losses(batches, turn)
        batch = batches[EVALUATION_STREAM]
        predictions = self.network(batch.images)
        return self._decoded(batch, predictions) if mode == 'predict' else predictions

    def train_step(self, data: Any, optim_wrapper: OptimWrapper | OptimWrapperDict) -> dict[str, Tensor]:
        """Make one update over all streams or, with ``routes.in_turn``, over one stream after the other."""
        return self.learn(self, data, optim_wrapper)

    def learn(self, model: nn.Module, data: Any, optim_wrapper: OptimWrapper | OptimWrapperDict) -> dict[str, Tensor]:
        """Learn from one batch of every stream.

        Args:
            model: This learner, or its wrapper in distributed training.
            data: Data of the loaders by stream.
            optim_wrapper: Optimizer of the network, or of network and critics.

        Returns:
            Logged values.
        """
        if self.routes.in_turn:
            return self.learn_in_turn(model, data, optim_wrapper)
        cycle = Cycle.of(optim_wrapper)
        if self.separate:
            self.separate.cycle = cycle
        with optim_wrapper.optim_context(model):
            losses = model(**self.data_preprocessor(data, True), mode='loss')
        total, logged = self.parse_losses(losses)
        if cycle.last:
            logged |= self._watched()
        optim_wrapper.update_params(total)
        if self.balancer.looks_back and cycle.last:
            with optim_wrapper.optim_context(model):
                self._look_back(data)
        return logged

    def learn_in_turn(
        self, model: nn.Module, data: Any, optim_wrapper: OptimWrapper | OptimWrapperDict
    ) -> dict[str, Tensor]:
        """Update the network after each stream, and the critics after the last one (SemiMTL, Algorithm 1).

        The backward pass of each stream also adds to the gradient of the critics. As the critics do not move until the
        end, their gradient is that of all predictions that the network has learned from.

        Args:
            model: This learner, or its wrapper in distributed training.
            data: Data of the loaders by stream.
            optim_wrapper: Optimizer of the network, or of network and critics.

        Returns:
            Logged values: losses summed over the streams, and the weight of each task in its last update.

        Raises:
            ConfigError: When gradients are accumulated over updates.
        """
        network, *critics = optim_wrapper.values() if isinstance(optim_wrapper, OptimWrapperDict) else [optim_wrapper]
        if network._accumulative_counts > 1:
            raise ConfigError(
                'model.routes.in_turn makes a step after each stream, so gradients cannot accumulate over updates; '
                'set optim_wrapper.accumulative_counts=1'
            )
        batches = self.data_preprocessor(data, True)['batches']
        logged: list[Mapping[str, Tensor]] = []
        watched: dict[str, Tensor] = {}
        for stream in batches:
            with optim_wrapper.optim_context(model):
                losses = model(batches, mode='loss', turn=stream)
            total, found = self.parse_losses(losses)
            watched |= self._watched()
            network.update_params(total)
            logged.append(found)
        for one in critics:
            one.step()
            one.zero_grad()
        return _added_up(logged) | watched

    def parse_losses(self, losses: dict[str, Tensor]) -> tuple[Tensor, OrderedDict[str, Tensor]]:
        """Return the total to minimize, and all logged values as means over the processes.

        The losses of network and critics have no gradient for each other's parameters, so their sum serves both.
        """
        total = losses['loss'] + losses['critics'] if 'critics' in losses else losses['loss']
        logged = torch.stack([value.detach().mean() for value in losses.values()])
        dist.all_reduce(logged, 'mean')
        return total, OrderedDict(zip(losses, logged.unbind(), strict=True))

    def _losses(self, batches: Mapping[str, Batch], turn: str | None) -> dict[str, Tensor]:
        step = Step(self.network, self.tasks, batches, self.routes, turn)
        with self.separate.recording() if self.separate else nullcontext():
            terms = self._terms(step)
        losses = terms.by_task()
        self._present |= losses.keys()
        if self.balancer.looks_back:
            self._before = Measured.of(losses, list(self.tasks))
        found = {'loss': self._balanced(losses, [*step.idle, *terms.of_no_task()]), **terms.logged()}
        critics = _added_up(objective.critic_losses(step) for objective in self._objectives())
        if critics:
            found['critics'] = torch.stack(list(critics.values())).sum()
        return {
            **found,
            **{f'critics_{name}': value for name, value in critics.items()},
        }

    def _terms(self, step: Step) -> Terms:
        altered = [(objective, objective.alter(step)) for objective in self._objectives()]
        terms = Terms(list(self.tasks))
        for one, kept in altered:
            terms.add(one, one.losses(step, *([] if kept is None else [kept])))
        if step.turn and not (terms.values or step.idle):
            raise ConfigError(
                f"model.routes.in_turn: no objective learns from the stream '{step.turn}'; remove it with "
                f'train_dataloader=dict({step.turn}=None)'
            )
        return terms

    def _balanced(self, losses: dict[str, Tensor], others: list[Tensor]) -> Tensor:
        """Return the scalar to minimize, connected to all parameters that other updates or processes train."""
        if not losses:
            others = [*others, *(0 * one.sum() for one in self.balancer.parameters())]
        if self.separate and (self.separate.cycle.batches > 1 or self.balancer.consumes != 'losses'):
            return self.separate.total(losses, others or [next(self.network.parameters()).new_zeros(())])
        return torch.stack([*others, *([self._total(losses)] if losses else [])]).sum()

    def _total(self, losses: dict[str, Tensor]) -> Tensor:
        total = self.balancer(losses)
        if total.ndim:
            raise ConfigError(
                f'{type(self.balancer).__name__} returned a tensor of shape {tuple(total.shape)}, expected a scalar; '
                'add the weighted losses up in its forward()'
            )
        return total

    def _watched(self) -> dict[str, Tensor]:
        """Return what is logged about the balancer in an update, before the optimizer makes its step."""
        present, self._present = self._present, frozenset()
        if self.balancer.constant:
            return {}
        weights = self.balancer.current_weights()
        found = {f'weight_{task}': value for task, value in weights.items() if task in present}
        if self.separate and self.separate.conflict is not None:
            found['conflict'] = self.separate.conflict
        return {name: torch.as_tensor(value, dtype=torch.float64, device='cpu') for name, value in found.items()}

    @torch.no_grad()
    def _look_back(self, data: Any) -> None:
        """Give the balancer the losses of the same batch after the update, with the same random draws.

        Running statistics stay as they are.
        """
        kept = {name: buffer.clone() for name, buffer in self.named_buffers()}
        with draw_again(), together():
            batches = self.data_preprocessor(data, True)['batches']
            losses = self._terms(Step(self.network, self.tasks, batches, self.routes)).by_task()
            after = Measured.of(losses, list(self.tasks))
        for name, buffer in self.named_buffers():
            buffer.copy_(kept[name])
        self.balancer.after_update(self._before, after)

    def _separate_gradients(self, gradients_on: str) -> SeparateGradients | None:
        require_known('model.gradients_on', gradients_on, GRADIENTS_ON)
        consumes = self.balancer.consumes
        require_known(f'{type(self.balancer).__name__}.consumes', consumes, CONSUMERS)
        if not isinstance(self.balancer, CONSUMERS[consumes]):
            raise ConfigError(
                f"{type(self.balancer).__name__} consumes '{consumes}', but is no {CONSUMERS[consumes].__name__}; "
                'derive it from that class'
            )
        if consumes == 'losses' and not isinstance(self.balancer, WeightedBalancer):
            return None
        return SeparateGradients(self.balancer, self, getattr(self.network, 'encoder', self.network), gradients_on)

    def _check_routes(self) -> None:
        unknown = {name for names in self.routes.tasks.values() for name in names} - set(self.tasks)
        if unknown:
            raise ConfigError(f'model.routes.tasks names {sorted(unknown)}, but the tasks are {list(self.tasks)}')
        if not self.routes.in_turn:
            return
        unable = [type(objective).__name__ for objective in self._objectives() if not objective.takes_turns]
        if unable:
            raise ConfigError(
                f'model.routes.in_turn: {", ".join(unable)} cannot learn from one stream after the other; remove that '
                'objective, or set in_turn=False'
            )
        if not self.balancer.takes_turns:
            raise ConfigError(
                f'model.routes.in_turn: {type(self.balancer).__name__} compares tasks in one update, but each stream '
                'has an update of its own; choose a balancer such as FixedWeights, or set in_turn=False'
            )

    def _objectives(self) -> Iterable[Objective]:
        """Return the objectives sorted by rank and name, so that results do not depend on the order of the config."""
        named = cast('dict[str, Objective]', dict(self.objectives.items()))
        return [named[name] for name in sorted(named, key=lambda name: (named[name].rank, name))]

    def _decoded(self, batch: Batch, predictions: Predictions) -> list[MultiTaskSample]:
        for name, task in self.tasks.items():
            decoded = task.decode(fit(predictions[name][self.eval_level], batch.images))
            for sample, value in zip(batch.samples, decoded, strict=True):
                sample.set_prediction(name, value)
        return batch.samples


def _added_up(groups: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Sum the terms of equal names."""
    terms: dict[str, Tensor] = {}
    for group in groups:
        for name, value in group.items():
            terms[name] = terms[name] + value if name in terms else value
    return terms
