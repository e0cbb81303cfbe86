"""Updates of OriginAlignment against a plain loop of SemiMTL's Algorithm 1 (sheet, sections 2, 3 and 16)."""

import copy

import pytest
import torch
from adversarial_parts import CHANNELS, build_learner, build_wrapper, make_batch
from torch.nn import functional as F

INTRA, INTER = 1e-3, 1e-4
STREAMS = ('a', 'b')
LABELLED = dict(semseg='a', depth='b')
SETTINGS = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))
WEIGHTS = dict(semseg=50.0, depth=1.0)


def build(**options):
    critic = dict(type='PixelDiscriminator', channels=CHANNELS)
    alignment = dict(type='OriginAlignment', critic=critic, streams=STREAMS, **options)
    return build_learner(dict(supervised=STREAMS, alignment=alignment), settings=SETTINGS, head_levels=(0,))


def batches_of(iteration):
    return dict(a=make_batch(('semseg',), seed=iteration), b=make_batch(('depth',), seed=100 + iteration))


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


def plain_iteration(learner, batches, optimizers, inter):
    """Algorithm 1, one data set after the other; gradients of the network add up, its step comes once."""
    critics = {task: learner.objectives['alignment'].critics[task]['0'] for task in LABELLED}
    for critic in critics.values():
        critic.requires_grad_(False)
    kept = []
    for k, stream in enumerate(STREAMS, 1):
        batch, total = batches[stream], 0.0
        predictions = learner.network(batch.images)
        for task, critic in critics.items():
            prediction = predictions[task][0]
            log_p = critic(shown(task, prediction)).log_softmax(1)
            if LABELLED[task] == stream:
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
    for critic in critics.values():
        assert all(parameter.grad is None or not parameter.grad.any() for parameter in critic.parameters())
        critic.requires_grad_(True)
    optimizers['network'].step()
    before = [parameter.grad.clone() for parameter in learner.network.parameters()]
    for task, critic in critics.items():
        judged = [(maps, k, valid) for name, maps, k, valid in kept if name == task]
        sum(average(-critic(maps).log_softmax(1)[:, k], valid) for maps, k, valid in judged).backward()
    assert all(map(torch.equal, before, (parameter.grad for parameter in learner.network.parameters())))
    optimizers['critics'].step()
    learner.zero_grad(set_to_none=True)


MODES = {
    'labels': lambda log_p, k: -log_p[:, 0],
    'labeled': lambda log_p, k: -log_p[:, 3 - k],  # the other of the two
    'others': lambda log_p, k: -(1 - log_p[:, k].exp()).log(),
}


@pytest.mark.parametrize('towards', MODES)
def test_two_updates_are_those_of_the_plain_loop(towards):
    """Critics are in evaluation: in training each pass moves their spectral norms, and the loops differ in order."""
    learners = [build(towards=towards), build(towards=towards)]
    wrapper = build_wrapper(learners[0])
    plain = build_wrapper(learners[1])
    for learner in learners:
        learner.objectives['alignment'].critics.eval()
    start = copy.deepcopy(learners[0].state_dict())
    for iteration in range(2):
        loss, _ = learners[0].parse_losses(learners[0](batches_of(iteration), mode='loss'))
        wrapper.update_params(loss)
        plain_iteration(learners[1], batches_of(iteration), plain, MODES[towards])
    found, expected = (learner.state_dict() for learner in learners)
    for name, value in found.items():
        # Adam divides by the gradient's size, so that rounding shows where a gradient nearly vanishes.
        assert torch.allclose(value.float(), expected[name].float(), rtol=1e-3, atol=2e-4), name
    trained = {name for name, _ in learners[0].named_parameters()}
    unmoved = [name for name in trained if torch.equal(found[name], start[name])]
    assert unmoved == []
