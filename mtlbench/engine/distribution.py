"""Several processes, on GPUs or on CPUs."""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
from mmengine.config import Config

from mtlbench.errors import ConfigError


def prepare_distribution(cfg: Config, launcher: str) -> None:
    """Make a config run under a launcher; on machines without GPU through gloo, which mmengine does not set up.

    Args:
        cfg: The config, changed in place.
        launcher: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        ConfigError: For ``'pytorch'`` outside of ``torchrun``.
    """
    cfg.launcher = launcher
    if launcher == 'none' or torch.cuda.is_available():
        return
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise ConfigError("--launcher pytorch needs torchrun: 'torchrun --nproc_per_node=2 tools/train.py CONFIG ...'")
    if launcher == 'slurm':
        _environment_of_slurm()
    if not dist.is_initialized():
        dist.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)


def _environment_of_slurm() -> None:
    """What torch's rendezvous needs, from slurm's own variables."""
    os.environ.setdefault('MASTER_ADDR', os.environ['SLURM_LAUNCH_NODE_IPADDR'])
    os.environ.setdefault('MASTER_PORT', '29500')
    os.environ['RANK'] = os.environ['SLURM_PROCID']
    os.environ['WORLD_SIZE'] = os.environ['SLURM_NTASKS']
    os.environ['LOCAL_RANK'] = os.environ.get('SLURM_LOCALID', '0')
