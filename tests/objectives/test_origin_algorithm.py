"""Updates of OriginAlignment against a plain loop of SemiMTL's Algorithm 1."""

import copy

import pytest
import torch
from adversarial_parts import CHANNELS, build_learner, build_wrapper, make_batch
from torch.nn import functional as F

INTRA, INTER = 1e-3, 1e-4
STREAMS = ('a', 'b')
LABELED = dict(semseg='a', depth='b')
SETTINGS = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))
WEIGHTS = dict(semseg=50.0, depth=1.0)


@pytest.fixture(autouse=True)
def in_double_precision(monkeypatch):
    """Losses and critics ask for float32, so that nothing is lost in half precision; here they get float64."""
    monkeypatch.setattr(torch.Tensor, 'float', torch.Tensor.double)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def build(in_turn=False, **options):
    """Critics are in evaluation: in training each pass moves their spectral norms, and the loops differ in order."""
    critic = dict(type='PixelDiscriminator', channels=CHANNELS)
    alignment = dict(type='OriginAlignment', critic=critic, streams=STREAMS, **options)
    objectives = dict(supervised=STREAMS, alignment=alignment)
    learner = build_learner(objectives, settings=SETTINGS, routes=dict(in_turn=in_turn), head_levels=(0,))
    learner.objectives['alignment'].critics.eval()
    return learner


def data_of(iteration):
    """What loaders give."""
    batches = dict(a=make_batch(('semseg',), seed=iteration), b=make_batch(('depth',), seed=100 + iteration))
    return {
        stream: dict(inputs=list((batch.images * 255).to(torch.uint8)), data_samples=batch.samples)
        for stream, batch in batches.items()
    }


def shown(task, prediction):
    """What a critic sees of a prediction."""
    return prediction.softmax(1) if task == 'semseg' else prediction / 128


def truth_of(task, batch):
    """What a critic sees of the labels, and the mask."""
    label = torch.stack([sample.label(task) for sample in batch.samples])
    if task == 'semseg':
        valid = label[:, 0] != 255
        return F.one_hot(label[:, 0].where(valid, 0), 4).movedim(-1, 1) * valid[:, None], valid
    valid = label[:, 0] > 0
    return (655.36 / (label + 0.01) / 128).where(valid[:, None], 0.0), valid


def average(values, mask):
    return values[mask].mean()


def plain_iteration(learner, batches, optimizers, inter, per_dataset=False):
    """Algorithm 1, one data set after the other.

    The network's gradients add up and its step comes once; or, ``per_dataset``, it comes after each data set.
    """
    critics = {task: learner.objectives['alignment'].critics[task]['0'] for task in LABELED}
    for critic in critics.values():
        critic.requires_grad_(False)
    kept = []
    for k, stream in enumerate(STREAMS, 1):
        batch, total = batches[stream], 0.0
        predictions = learner.network(batch.images)
        for task, critic in critics.items():
            prediction = predictions[task][0]
            log_p = critic(shown(task, prediction)).log_softmax(1)
            if LABELED[task] == stream:
                label, valid = truth_of(task, batch)
                target = torch.stack([sample.label(task) for sample in batch.samples])
                total = total + WEIGHTS[task] * learner.tasks[task].loss(prediction, target)
                total = total + INTRA * average(-log_p[:, 0], valid)
                kept.append((task, label.float(), 0, valid))
            else:
                valid = torch.ones_like(log_p[:, 0], dtype=torch.bool)
                total = total + INTER * average(inter(log_p, k), valid)
            kept.append((task, shown(task, prediction).detach(), k, valid))
        total.backward()
        if per_dataset:
            optimizers['network'].step()
            optimizers['network'].zero_grad()
    for critic in critics.values():
        assert all(parameter.grad is None or not parameter.grad.any() for parameter in critic.parameters())
        critic.requires_grad_(True)
    if not per_dataset:
        optimizers['network'].step()
        optimizers['network'].zero_grad()
    for task, critic in critics.items():
        judged = [(maps, k, valid) for name, maps, k, valid in kept if name == task]
        sum(average(-critic(maps).log_softmax(1)[:, k], valid) for maps, k, valid in judged).backward()
    assert all(parameter.grad is None for parameter in learner.network.parameters())
    optimizers['critics'].step()
    optimizers['critics'].zero_grad()


MODES = {
    'labels': lambda log_p, k: -log_p[:, 0],
    'labeled': lambda log_p, k: -log_p[:, 3 - k],  # the other of the two
    'others': lambda log_p, k: -(1 - log_p[:, k].exp()).log(),
}


@pytest.mark.parametrize('in_turn', [False, True], ids=['synchronous', 'per_dataset'])
@pytest.mark.parametrize('towards', MODES)
def test_updates_are_those_of_the_plain_loop(towards, in_turn):
    learner, plain = build(in_turn, towards=towards), build(towards=towards)
    wrapper, optimizers = build_wrapper(learner), build_wrapper(plain)
    start = copy.deepcopy(learner.state_dict())
    for iteration in range(3):
        learner.train_step(data_of(iteration), wrapper)
        batches = plain.data_preprocessor(data_of(iteration), True)['batches']
        plain_iteration(plain, batches, optimizers, MODES[towards], per_dataset=in_turn)
    found, expected = learner.state_dict(), plain.state_dict()
    for name, value in found.items():
        # The same sums in another order: 1e-16 or so, which Adam divides by a gradient's size, 1e-8 at least.
        torch.testing.assert_close(value, expected[name], rtol=1e-8, atol=1e-10, msg=name)
    trained = {name for name, _ in learner.named_parameters()}
    unmoved = [name for name in trained if torch.equal(found[name], start[name])]
    assert unmoved == []


def test_the_two_ways_differ():
    learners = [build(in_turn) for in_turn in (False, True)]
    for learner in learners:
        wrapper = build_wrapper(learner)
        for iteration in range(2):
            learner.train_step(data_of(iteration), wrapper)
    pairs = zip(learners[0].named_parameters(), learners[1].parameters(), strict=True)
    # The comparison with the plain loop finds 3e-16 at most; biases of a critic differ by some 1e-9 only.
    assert [name for (name, one), other in pairs if (one - other).abs().max() < 1e-12] == []
