"""Distributed training on GPUs or CPUs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor

from mtlbench.engine.finite import shortened
from mtlbench.errors import ConfigError
from mtlbench.records.identity import PROCESSES
from mtlbench.registry import MODEL_WRAPPERS

LAUNCHERS = {
    'pytorch': (('RANK', 'WORLD_SIZE'), 'start by: torchrun --nproc_per_node=2 -m mtlbench train CONFIG ...'),
    'slurm': (('SLURM_PROCID', 'SLURM_NTASKS'), 'start by: srun mtlbench train CONFIG ...'),
}
"""Environment variables that each launcher sets, and the command that starts a tool."""
UNFINISHED = 'Expected to have finished reduction'
"""Message of torch when a process waits in vain; with streams in turn, during the first iteration."""


class Place(NamedTuple):
    """Position of this process among those of a launcher."""

    rank: int
    processes: int


def place(launcher: str) -> Place:
    """Return the position of this process from the launcher's environment, before processes are connected.

    Raises:
        ConfigError: When this process was not started by the launcher.
    """
    if launcher == 'none':
        return Place(0, 1)
    names, start = LAUNCHERS[launcher]
    try:
        rank, processes = (int(os.environ[name]) for name in names)
    except (KeyError, ValueError) as error:
        raise ConfigError(f'--launcher {launcher} needs {" and ".join(names)} in the environment; {start}') from error
    return Place(rank, processes)


@MODEL_WRAPPERS.register_module()
class DistributedLearner(MMDistributedDataParallel):
    """Learner in several processes, which average their gradients.

    The processes wait for the gradient of every parameter, unless ``find_unused_parameters`` is set.

    Raises:
        ConfigError: After the first backward pass, when parameters have no gradient.
    """

    _all_used: bool = False

    def train_step(self, data: Any, optim_wrapper: OptimWrapper | OptimWrapperDict) -> dict[str, Tensor]:
        """Make one update, as the learner does."""
        with nullcontext() if self._all_used or self.find_unused_parameters else self._unused_refused():
            return self.module.learn(self, data, optim_wrapper)

    @contextmanager
    def _unused_refused(self) -> Iterator[None]:
        unused = {name: value for name, value in self.module.named_parameters() if value.requires_grad}
        handles = [
            value.register_post_accumulate_grad_hook(lambda _, name=name: unused.pop(name, None))
            for name, value in list(unused.items())
        ]
        try:
            yield
        except RuntimeError as error:
            if UNFINISHED not in str(error):
                raise
        finally:
            for handle in handles:
                handle.remove()
        if unused:
            names = ', '.join(shortened(list(unused)))
            raise ConfigError(
                f'in several processes every parameter needs a gradient, but no loss reaches {names}; remove these '
                'parts from the config, or set find_unused_parameters=True (see docs/training.md)'
            )
        self._all_used = True


def note_processes(cfg: Config, launcher: str) -> None:
    """Store the number of processes in a config if a launcher starts several: it belongs to the run."""
    if launcher != 'none':
        cfg[PROCESSES] = place(launcher).processes


def prepare_distribution(cfg: Config, launcher: str) -> None:
    """Prepare a config for a launcher, and connect processes through gloo on machines without GPU.

    The model is wrapped in a :class:`DistributedLearner`, with the config's own settings of ``model_wrapper_cfg``.

    Args:
        cfg: Config, modified in place.
        launcher: Launcher: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        ConfigError: When this process was not started by the launcher.
    """
    cfg.launcher = launcher
    if launcher == 'none':
        return
    usual = dict(broadcast_buffers=False, find_unused_parameters=cfg.get('find_unused_parameters', False))
    cfg.model_wrapper_cfg = {**usual, **(cfg.get('model_wrapper_cfg') or {}), 'type': 'mtlbench.DistributedLearner'}
    if torch.cuda.is_available():
        return
    if launcher == 'slurm':
        _environment_of_slurm()
    if not dist.is_initialized():
        dist.init_process_group('gloo')
    cfg.model_wrapper_cfg.device_ids = None


def _environment_of_slurm() -> None:
    """Set the environment of torch's rendezvous from slurm's variables."""
    first = os.environ.get('MASTER_ADDR') or os.environ.get('SLURM_LAUNCH_NODE_IPADDR')
    if first is None:
        raise ConfigError('--launcher slurm: slurm sets no master address; set MASTER_ADDR to that of the first node')
    os.environ['MASTER_ADDR'] = first
    os.environ.setdefault('MASTER_PORT', '29500')
    os.environ['RANK'] = os.environ['SLURM_PROCID']
    os.environ['WORLD_SIZE'] = os.environ['SLURM_NTASKS']
    os.environ['LOCAL_RANK'] = os.environ.get('SLURM_LOCALID', '0')
