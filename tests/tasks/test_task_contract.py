"""The contract of tasks."""

import inspect

import pytest
import torch

import mtlbench.tasks  # noqa: F401  registers the tasks
from mtlbench.registry import TASKS
from mtlbench.structures import register_class_set
from mtlbench.testing import TaskContract

register_class_set('contract_5', 'abcde', [(i, 2 * i, 3 * i) for i in range(5)])
KNOWN_ARGUMENTS = {'class_set': 'contract_5'}


def case_of(name):
    """Config of a task, with the arguments that have no default."""
    parameters = inspect.signature(TASKS.get(name)).parameters.items()
    return dict(type=name, **{key: KNOWN_ARGUMENTS[key] for key, one in parameters if one.default is one.empty})


class TestTasks(TaskContract):
    cases = [case_of(name) for name in TASKS.names()]

    @pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
    def test_statistics_stay_on_the_device_and_agree_with_the_cpu(self, case):
        task = self.build(case)
        decoded, label = task.decode(self.prediction(task)), self.label(task)
        there = task.statistics(decoded.cuda(), label.cuda())
        for name, value in task.statistics(decoded, label).items():
            assert there[name].device.type == 'cuda'
            torch.testing.assert_close(there[name].cpu(), value, rtol=1e-9, atol=1e-9)

    @pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
    def test_loss_is_finite_under_autocast_on_the_gpu(self, case):
        task = self.build(case)
        head = task.build_head(8).cuda()
        with torch.autocast('cuda', torch.bfloat16):
            loss = task.loss(head(torch.randn(2, 8, 3, 4).cuda()), self.label(task).cuda())
        loss.backward()
        assert loss.dtype == torch.float32 and loss.isfinite()
        assert all(value.grad.isfinite().all() for value in head.parameters())
