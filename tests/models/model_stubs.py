"""Tasks reduced to what a network needs of them."""

import torch
from torch import nn


class StubTask:
    def __init__(self, out_channels):
        self.out_channels = out_channels

    def build_head(self, channels):
        return nn.Conv2d(channels, self.out_channels, kernel_size=1)


def stub_tasks(**out_channels):
    """Tasks by name from their numbers of output channels."""
    return {name: StubTask(channels) for name, channels in out_channels.items()}


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def randomize(module, generator):
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
