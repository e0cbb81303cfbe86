"""A task without a valid label in a batch takes no part in that update, whatever balances the losses."""

import copy

import pytest
import torch
import torch.multiprocessing as mp
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from mtlbench.learner import Learner
from mtlbench.processes import draw_in_common
from mtlbench.registry import BALANCERS, MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from mtlbench.structures import Batch, MultiTaskSample, register_class_set

register_class_set('resting_4', 'abcd', [(i, i, i) for i in range(4)])
SIZE = (16, 16)
TASKS = dict(semseg=dict(type='SemSegTask', class_set='resting_4'), depth=dict(type='DepthTask'))
NETWORK = dict(
    type='MultiTaskNetwork',
    encoder=dict(type='ResNetEncoder', depth=18, stages=1, output_stride=8, weights=None),
    decoder=dict(type='SkipDecoder', channels=(4, 4, 4), aspp_channels=None),
)
OPTIMIZERS = {
    'sgd': dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=0.1),
    'adam': dict(type='AdamW', lr=0.05, weight_decay=0.1),
}


def build(balancer, tasks=TASKS):
    torch.manual_seed(0)
    weights = dict(weights=dict(semseg=2.0, depth=1.0)) if balancer == 'FixedWeights' else {}
    supervised = dict(type='SupervisedObjective', stream='labeled')
    cfg = dict(type='Learner', tasks=tasks, network=NETWORK, objectives=dict(supervised=supervised))
    return MODELS.build({**cfg, 'balancer': dict(type=balancer, **weights)}).train()


def make_batch(labels, seed=0, count=2):
    """Labels by task: 'all' pixels, 'ignored' ones alone, or None of it."""
    draw = torch.Generator().manual_seed(seed)
    samples = []
    for _ in range(count):
        sample = MultiTaskSample()
        ids, depth = torch.randint(4, (1, *SIZE), generator=draw), 1 + 60 * torch.rand(1, *SIZE, generator=draw)
        full = dict(semseg=ids, depth=depth)
        empty = dict(semseg=torch.full_like(ids, 255), depth=torch.zeros_like(depth))
        for task, how in labels.items():
            if how:
                sample.set_label(task, (full if how == 'all' else empty)[task])
        samples.append(sample)
    return {'labeled': Batch(torch.rand(count, 3, *SIZE, generator=draw), samples)}


def wrapper_of(model, optimizer):
    constructor = dict(type='GroupedOptimWrapperConstructor', optim_wrapper_cfg=dict(optimizer=optimizer))
    return OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)


def update(learner, wrapper, batches):
    with wrapper.optim_context(learner):
        total, logged = learner.parse_losses(learner(batches, mode='loss'))
    wrapper.update_params(total)
    return logged


def own_loss_of(balancer, losses):
    own = getattr(balancer, 'own_loss', lambda _: None)({'semseg': losses['loss_semseg'].detach()})
    return 0 if own is None else own


def parameters_of(balancer):
    return {name: value.detach().clone() for name, value in balancer.named_parameters()}


def state_of_depth(balancer):
    """The entries of depth in the state over both tasks."""
    return {name: value[..., 1].clone() for name, value in balancer.named_buffers() if value.shape[-1:] == (2,)}


OURS = [name for name in BALANCERS.names() if BALANCERS.get(name).__module__.startswith('mtlbench.')]
every_balancer = pytest.mark.parametrize('balancer', OURS)
BOTH, ONE = dict(semseg='all', depth='all'), dict(semseg='all', depth=None)


@every_balancer
@pytest.mark.parametrize('missing', [None, 'ignored'])
def test_the_total_is_that_of_the_labeled_tasks_alone(balancer, missing):
    learner = build(balancer)
    with torch.no_grad():
        for value in learner.balancer.parameters():
            value.fill_(0.7)
    alone = copy.deepcopy(learner.balancer)
    torch.manual_seed(1)
    losses = learner(make_batch(dict(semseg='all', depth=missing)), mode='loss')
    assert 'loss_depth' not in losses
    if learner.balancer.consumes == 'losses':
        torch.manual_seed(1)
        expected = alone({'semseg': losses['loss_semseg']})
    else:
        expected = losses['loss_semseg'] + own_loss_of(alone, losses)  # one gradient weighs 1
    assert torch.equal(losses['loss'], expected)


@every_balancer
@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_what_weighs_a_resting_task_does_not_move_by_momentum_or_decay(balancer, optimizer):
    learner = build(balancer)
    learner.balancer.epoch = 100  # no window of means ends, which would move those of all tasks
    wrapper = wrapper_of(learner, OPTIMIZERS[optimizer])
    for seed in range(3):
        update(learner, wrapper, make_batch(BOTH, seed))
    before, state = parameters_of(learner.balancer), state_of_depth(learner.balancer)
    for seed in range(20):
        update(learner, wrapper, make_batch(ONE, seed))
    after = parameters_of(learner.balancer)
    torch.testing.assert_close(state_of_depth(learner.balancer), state, rtol=0, atol=0)
    moved = {name for name in after if not torch.equal(after[name], before[name])}
    assert not [name for name in moved if 'depth' in name]
    assert all('semseg' in name for name in moved) and bool(moved) == bool(after)
    update(learner, wrapper, make_batch(BOTH))
    assert not [name for name, value in parameters_of(learner.balancer).items() if torch.equal(value, after[name])]


@every_balancer
def test_a_batch_without_any_label_trains_nothing_and_is_no_error(balancer):
    learner = build(balancer)
    losses = learner(make_batch(dict(semseg=None, depth='ignored')), mode='loss')
    losses['loss'].backward()
    assert losses['loss'] == 0
    assert all(value.grad is None or not value.grad.any() for value in learner.parameters())


class Losses(nn.Module):
    """A learner as DistributedDataParallel wants it: its forward gives the losses."""

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.learner = learner

    def forward(self, batches):
        return self.learner(batches, mode='loss')['loss']


def _train_share(rank, store, results):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    for balancer in OURS:
        learner = build(balancer)
        wrapped = DistributedDataParallel(Losses(learner), broadcast_buffers=False)
        wrapper = wrapper_of(learner, ADAM)
        history = []
        for labels in (BOTH, ONE if rank else BOTH, ONE, dict(semseg=None, depth=None), BOTH):
            with draw_in_common(len(history)):
                wrapper.update_params(wrapped(make_batch(labels, seed=rank)))
            history.append({name: value.tolist() for name, value in learner.balancer.state_dict().items()})
        results[rank, balancer] = history
    distributed.destroy_process_group()


ADAM = OPTIMIZERS['adam']


@pytest.mark.ddp
def test_two_processes_agree_on_who_rests(tmp_path):
    """Both tasks, depth in one process alone, in none, nothing at all, and both again: no process waits or differs."""
    with mp.get_context('spawn').Manager() as manager:
        results = manager.dict()
        mp.spawn(_train_share, args=(tmp_path / 'store', results), nprocs=2)
        found = dict(results)
    for balancer in OURS:
        assert found[0, balancer] == found[1, balancer]
    first, second, third, fourth, fifth = (
        {name.rsplit('.', 1)[-1]: value for name, value in step.items()} for step in found[0, 'UncertaintyWeights']
    )
    assert second['depth'] != first['depth']
    assert third['depth'] == second['depth'] and third['semseg'] != second['semseg']
    assert fourth == third
    assert fifth['depth'] != fourth['depth']
