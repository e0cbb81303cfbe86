"""Synchronization of running statistics over processes."""

from __future__ import annotations

import torch
import torch.distributed as dist
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase


@torch.no_grad()
def unite_buffers(model: nn.Module) -> None:
    """Make the buffers of a model equal in all processes.

    Each process has running statistics of its own batches. Merged, they describe the union of the batches: the mean of
    the means, and the mean of the variances plus the variance of the means. Other buffers become those of the first
    process. Buffers that are equal in all processes stay unchanged, bit for bit.
    """
    if get_world_size() == 1:
        return
    norms = [one for one in model.modules() if isinstance(one, _NormBase) and one.running_mean is not None]
    means, variances = ([getattr(one, name) for one in norms] for name in ('running_mean', 'running_var'))
    if norms:
        of_means, of_variances = (_gathered(buffers) for buffers in (means, variances))
        mean = of_means.mean(0)
        _fill(means, mean)
        _fill(variances, of_variances.mean(0) + (of_means - mean).square().mean(0))
    united = {id(buffer) for buffer in (*means, *variances)}
    for buffer in model.buffers():
        if id(buffer) not in united:
            dist.broadcast(buffer, src=0)


def _gathered(buffers: list[Tensor]) -> Tensor:
    """Gather the buffers of all processes (processes, values), in float64."""
    own = torch.cat([buffer.double().flatten() for buffer in buffers])
    parts = [torch.empty_like(own) for _ in range(get_world_size())]
    dist.all_gather(parts, own)
    return torch.stack(parts)


def _fill(buffers: list[Tensor], values: Tensor) -> None:
    for buffer, part in zip(buffers, values.split([buffer.numel() for buffer in buffers]), strict=True):
        buffer.copy_(part.view_as(buffer))
