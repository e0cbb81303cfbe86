"""Learner: a network, its tasks, and the objectives that train it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, cast

import torch
from mmengine import dist
from mmengine.model import BaseModel, ModuleDict
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models import freezing
from mtlbench.models.preprocessor import EVALUATION_STREAM
from mtlbench.objectives import Batch, Objective, Predictions, Routes, Step
from mtlbench.processes import together
from mtlbench.registry import BALANCERS, MODELS, OBJECTIVES, TASKS
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks.base import fit


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

    Raises:
        ConfigError: When a task's name differs from its key, a route names an unknown task, the balancer consumes more
            than losses, an objective does not support ``routes.in_turn``, or a part to freeze does not exist.
    """

    def __init__(
        self,
        tasks: Mapping[str, dict],
        network: dict,
        objectives: Mapping[str, dict],
        balancer: dict,
        eval_level: int = 0,
        data_preprocessor: dict | None = None,
        routes: dict | None = None,
        freeze: dict | None = None,
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
        self.balancer = BALANCERS.build(dict(balancer, tasks=list(self.tasks)))
        self._check_balancer()
        if freeze:
            freezing.freeze(self, **freeze)
        for objective in self._objectives():
            objective.adopt(self.network)
        self._frozen_statistics = freezing.names_with_frozen_statistics(self)
        self.eval_level = eval_level
        self.routes = Routes(**(routes or {}))
        self._check_routes()
        self.to(memory_format=torch.channels_last)

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
        if self.routes.in_turn:
            return self.learn_in_turn(self, data, optim_wrapper)
        return super().train_step(data, optim_wrapper)

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
            Logged values, summed over the streams.

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
        self.balancer.turns = len(batches)
        logged = []
        for stream in batches:
            with optim_wrapper.optim_context(model):
                losses = model(batches, mode='loss', turn=stream)
            total, found = self.parse_losses(losses)
            network.update_params(total)
            logged.append(found)
        for one in critics:
            one.step()
            one.zero_grad()
        return _added_up(logged)

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
        altered = [(objective, objective.alter(step)) for objective in self._objectives()]
        terms = _added_up(one.losses(step, *([] if kept is None else [kept])) for one, kept in altered)
        if turn and not (terms or step.idle):
            raise ConfigError(
                f"model.routes.in_turn: no objective learns from the stream '{turn}'; remove it with "
                f'train_dataloader=dict({turn}=None)'
            )
        losses = {'loss': self._balanced(terms, step), **{f'loss_{name}': value for name, value in terms.items()}}
        critics = _added_up(objective.critic_losses(step) for objective in self._objectives())
        if critics:
            losses['critics'] = torch.stack(list(critics.values())).sum()
        return {**losses, **{f'critics_{name}': value for name, value in critics.items()}}

    def _balanced(self, terms: dict[str, Tensor], step: Step) -> Tensor:
        """Return the scalar to minimize, connected to all parameters that other updates or processes train."""
        balanced = [self._total(terms)] if terms else [0 * one.sum() for one in self.balancer.parameters()]
        return torch.stack([*step.idle, *balanced]).sum()

    def _total(self, terms: dict[str, Tensor]) -> Tensor:
        total = self.balancer(terms)
        if total.ndim:
            raise ConfigError(
                f'{type(self.balancer).__name__} returned a tensor of shape {tuple(total.shape)}, expected a scalar; '
                'add the weighted losses up in its forward()'
            )
        return total

    def _check_balancer(self) -> None:
        consumes = getattr(self.balancer, 'consumes', 'losses')
        if consumes != 'losses':
            raise ConfigError(
                f"{type(self.balancer).__name__} consumes '{consumes}', but the learner gives losses only; choose a "
                "balancer with consumes = 'losses'"
            )

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
