"""What two processes do together; a program for torchrun that writes what each found."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
import torch.distributed as dist
from mmengine.optim import OptimWrapper
from torch import nn

from mtlbench.engine import DistributedLearner
from mtlbench.engine.finite import check_state
from mtlbench.engine.hooks import LossGuardHook
from mtlbench.engine.statistics import unite_buffers
from mtlbench.errors import ConfigError, TrainingError


class Small(nn.Module):
    """What a distributed learner asks of a learner."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.used, self.idle = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, inputs, mode):
        return {'loss': self.used(inputs).mean()}

    def learn(self, model, data, wrapper):
        with wrapper.optim_context(model):
            losses = model(data, mode='loss')
        wrapper.update_params(losses['loss'])
        return losses


def wrapped(model, **options):
    return OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), **options)


def running_statistics():
    """Each process saw other batches; then both have those of the union, and stay as they are."""
    rank = dist.get_rank()
    norm = nn.BatchNorm2d(3, momentum=None)  # a plain mean over its batches
    batches = torch.randn(2, 8, 3, 5, 5, generator=torch.Generator().manual_seed(1)) * 3 + 7
    norm(batches[rank])
    model = nn.Sequential(norm)
    model.register_buffer('other', torch.tensor([rank]))
    unite_buffers(model)
    of_batches = [batch.var((0, 2, 3), unbiased=True) for batch in batches]
    means = batches.mean((1, 3, 4))
    torch.testing.assert_close(norm.running_mean, means.mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack(of_batches).mean(0) + means.var(0, unbiased=False))
    once = {name: value.clone() for name, value in model.state_dict().items()}
    unite_buffers(model)
    assert all(torch.equal(value, once[name]) for name, value in model.state_dict().items())
    parts = [torch.empty_like(norm.running_var) for _ in range(2)]
    dist.all_gather(parts, norm.running_var)
    assert torch.equal(*parts)
    return [norm.num_batches_tracked.item(), model.other.item()]


def unused_parameters(find=False):
    """A part that no loss reaches."""
    model = DistributedLearner(Small(), broadcast_buffers=False, find_unused_parameters=find)
    try:
        for _ in range(2):
            model.train_step(torch.ones(1, 2), wrapped(model))
    except ConfigError as error:
        return str(error)
    return 'trained'


def gradient_of_one_process(**options):
    """The gradient of the second process is not finite, though its loss is."""
    small = Small()
    del small.idle
    model = DistributedLearner(small, broadcast_buffers=False)
    if dist.get_rank() == 1:
        model.module.used.weight.register_hook(lambda gradient: gradient * torch.nan)
    wrapper = wrapped(model, **options)
    wrapper.initialize_count_status(model, 0, 4)
    runner = SimpleNamespace(model=model, optim_wrapper=wrapper, iter=0, max_iters=4, work_dir='runs')
    guard = LossGuardHook()
    guard.before_train(runner)
    try:
        for runner.iter in range(4):
            guard.after_train_iter(runner, runner.iter, outputs=model.train_step(torch.ones(1, 2), wrapper))
    except TrainingError as error:
        return str(error)
    return 'trained'


def state_of_one_process():
    """A buffer that is not the other process's."""
    model = Small()
    model.register_buffer('statistics', torch.ones(3))
    if dist.get_rank() == 1:
        model.statistics[1] = torch.nan
    runner = SimpleNamespace(model=model, optim_wrapper=wrapped(model), work_dir='runs')
    try:
        check_state(runner, 7)
    except TrainingError as error:
        return str(error)
    return 'saved'


CHECKS = {
    'running_statistics': running_statistics,
    'unused': unused_parameters,
    'unused_found': lambda: unused_parameters(find=True),
    'gradient': gradient_of_one_process,
    'gradient_clipped': lambda: gradient_of_one_process(clip_grad=dict(max_norm=1.0)),
    'gradient_accumulated': lambda: gradient_of_one_process(accumulative_counts=2),
    'state': state_of_one_process,
}

if __name__ == '__main__':
    dist.init_process_group('gloo')
    found = {name: check() for name, check in CHECKS.items()}
    Path(f'{sys.argv[1]}.{dist.get_rank()}').write_text(json.dumps(found))
    dist.destroy_process_group()
