"""What every registered exchange must do, whoever wrote it."""

import copy

import numpy as np
import pytest
import torch
from exchange_references import REFERENCES
from model_stubs import randomize

from mtlbench.errors import ConfigError
from mtlbench.registry import EXCHANGES

CHANNELS, LEVEL, SIZE = 8, 2, (8, 12)
TASK_SETS = [('semseg', 'depth'), ('semseg', 'depth', 'normals'), ('semseg', 'depth', 'normals', 'saliency')]


def build(name, tasks, **options):
    return EXCHANGES.build(dict(type=name, tasks=tasks, channels=CHANNELS, level=LEVEL, **options))


def maps(tasks, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {task: torch.randn(batch, CHANNELS, *SIZE, generator=generator).requires_grad_() for task in tasks}


def ready(name, tasks, **options):
    return randomize(build(name, tasks, **options), torch.Generator().manual_seed(1))


every_exchange = pytest.mark.parametrize('name', EXCHANGES.names())
every_task_set = pytest.mark.parametrize('tasks', TASK_SETS, ids=len)


@every_exchange
@every_task_set
def test_shapes_and_keys_are_kept(name, tasks):
    refined = build(name, tasks)(maps(tasks))
    assert list(refined) == list(tasks)
    assert {tuple(value.shape) for value in refined.values()} == {(2, CHANNELS, *SIZE)}


@every_exchange
@every_task_set
def test_gradients_reach_every_map_and_parameter(name, tasks):
    exchange, features = ready(name, tasks), maps(tasks)
    refined = exchange(features)
    sum((index + 1) * value.square().mean() for index, value in enumerate(refined.values())).backward()
    tensors = {**features, **dict(exchange.named_parameters())}
    silent = [key for key, value in tensors.items() if value.grad is None or not value.grad.abs().max() > 0]
    assert silent == []


@every_exchange
@every_task_set
def test_each_task_hears_every_other(name, tasks):
    exchange, features = ready(name, tasks), maps(tasks)
    refined = exchange(features)
    for target in tasks:
        gradients = torch.autograd.grad(refined[target].square().sum(), list(features.values()), retain_graph=True)
        assert all(gradient.abs().max() > 0 for gradient in gradients)


@every_exchange
@every_task_set
def test_equals_the_formulas_written_as_loops(name, tasks):
    assert name in REFERENCES, f'{name} has no plain reference: add one to tests/models/exchange_references.py'
    exchange, features = ready(name, tasks).double().eval(), maps(tasks, batch=1)
    features = {task: value.detach().double() for task, value in features.items()}
    expected = REFERENCES[name](exchange, {task: value[0].numpy() for task, value in features.items()})
    found = exchange(features)
    for task in tasks:
        np.testing.assert_allclose(found[task][0].detach().numpy(), expected[task], rtol=1e-9, atol=1e-9)


@every_exchange
def test_no_state_between_calls(name):
    tasks = TASK_SETS[1]
    exchange = ready(name, tasks).eval()
    first = exchange(maps(tasks))
    exchange(maps(tasks, batch=3, seed=5))
    again = exchange(maps(tasks))
    assert all(torch.equal(first[task], again[task]) for task in tasks)


@every_exchange
def test_batch_entries_do_not_mix_in_evaluation(name):
    tasks = TASK_SETS[1]
    exchange, features = ready(name, tasks).eval(), maps(tasks)
    together = exchange(features)
    alone = exchange({task: value[1:] for task, value in features.items()})
    # Other blockings of the same sums.
    assert all(torch.allclose(together[task][1:], alone[task], rtol=1e-4, atol=1e-4) for task in tasks)


@every_exchange
def test_order_of_the_dict_does_not_matter(name):
    tasks = TASK_SETS[1]
    exchange, features = ready(name, tasks).eval(), maps(tasks)
    found = exchange(features)
    turned = exchange(dict(reversed(features.items())))
    assert all(torch.equal(found[task], turned[task]) for task in tasks)


@every_exchange
def test_inputs_are_left_as_they_are(name):
    tasks = TASK_SETS[0]
    features = maps(tasks)
    before = {task: value.detach().clone() for task, value in features.items()}
    ready(name, tasks)(features)
    assert all(torch.equal(features[task], before[task]) for task in tasks)


@every_exchange
def test_state_dict_round_trip(name):
    tasks = TASK_SETS[1]
    exchange = ready(name, tasks).eval()
    other = build(name, tasks).eval()
    other.load_state_dict(copy.deepcopy(exchange.state_dict()))
    found, expected = other(maps(tasks)), exchange(maps(tasks))
    assert all(torch.equal(found[task], expected[task]) for task in tasks)


@every_exchange
def test_works_under_bfloat16_autocast(name):
    tasks = TASK_SETS[1]
    exchange, features = ready(name, tasks), maps(tasks)
    with torch.autocast('cpu', torch.bfloat16):
        refined = exchange(features)
        loss = sum(value.float().square().mean() for value in refined.values())
    loss.backward()
    assert all(value.isfinite().all() for value in refined.values())
    assert all(value.grad.isfinite().all() for value in (*features.values(), *exchange.parameters()))


@every_exchange
def test_memory_format_is_kept(name):
    tasks = TASK_SETS[0]
    exchange = ready(name, tasks).to(memory_format=torch.channels_last)
    refined = exchange(
        {task: value.contiguous(memory_format=torch.channels_last) for task, value in maps(tasks).items()}
    )
    assert all(value.is_contiguous(memory_format=torch.channels_last) for value in refined.values())


@every_exchange
def test_one_task_has_nobody_to_exchange_with(name):
    with pytest.raises(ConfigError, match='at least two'):
        build(name, ['depth'])
