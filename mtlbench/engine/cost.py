"""Cost of a network: operations of a forward pass, and memory; name of the device."""

from __future__ import annotations

import platform
import re
import resource
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def peak_memory_mb() -> float:
    """Return the peak memory so far in MiB: of the GPU if there is one, otherwise of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def count_gflop(network: nn.Module, size: tuple[int, int]) -> float:
    """Count the floating-point operations (1e9) of one forward pass over one image of that (height, width)."""
    parameter = next(network.parameters())
    training = network.training
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.eval()(torch.zeros(1, 3, *size, device=parameter.device))
    network.train(training)
    return counter.get_total_flops() / 1e9


def device_name() -> str:
    """Return the name of the GPU if there is one, otherwise of the processor."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    known = Path('/proc/cpuinfo')
    named = re.search(r'^model name\s*: *(.+)$', known.read_text(), re.MULTILINE) if known.is_file() else None
    return named[1] if named else platform.processor() or platform.machine()
