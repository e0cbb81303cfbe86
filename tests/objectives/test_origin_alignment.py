"""Learning over data sets that label different tasks (SemiMTL)."""

import math

import pytest
import torch
from adversarial_parts import CHANNELS, build_learner, gradients, make_batch

from mtlbench.errors import ConfigError
from mtlbench.objectives import OriginAlignment, Step
from mtlbench.objectives.origin_alignment import Label, Pixels, pull
from mtlbench.tasks import DepthTask, HeightTask, NormalsTask, SemSegTask

CRITIC = dict(type='PixelDiscriminator', channels=CHANNELS)
STREAMS = ('a', 'b')
SETTINGS = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))


def joint_learner(**options):
    """Classes are labeled in one stream, depth in the other."""
    alignment = dict(type='OriginAlignment', critic=CRITIC, streams=STREAMS, **options)
    return build_learner(dict(supervised=STREAMS, alignment=alignment), settings=SETTINGS, head_levels=(0,))


def make_batches():
    return dict(a=make_batch(('semseg',), seed=1), b=make_batch(('depth',), seed=2))


def terms_with_indifferent_critics(**options):
    """The network's and the critics' terms where every class is as likely as any other."""
    learner = joint_learner(**options)
    objective = learner.objectives['alignment']
    with torch.no_grad():
        for levels in objective.critics.values():
            levels['0'].convs[-1].weight.zero_()
            levels['0'].convs[-1].bias.zero_()
    step = Step(learner.network, learner.tasks, make_batches())
    found = (objective.losses(step), objective.critic_losses(step))
    return [{name.removeprefix('adversarial_'): value.item() for name, value in terms.items()} for terms in found]


@pytest.mark.parametrize(
    ('towards', 'inter'), [('labels', math.log(3)), ('labeled', math.log(3)), ('others', -math.log(2 / 3))]
)
def test_indifferent_critics_give_the_values_of_the_sheet(towards, inter):
    network, critics = terms_with_indifferent_critics(towards=towards)
    expected = 1e-3 * math.log(3) + 1e-4 * inter
    assert network == pytest.approx(dict(semseg=expected, depth=expected), rel=1e-5)
    # For each task: predictions of both streams, and the labels of one.
    assert critics == pytest.approx(dict(semseg=3 * math.log(3), depth=3 * math.log(3)), rel=1e-5)


def test_critics_of_labels_against_any_prediction():
    network, critics = terms_with_indifferent_critics(shared=True)
    assert network == pytest.approx(dict.fromkeys(('semseg', 'depth'), (1e-3 + 1e-4) * math.log(2)), rel=1e-5)
    assert critics == pytest.approx(dict.fromkeys(('semseg', 'depth'), 3 * math.log(2)), rel=1e-5)


def test_critics_of_two_domains_without_labels():
    network, critics = terms_with_indifferent_critics(with_labels=False, towards='labeled')
    assert network == pytest.approx(dict.fromkeys(('semseg', 'depth'), 1e-4 * math.log(2)), rel=1e-5)
    assert critics == pytest.approx(dict.fromkeys(('semseg', 'depth'), 2 * math.log(2)), rel=1e-5)


def test_one_class_for_all_predictions_is_the_same_as_a_map_to_it():
    """SemiSD is M2 where both streams are class 1; no critic believes in the class 2 that is left over."""
    shared, mapped = joint_learner(shared=True), joint_learner()
    mapped.objectives['alignment'].class_of = dict.fromkeys(STREAMS, 1)
    for task, critics in mapped.objectives['alignment'].critics.items():
        state = shared.objectives['alignment'].critics[task]['0'].state_dict()
        for name, fill in (('weight', 0.0), ('bias', -1e4)):
            last = state[f'convs.8.{name}']
            state[f'convs.8.{name}'] = torch.cat([last, torch.full_like(last[:1], fill)])
        critics['0'].load_state_dict(state)
    one, other = (learner(make_batches(), mode='loss') for learner in (shared, mapped))
    for name, value in one.items():
        torch.testing.assert_close(other[name], value)


def test_without_weights_the_network_learns_from_labels_alone():
    joint, idle = (
        build_learner(dict(supervised=STREAMS), settings=SETTINGS, head_levels=(0,)),
        joint_learner(intra_weight=0.0, inter_weight=0.0),
    )
    for learner in (joint, idle):
        learner.parse_losses(learner(make_batches(), mode='loss'))[0].backward()
    expected, found = gradients(joint.network), gradients(idle.network)
    assert expected.keys() == found.keys()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


def test_the_networks_term_moves_no_critic_and_the_critics_no_network():
    learner = joint_learner()
    step, objective = Step(learner.network, learner.tasks, make_batches()), learner.objectives['alignment']
    sum(objective.losses(step).values()).backward()
    assert gradients(objective) == {} and gradients(learner.network)
    learner.zero_grad()
    sum(objective.critic_losses(step).values()).backward()
    assert gradients(learner.network) == {}
    assert len(gradients(objective)) == len(list(objective.parameters()))


def test_pull_against_plain_probabilities():
    logits = torch.randn(2, 4, 5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    p = logits.softmax(1)
    assert torch.allclose(pull(logits, [2])[:, 0], -p[:, 2].log(), rtol=1e-9)
    # Anywhere but to class 1: -log(1 - p_1), also where p_1 is nearly one.
    assert torch.allclose(pull(logits, [0, 2, 3])[:, 0], -(1 - p[:, 1]).log(), rtol=1e-6)
    assert torch.autograd.gradcheck(lambda x: pull(x, [0, 3]), logits)
    extreme = torch.tensor([100.0, -100.0, -100.0]).reshape(1, 3, 1, 1)
    assert pull(extreme, [1, 2]).item() == pytest.approx(200 - math.log(2), rel=1e-6)


def test_which_pixels_count():
    cost = torch.arange(12.0).reshape(2, 1, 2, 3)
    label = Label(torch.ones(2, 1, 2, 3), cost >= 8)
    assert Pixels().reduce(cost).item() == pytest.approx(66 / 12)
    assert Pixels().reduce(cost, label).item() == pytest.approx((8 + 9 + 10 + 11) / 4)
    assert Pixels(mask=False).reduce(cost, label).item() == pytest.approx(66 / 12)
    # The sum over the pixels of each image, averaged over the images.
    assert Pixels(reduction='sum').reduce(cost).item() == pytest.approx(33)
    assert Pixels().reduce(cost, Label(label.maps, cost < 0)) == 0
    assert Pixels().filled(label, cost).equal(label.maps)
    filled = Pixels(fill='prediction').filled(label, cost)
    assert filled.flatten().tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 1]


def test_summed_terms_are_as_large_as_the_image():
    means, sums = (terms_with_indifferent_critics(reduction=reduction) for reduction in ('mean', 'sum'))
    # Of class labels; depth labels have holes, too. The intra-domain pixels are fewer than those of the whole image.
    valid = torch.stack(make_batches()['a'].labeled('semseg')[1]).ne(255).double().mean().item() * 32 * 64
    assert sums[1]['semseg'] == pytest.approx(math.log(3) * (2 * valid + 32 * 64), rel=1e-5)
    assert means[1]['semseg'] == pytest.approx(3 * math.log(3), rel=1e-5)


@pytest.mark.parametrize('option', [dict(reduction='max'), dict(fill='noise')], ids=str)
def test_unknown_options_are_named(option):
    with pytest.raises(ConfigError, match=next(iter(option))):
        OriginAlignment(CRITIC, STREAMS, **option)


def test_a_misspelt_option_is_answered_with_those_there_are():
    with pytest.raises(
        ConfigError, match=r'has no option toward; its options are critic, streams, towards, .*, mask, reduction, fill'
    ):
        OriginAlignment(CRITIC, STREAMS, toward='labels')


def test_critics_see_nothing_of_a_prediction_where_its_sample_has_no_label():
    learner = joint_learner()
    objective, batches = learner.objectives['alignment'], make_batches()
    step = Step(learner.network, learner.tasks, batches)
    shown = next(s for s in objective.shown(step, 'b') if s.task == 'depth')
    label = objective._label(step, 'b', shown)
    assert label.valid.equal(torch.stack(batches['b'].labeled('depth')[1]) > 0) and not label.maps[~label.valid].any()
    assert objective._label(step, 'a', shown) is None


def test_labels_as_critics_see_them():
    ids = torch.tensor([[0, 3], [255, 1]]).reshape(1, 1, 2, 2)
    maps, valid = SemSegTask('adversarial_4', critic_view='probability').critic_label(ids)
    assert maps.argmax(1).masked_fill(~valid[:, 0], 255).equal(ids[:, 0])
    assert maps.sum(1).equal(valid[:, 0].float())
    depth = torch.tensor([[0.0, 5.0]]).reshape(1, 1, 1, 2)
    maps, valid = DepthTask(critic_divisor=128.0).critic_label(depth)
    assert maps.flatten().tolist() == pytest.approx([0, 655.36 / 5.01 / 128]) and valid.flatten().tolist() == [
        False,
        True,
    ]
    maps, valid = HeightTask().critic_label(torch.tensor([-1.0, 0.0, 25.5]).reshape(1, 1, 1, 3))
    assert maps.flatten().tolist() == [0, 0, 1] and valid.flatten().tolist() == [False, True, True]
    normals = torch.tensor([[0.0, 0.6], [0.0, 0.0], [0.0, 0.8]]).reshape(1, 3, 1, 2)
    maps, valid = NormalsTask().critic_label(normals)
    assert maps.equal(normals) and valid.flatten().tolist() == [False, True]


@pytest.mark.parametrize(
    'options',
    [
        dict(towards='nowhere'),
        dict(with_labels=False),
        dict(shared=True, towards='others'),
        dict(shared=True, with_labels=False),
    ],
    ids=str,
)
def test_senseless_combinations_are_named(options):
    with pytest.raises(ConfigError, match='is invalid with'):
        OriginAlignment(CRITIC, STREAMS, **options)


def test_labels_need_probabilities_and_whole_streams():
    with pytest.raises(ConfigError, match="critic_view='probability'"):
        SemSegTask('adversarial_4').critic_label(torch.zeros(1, 1, 2, 2))
    with pytest.raises(ConfigError, match="critic_view is 'colors'"):
        SemSegTask('adversarial_4', critic_view='colors')
    learner, batches = joint_learner(), make_batches()
    batches['b'].samples[0] = make_batch((), count=1).samples[0]
    with pytest.raises(ConfigError, match='into two streams'):
        learner(batches, mode='loss')
