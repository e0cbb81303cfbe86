"""Learning from what a mean teacher says, on a small learner and batches of noise."""

import copy

import numpy as np
import pytest
import torch
from adversarial_parts import SIZE, build_learner, gradients
from torch.nn import functional as F

from mtlbench.engine.hooks.teacher import MeanTeacherHook, move_towards
from mtlbench.errors import ConfigError
from mtlbench.mixers import Mixer
from mtlbench.objectives import Batch, Step
from mtlbench.registry import MIXERS
from mtlbench.structures import MultiTaskSample

K = np.array([[40.0, 0, 31], [0, 40.0, 15], [0, 0, 1]])


class Unmixed(Mixer):
    """Leaves the views as they are, and remembers them."""

    def mix(self, views, generator):
        self.seen = views
        return views


@pytest.fixture(autouse=True)
def unmixed():
    """Registered while these tests run, so that those of every registered mixer do not meet it."""
    MIXERS.register_module(module=Unmixed)
    yield
    MIXERS.module_dict.pop('Unmixed')


def make_learner(network=None, **options):
    objective = dict(type='PseudoLabelObjective', **{'mixer': dict(type='Unmixed'), **options})
    return build_learner({'pseudo_labels': objective}, **(network or {}))


def make_batch(labeled=(), count=2, seed=0):
    draw = torch.Generator().manual_seed(seed)
    samples = [MultiTaskSample(metainfo=dict(intrinsics=K)) for _ in range(count)]
    for number in labeled:
        ids = torch.randint(4, (1, *SIZE), generator=draw)
        ids[:, :3] = 255
        samples[number].set_label('semseg', ids)
    return Batch(torch.rand(count, 3, *SIZE, generator=draw), samples)


def make_step(learner, batch):
    return Step(learner.network, learner.tasks, {'unlabeled': batch, 'labeled': make_batch((0, 1), seed=5)})


def run(learner, batch, seed=0):
    objective, step = learner.objectives['pseudo_labels'], make_step(learner, batch)
    torch.manual_seed(seed)
    belief = objective.alter(step)
    return objective.losses(step, belief), step, belief


def test_labels_where_there_are_any_and_else_the_teachers_largest_logit():
    learner, batch = make_learner(), make_batch(labeled=(1,))
    learner.eval()
    _, _, belief = run(learner, batch)
    label = batch.samples[1].label('semseg')
    assert torch.equal(belief.labels[1], label)
    assert torch.equal(belief.confidence[1], (label != 255).float())
    probability = learner.objectives['pseudo_labels'].teacher(batch.images)['semseg'][0].softmax(1)
    assert torch.equal(belief.labels[0], probability[0].argmax(0, keepdim=True))
    torch.testing.assert_close(belief.confidence[0], probability[0].amax(0, keepdim=True))


def test_mixers_see_images_labels_depth_and_the_principal_point():
    learner, batch = make_learner(), make_batch(labeled=(0,))
    _, step, _ = run(learner.eval(), batch)
    seen = learner.objectives['pseudo_labels'].mixer.seen
    assert torch.equal(seen.images, batch.images)
    assert seen.center.tolist() == [[31, 15]] * 2
    assert seen.classes == ('a', 'b', 'c', 'd')
    depth = learner.tasks['depth'].decode(step.predictions('unlabeled')['depth'][0])
    assert torch.equal(seen.depth, depth.detach())
    assert not seen.depth.requires_grad


@pytest.mark.parametrize('weight', ['threshold_uniform', 'threshold', 'none'])
def test_loss_is_the_mean_over_all_pixels_of_the_weighted_cross_entropy(weight, monkeypatch):
    learner, batch = make_learner(threshold=0.5, pixel_weight=weight), make_batch(labeled=(0,))
    monkeypatch.setattr('mtlbench.objectives.pseudo_label.strong_augment', lambda images, generator: images)
    losses, _, belief = run(learner.eval(), batch)
    logits = learner.network(batch.images)['semseg'][0]
    total, sure = 0.0, 0
    for n in range(2):
        confident = belief.confidence[n, 0] >= 0.5
        sure += confident.sum().item()
        label = belief.labels[n, 0]
        errors = F.cross_entropy(logits[n][None], label[None], ignore_index=255, reduction='none')[0]
        total += (errors * confident).sum().item() if weight == 'threshold' else errors.sum().item()
    pixels = 2 * SIZE[0] * SIZE[1]
    expected = total / pixels * (sure / pixels if weight == 'threshold_uniform' else 1)
    assert list(losses) == ['pseudo_semseg']
    assert losses['pseudo_semseg'].item() == pytest.approx(expected, rel=1e-5)
    assert expected > 0


def test_labels_of_all_pixels_weigh_one():
    learner, batch = make_learner(), make_batch(labeled=(0, 1))
    for sample in batch.samples:
        sample.label('semseg').clamp_(max=3)
    _, _, belief = run(learner.eval(), batch)
    assert belief.confidence.mean() == 1


def test_frozen_parts_learn_nothing_and_the_encoder_does():
    frozen = ('decoders.depth', 'heads.depth')
    network = dict(exchange=dict(type='CCAMExchange', zero_init_attention=False, reduction=1), exchange_levels=(1,))
    learner = make_learner(network, frozen=(*frozen, 'exchanges.1.pairs.semseg.depth.spatial.depth'))
    losses, _, _ = run(learner, make_batch(labeled=(0, 1)))
    losses['pseudo_semseg'].backward()
    names = set(gradients(learner.network))
    assert any(name.startswith('encoder') for name in names)
    assert 'exchanges.1.pairs.semseg.depth.spatial.semseg.0.weight' in names
    assert not [name for name in names if name.startswith(frozen) or 'spatial.depth' in name]
    assert all(one.requires_grad for one in learner.network.parameters())
    free = make_learner(network)
    losses, _, _ = run(free, make_batch(labeled=(0, 1)))
    losses['pseudo_semseg'].backward()
    assert [name for name in gradients(free.network) if name.startswith('decoders.depth')]


def test_the_teacher_has_no_gradient_and_starts_as_the_network():
    learner = make_learner()
    objective = learner.objectives['pseudo_labels']
    teacher, network = objective.teacher.state_dict(), learner.network.state_dict()
    assert teacher.keys() == network.keys()
    assert all(torch.equal(teacher[name], value) for name, value in network.items())
    losses, _, _ = run(learner, make_batch())
    losses['pseudo_semseg'].backward()
    assert not any(one.requires_grad or one.grad is not None for one in objective.teacher.parameters())
    assert any(name.startswith('objectives.pseudo_labels.teacher.encoder') for name in learner.state_dict())


def test_the_draws_follow_from_torchs_seed():
    batch = make_batch(labeled=(0, 1))
    terms = []
    for seed in (1, 1, 2, 3):
        learner = make_learner(mixer=dict(type='CutMixer')).eval()
        terms.append(run(learner, copy.deepcopy(batch), seed)[0]['pseudo_semseg'].item())
    assert terms[0] == terms[1]
    assert len(set(terms)) > 1


def test_colors_change_what_the_network_sees_and_nothing_else():
    settings = dict(streams=('labeled', 'unlabeled'), movable=('a', 'b'), prob=1.0, strength=0.5)
    learner = make_learner(colors=settings)
    step = make_step(learner, make_batch())
    before = {stream: batch.images.clone() for stream, batch in step.batches.items()}
    learner.objectives['pseudo_labels'].alter(step)
    for stream, batch in step.batches.items():
        assert not torch.equal(batch.images, before[stream])
        assert torch.equal(batch.loaded, before[stream])
        assert torch.equal(batch.clean_images(), before[stream])
    learner.objectives['pseudo_labels'].losses(step)
    assert torch.equal(learner.objectives['pseudo_labels'].mixer.seen.images, before['unlabeled'])


def test_colors_wait_for_their_probability():
    learner = make_learner(colors=dict(streams=('unlabeled',), movable=('a',), prob=0.0))
    step = make_step(learner, make_batch())
    learner.objectives['pseudo_labels'].alter(step)
    assert all(batch.unaltered is None for batch in step.batches.values())


def test_how_much_of_the_teacher_stays():
    hook = MeanTeacherHook()
    assert hook.kept_at(1) == 0.5
    assert hook.kept_at(98) < 0.99
    assert hook.kept_at(99) == hook.kept_at(1000) == 0.99


def test_the_teacher_moves_by_a_running_mean():
    learner = make_learner()
    teacher, network = learner.objectives['pseudo_labels'].teacher, learner.network
    first = copy.deepcopy(teacher)
    with torch.no_grad():
        for one in network.parameters():
            one.add_(1)
    move_towards(teacher, network, 0.25)
    for one, old, new in zip(teacher.parameters(), first.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(one, 0.75 * old + 0.25 * new)


def test_wrong_settings():
    with pytest.raises(ConfigError, match='pixel_weight'):
        make_learner(pixel_weight='all')
    with pytest.raises(ConfigError, match='frozen'):
        make_learner(frozen=('decoders.normals',))
