"""Adaptation of a network to images without labels (xTAM)."""

import copy
import math

import pytest
import torch
from adversarial_parts import CRITIC, build_learner, build_wrapper, gradients, make_batch
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.objectives import Routes, Step
from mtlbench.tasks import DepthTask, NormalsTask, SemSegTask

WEIGHT = 0.005
ALIGNMENT = dict(type='DomainAlignment', critic=CRITIC)


def adapting_learner(**options):
    return build_learner(dict(alignment={**ALIGNMENT, **options}))


def make_batches(seed=0):
    return dict(labeled=make_batch(seed=seed), target=make_batch((), seed=seed + 100))


@pytest.fixture
def learner():
    return adapting_learner()


def test_a_critic_for_each_task_and_level(learner):
    critics = learner.objectives['alignment'].critics
    assert {task: list(levels) for task, levels in critics.items()} == dict(semseg=['1', '0'], depth=['1', '0'])
    assert [critic.in_channels for levels in critics.values() for critic in levels.values()] == [4, 4, 1, 1]


def test_the_networks_term_moves_no_critic_and_the_critics_no_network(learner):
    step = Step(learner.network, learner.tasks, make_batches())
    objective = learner.objectives['alignment']
    network_terms = objective.losses(step)
    assert set(network_terms) == {'adversarial_semseg', 'adversarial_depth'}
    sum(network_terms.values()).backward()
    assert gradients(learner.objectives) == {}
    assert {name.split('.')[0] for name in gradients(learner.network)} == {'encoder', 'decoders', 'heads'}
    learner.zero_grad()
    sum(objective.critic_losses(step).values()).backward()
    assert gradients(learner.network) == {}
    assert len(gradients(objective)) == len(list(objective.parameters()))


def test_the_target_pays_through_the_network_but_labels_of_it_are_not_looked_at(learner):
    batches = make_batches()
    torch.manual_seed(3)
    without = learner(batches, mode='loss')
    fresh = adapting_learner()
    torch.manual_seed(3)
    labeled = fresh({**batches, 'target': make_batch(seed=100)}, mode='loss')
    assert without.keys() == labeled.keys()
    same = adapting_learner()
    batches['target'].samples = make_batch(seed=7).samples
    torch.manual_seed(3)
    assert all(torch.equal(value, without[name]) for name, value in same(batches, mode='loss').items())


def plain_update(network, critics, tasks, optimizers, batches):
    """One iteration, step by step, for the tasks' weights 50 and 1."""
    source, target = batches['labeled'], batches['target']
    labels = {name: torch.stack(source.labeled(name)[1]) for name in tasks}
    pairs = [(name, level) for name, levels in critics.items() for level in levels]

    def seen(name, prediction):
        resized = F.interpolate(prediction.float(), size=source.images.shape[-2:], mode='bilinear', align_corners=True)
        if name == 'semseg':
            p = resized.softmax(1)
            return -p * torch.log2(p + 1e-30) / math.log2(p.shape[1])
        v = 655.36 / (labels['depth'] + 0.01)
        v[labels['depth'] == 0] = 1
        return (resized.relu() - v.min()) / (v.max() - v.min())

    def judged(name, level, prediction, label):
        logits = critics[name][level](seen(name, prediction))
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label)) / len(pairs)

    for optimizer in optimizers:
        optimizer.zero_grad()
    critics.requires_grad_(False)
    of_source = network(source.images)
    supervised = {
        name: sum(task.loss(p, labels[name]) for p in of_source[name].values()) / len(of_source[name])
        for name, task in tasks.items()
    }
    (50 * supervised['semseg'] + supervised['depth']).backward()
    of_target = network(target.images)
    sum(WEIGHT * judged(name, level, of_target[name][int(level)], 0.0) for name, level in pairs).backward()
    critics.requires_grad_(True)
    for predictions, label in ((of_source, 0.0), (of_target, 1.0)):
        for name, level in pairs:
            judged(name, level, predictions[name][int(level)].detach(), label).backward()
    for optimizer in optimizers:
        optimizer.step()


def test_a_stream_of_which_a_task_is_not_decoded_is_named():
    learner = adapting_learner()
    learner.routes = Routes(tasks=dict(target=['semseg']))
    with pytest.raises(ConfigError, match=r"'depth' for the stream 'target'.*model\.routes\.tasks"):
        learner(make_batches(), mode='loss')


def test_updates_are_those_of_the_plain_loop():
    learner = adapting_learner()
    network, critics = copy.deepcopy(learner.network), copy.deepcopy(learner.objectives['alignment'].critics)
    optimizers = [
        torch.optim.SGD(network.parameters(), lr=1e-2, momentum=0.9),
        torch.optim.Adam(critics.parameters(), lr=1e-3, betas=(0.9, 0.99)),
    ]
    wrapper = build_wrapper(learner)
    for number in range(3):
        batches = make_batches(number)
        torch.manual_seed(number)  # whether the critics mirror
        with wrapper.optim_context(learner):
            total, logged = learner.parse_losses(learner(batches, mode='loss'))
        wrapper.update_params(total)
        torch.manual_seed(number)
        plain_update(network, critics, learner.tasks, optimizers, batches)
        assert {'loss', 'critics', 'loss_adversarial_depth', 'critics_adversarial_depth'} <= logged.keys()
    expected = {**network.state_dict(), **critics.state_dict(prefix='critics.')}
    found = {**learner.network.state_dict(), **learner.objectives['alignment'].state_dict()}
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        # The same operations in another order of summation, in float32, over three updates.
        torch.testing.assert_close(
            found[name], value, rtol=2e-4, atol=2e-5, msg=lambda text, name=name: f'{name}: {text}'
        )


def test_without_weight_the_network_learns_as_if_there_were_no_critics():
    plain, idle = build_learner({}), adapting_learner(weight=0.0)
    for learner in (plain, idle):
        total, _ = learner.parse_losses(learner(make_batches(), mode='loss'))
        total.backward()
    expected, found = gradients(plain.network), gradients(idle.network)
    assert expected.keys() == found.keys()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


def test_critics_learn_to_tell_and_the_network_to_mislead():
    """Two domains that differ in brightness: the critics' loss falls; against frozen ones the network's term does."""
    learner = adapting_learner(weight=1.0)
    objective = learner.objectives['alignment']
    batches = make_batches()
    batches['target'].images *= 0.2
    step = Step(learner.network, learner.tasks, batches)
    optimizer = torch.optim.Adam(objective.parameters(), lr=3e-3)
    history = []
    for _ in range(60):
        history.append(sum(objective.critic_losses(step).values()))
        optimizer.zero_grad()
        history[-1].backward()
        optimizer.step()
    assert history[0].item() == pytest.approx(2 * math.log(2), rel=0.15)
    # A spectral norm lets critics learn slowly; mirrored batches move the loss by a few thousandths.
    assert history[-1] < history[0] - 0.05
    optimizer, terms = torch.optim.Adam(learner.network.parameters(), lr=3e-3), []
    for _ in range(10):
        terms.append(sum(objective.losses(Step(learner.network, learner.tasks, batches)).values()))
        optimizer.zero_grad()
        terms[-1].backward()
        optimizer.step()
    assert terms[-1] < terms[0] - 0.02


def test_self_information_of_the_sheet():
    task = SemSegTask('adversarial_4')
    even = task.critic_input(torch.zeros(1, 4, 2, 2))
    assert torch.allclose(even, torch.full_like(even, 0.25))  # -1/4 log2(1/4) / log2(4)
    two = torch.tensor([0.0, 0.0, -200.0, -200.0]).reshape(1, 4, 1, 1).requires_grad_()
    shown = task.critic_input(two)
    assert shown.flatten().tolist() == pytest.approx([0.25, 0.25, 0, 0])
    shown.sum().backward()
    assert two.grad.isfinite().all()
    logits = torch.randn(2, 4, 5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).float()
    p = logits.double().softmax(1)
    assert torch.allclose(task.critic_input(logits).double(), -p * torch.log2(p + 1e-30) / 2, atol=1e-6)


def test_depth_is_seen_in_the_range_of_the_sources_labels():
    task = DepthTask()
    label = torch.tensor([1.0, 10.0, 100.0]).reshape(1, 1, 1, 3)
    assert torch.allclose(task.critic_input(task.encode(label), label).aminmax()[1], torch.ones(()))
    shown = task.critic_input(torch.tensor([-5.0, 0.0, 1300.0]).reshape(1, 1, 1, 3), label).flatten()
    low, high = 655.36 / 100.01, 655.36 / 1.01
    assert shown.tolist() == pytest.approx([(v - low) / (high - low) for v in (0.0, 0.0, 1300.0)])
    assert task.critic_input(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)).isfinite().all()
    with pytest.raises(ConfigError, match='critic_divisor'):
        task.critic_input(torch.ones(1, 1, 2, 2))


def test_normals_are_seen_as_unit_vectors():
    shown = NormalsTask().critic_input(3 * torch.randn(2, 3, 4, 4))
    assert torch.allclose(shown.norm(dim=1), torch.ones(2, 4, 4))


def test_a_single_task_with_one_head_has_one_critic():
    learner = build_learner(dict(alignment=dict(ALIGNMENT)), tasks=('depth',), head_levels=(0,))
    losses = learner(make_batches(), mode='loss')
    assert len(learner.objectives['alignment'].critics['depth']) == 1
    assert {'loss_adversarial_depth', 'critics_adversarial_depth'} <= losses.keys()
