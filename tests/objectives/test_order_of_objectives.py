"""The order in which a config lists its objectives changes nothing, and no two of them share anything under a name."""

import copy
from itertools import permutations

import numpy as np
import pytest
import torch
from adversarial_parts import CHANNELS, SIZE, build_learner, gradients

from mtlbench.balancers import FixedWeights
from mtlbench.engine.hooks.teacher import MeanTeacherHook
from mtlbench.errors import ConfigError
from mtlbench.objectives import Batch, Objective, Step
from mtlbench.registry import OBJECTIVES
from mtlbench.structures import MultiTaskSample

K = np.array([[40.0, 0, 31], [0, 40.0, 15], [0, 0, 1]])
COLORS = dict(streams=('labeled', 'unlabeled'), movable=('a', 'b'), prob=1.0, strength=0.5)
PSEUDO = dict(type='PseudoLabelObjective', mixer=dict(type='CutMixer'), threshold=0.2, depth='depth')
PARTS = {
    'labels': dict(type='SupervisedObjective', stream='labeled'),
    'near': dict(type='FeatureDistance', stream='labeled', weight=0.5),
    'pseudo': dict(PSEUDO, colors=COLORS),
    'second': dict(PSEUDO, stream='labeled'),
    'critics': dict(
        type='DomainAlignment', critic=dict(type='PatchDiscriminator', channels=CHANNELS), target='unlabeled'
    ),
    'orthogonal': dict(type='OrthogonalRegularization'),
}


def make_batch(labeled, seed):
    draw = torch.Generator().manual_seed(seed)
    samples = [MultiTaskSample(metainfo=dict(intrinsics=K)) for _ in range(2)]
    for sample in samples if labeled else ():
        sample.set_label('semseg', torch.randint(4, (1, *SIZE), generator=draw))
        sample.set_label('depth', 1 + 60 * torch.rand(1, *SIZE, generator=draw))
    return Batch(torch.rand(2, 3, *SIZE, generator=draw), samples)


def batches():
    return {'labeled': make_batch(True, 1), 'unlabeled': make_batch(False, 2)}


def learner_of(names):
    """A learner whose parameters do not depend on the order of its objectives."""
    learner = build_learner({'supervised': [], **{name: copy.deepcopy(PARTS[name]) for name in names}})
    draw = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name in sorted(names):
            for value in learner.objectives[name].parameters():
                value.add_(0.05 * torch.randn(value.shape, generator=draw))
    return learner


def one_step(learner):
    torch.manual_seed(4)
    losses = learner(batches(), mode='loss')
    sum(losses[key] for key in ('loss', 'critics') if key in losses).backward()
    return losses


@pytest.mark.parametrize(
    'names', [tuple(PARTS), ('near', 'pseudo'), ('labels', 'near', 'pseudo', 'second')], ids=['all', 'two', 'four']
)
def test_every_order_gives_equal_losses_gradients_and_statistics(names):
    orders = list(permutations(names))
    expected = None
    for order in orders[:: max(1, len(orders) // 5)]:
        learner = learner_of(order)
        found = (one_step(learner), gradients(learner), dict(learner.named_buffers()))
        expected = expected or found
        for one, other in zip(found, expected, strict=True):
            assert one.keys() == other.keys()
            assert [name for name in one if not torch.equal(one[name], other[name])] == [], order


def test_features_and_predictions_are_of_the_altered_images():
    learner = learner_of(('near', 'pseudo')).eval()
    step = Step(learner.network, learner.tasks, batches())
    early = step.features('labeled')[-1], step.predictions('labeled')['semseg'][0]
    learner.objectives['pseudo'].alter(step)
    images = step.batch('labeled').images
    assert not torch.equal(images, step.batch('labeled').loaded)
    late = step.features('labeled')[-1], step.predictions('labeled')['semseg'][0]
    assert torch.equal(late[0], learner.network.encode(images)[-1])
    assert torch.equal(late[1], learner.network(images)['semseg'][0])
    assert not torch.equal(early[0], late[0]) and not torch.equal(early[1], late[1])


def test_an_objective_that_looks_before_the_colors_change_freezes_nothing(monkeypatch):
    class Early(Objective):
        """Of the form that objectives had before: nothing returned, and features asked for in ``alter``."""

        def alter(self, step):
            step.features('labeled')
            step.predictions('labeled')

        def losses(self, step):
            return {'early': step.features('labeled')[-1].square().mean()}

    OBJECTIVES.register_module(module=Early)
    monkeypatch.setitem(PARTS, 'early', dict(type='Early'))
    try:
        found = [one_step(learner_of(order)) for order in permutations(('early', 'near', 'pseudo'))]
    finally:
        OBJECTIVES.module_dict.pop('Early')
    without = one_step(learner_of(('near', 'pseudo')))
    assert all(torch.equal(one['loss_feature_distance'], without['loss_feature_distance']) for one in found)
    assert all(torch.equal(one['loss_early'], found[0]['loss_early']) for one in found)


def test_two_of_a_kind_have_each_their_own_belief():
    """Their terms add up to those of either one alone, though their teachers, streams and tasks' labels differ."""
    parts = {'one': dict(PSEUDO), 'two': dict(PSEUDO, stream='labeled', threshold=0.9)}
    both = build_learner({'supervised': [], **copy.deepcopy(parts)}).eval()
    step = Step(both.network, both.tasks, batches())
    beliefs = {name: both.objectives[name].alter(step) for name in parts}
    seen = {}
    for name in parts:
        objective = both.objectives[name]
        objective.mixer.mix = lambda views, _, name=name: seen.setdefault(name, views)
        objective.losses(step, beliefs[name])
    labels = torch.stack([sample.label('semseg') for sample in step.batch('labeled').samples])
    assert torch.equal(seen['two'].labels, labels) and torch.equal(seen['one'].labels, beliefs['one'].labels)
    assert not torch.equal(seen['one'].labels, labels)


def test_all_teachers_move():
    learner = learner_of(('pseudo', 'second'))

    class Run:
        model, iter = learner, 0

    hook = MeanTeacherHook()
    hook.before_train(Run)
    with torch.no_grad():
        for value in learner.network.parameters():
            value.add_(1)
    hook.after_train_iter(Run, 0)
    for name in ('pseudo', 'second'):
        pairs = zip(learner.objectives[name].teacher.parameters(), learner.network.parameters(), strict=True)
        for found, moved in pairs:
            torch.testing.assert_close(found, moved - 0.5)  # halfway after the first update


def test_streams_that_pass_the_encoder_jointly_have_their_features_from_that_pass():
    learner = build_learner({'supervised': []}, routes=dict(joint=True))
    step, calls = Step(learner.network, learner.tasks, batches(), learner.routes), []
    learner.network.encoder.register_forward_hook(lambda *_: calls.append(1))
    features = step.features('unlabeled')
    step.predictions('labeled')
    step.predictions('unlabeled')
    assert len(calls) == 1
    pair = torch.cat([batch.images for batch in step.batches.values()])
    torch.testing.assert_close(features[-1], learner.network.encode(pair)[-1][2:])


def test_a_balancer_that_consumes_a_gramian_derives_from_its_base_class(monkeypatch):
    monkeypatch.setattr(FixedWeights, 'consumes', 'gramian')
    with pytest.raises(ConfigError, match="FixedWeights consumes 'gramian', but is no GramianBalancer"):
        build_learner({}, tasks=('semseg',))


def test_a_balancer_that_returns_no_scalar_is_rejected(monkeypatch):
    monkeypatch.setattr(FixedWeights, 'forward', lambda self, losses: torch.stack(list(losses.values())))
    learner = build_learner({}, tasks=('semseg',))
    with pytest.raises(ConfigError, match=r'FixedWeights returned a tensor of shape \(1,\), expected a scalar'):
        learner._total({'semseg': torch.ones(())})
