"""A step of the network after each stream (SemiMTL); see test_origin_algorithm for the numbers."""

import copy
import math

import pytest
import torch
from adversarial_parts import CHANNELS, CRITIC, build_learner, build_wrapper, gradients, make_batch

from mtlbench.balancers import UncertaintyWeights
from mtlbench.errors import ConfigError
from mtlbench.objectives import Routes

SETTINGS = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))
STREAMS = dict(a=('semseg',), b=('depth',))
SGD = dict(type='SGD', lr=1e-2)


def alignment(**options):
    critic = dict(type='PixelDiscriminator', channels=CHANNELS)
    return dict(type='OriginAlignment', critic=critic, streams=tuple(STREAMS), **options)


def build(routes=None, supervised=tuple(STREAMS), **objectives):
    objectives = dict(supervised=supervised, **objectives)
    return build_learner(objectives, settings=SETTINGS, routes=routes or dict(in_turn=True), head_levels=(0,))


def data_of(iteration, streams=STREAMS):
    data = {}
    for number, (stream, tasks) in enumerate(streams.items()):
        batch = make_batch(tasks, seed=iteration + 100 * number)
        data[stream] = dict(inputs=list((batch.images * 255).to(torch.uint8)), data_samples=batch.samples)
    return data


def plain(learner):
    """The optimizer of a learner without critics."""
    return build_wrapper(learner, critics=None)


def test_who_steps_when_and_with_which_gradients():
    learner = build(alignment=alignment())
    wrapper, steps = build_wrapper(learner), []
    critics = learner.objectives['alignment'].critics
    first = copy.deepcopy(critics.state_dict())

    def before_step(name):
        unmoved = all(torch.equal(value, first[key]) for key, value in critics.named_parameters())
        steps.append((name, len(gradients(learner.network)), copy.deepcopy(gradients(critics)), unmoved))

    for name, one in wrapper.items():
        one.optimizer.register_step_pre_hook(lambda *_, name=name: before_step(name))
    learner.train_step(data_of(0), wrapper)
    assert [name for name, *_ in steps] == ['network', 'network', 'critics']
    of_network, of_critics = len(list(learner.network.parameters())), len(list(critics.parameters()))
    assert [count for _, count, *_ in steps] == [of_network, of_network, 0]
    assert [len(found) for _, _, found, _ in steps] == [of_critics] * 3
    assert all(unmoved for *_, unmoved in steps)
    # The critics learn from both streams, and nothing is left for the next update.
    assert not any(torch.equal(value, steps[2][2][name]) for name, value in steps[0][2].items())
    assert all(value.grad is None for value in learner.parameters())


def test_terms_are_logged_under_the_names_of_one_step_and_add_up():
    """With a network that does not move, the streams in turn have the losses of all streams at once."""
    logged = []
    for in_turn in (False, True):
        learner = build(dict(in_turn=in_turn), alignment=alignment())
        learner.objectives['alignment'].critics.eval()
        logged.append(learner.train_step(data_of(0), build_wrapper(learner, optimizer=dict(SGD, lr=0.0))))
    assert logged[0].keys() == logged[1].keys()
    for name, value in logged[0].items():
        torch.testing.assert_close(logged[1][name], value, msg=name)


def test_a_weight_is_logged_as_it_is_and_not_added_up_over_the_streams():
    learner = build()
    wrapper = plain(learner)  # moves the network, not the balancer
    learner.balancer = UncertaintyWeights(list(learner.tasks))
    with torch.no_grad():
        learner.balancer.log_variances['semseg'].fill_(0.5)
    logged = learner.train_step(data_of(0, dict(a=('semseg',), b=('semseg',))), wrapper)
    weights = {name: value.item() for name, value in logged.items() if name.startswith('weight_')}
    # Depth has no label in any stream.
    assert weights == {'weight_semseg': pytest.approx(math.exp(-0.5), rel=1e-6)}


@pytest.mark.parametrize('clip', [None, dict(max_norm=0.5)], ids=['free', 'clipped'])
def test_without_critics_each_stream_is_an_update_of_its_own(clip):
    found, expected = build(), build()
    wrapper = build_wrapper(found, critics=None, optimizer=SGD, clip_grad=clip)
    optimizer = torch.optim.SGD(expected.network.parameters(), lr=1e-2)
    for iteration in range(2):
        found.train_step(data_of(iteration), wrapper)
        for stream, batch in expected.data_preprocessor(data_of(iteration), True)['batches'].items():
            task = STREAMS[stream][0]
            predictions = expected.network(batch.images)
            target = torch.stack([sample.label(task) for sample in batch.samples])
            loss = expected.tasks[task].loss(predictions[task][0], target)
            optimizer.zero_grad()
            ((50.0 if task == 'semseg' else 1.0) * loss).backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(expected.network.parameters(), **clip)
            optimizer.step()
    for (name, one), other in zip(found.named_parameters(), expected.parameters(), strict=True):
        # The same operations in float32, but for what connects the task without labels.
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6, msg=name)


def test_mixed_precision():
    learner, dtypes = build(alignment=alignment()), set()
    learner.network.encoder.register_forward_hook(lambda *found: dtypes.add(found[-1][-1].dtype))
    before = copy.deepcopy(learner.state_dict())
    learner.train_step(data_of(0), build_wrapper(learner, type='MixedPrecisionOptimWrapper'))
    assert dtypes == {torch.bfloat16}
    for name, value in learner.named_parameters():
        assert value.isfinite().all() and not torch.equal(value, before[name]), name


def test_a_run_that_is_taken_up_again_goes_on_bit_for_bit():
    whole, half = build(alignment=alignment()), build(alignment=alignment())
    wrapper = build_wrapper(whole)
    for iteration in range(2):
        whole.train_step(data_of(iteration), wrapper)
    resumed = build_wrapper(half)
    half.load_state_dict(whole.state_dict())
    resumed.load_state_dict(copy.deepcopy(wrapper.state_dict()))
    for learner, optimizers in ((whole, wrapper), (half, resumed)):
        learner.train_step(data_of(2), optimizers)
    assert all(torch.equal(value, half.state_dict()[name]) for name, value in whole.state_dict().items())


def test_what_cannot_go_in_turn_is_told():
    with pytest.raises(ConfigError, match='joint and in_turn exclude each other'):
        Routes(joint=True, in_turn=True)
    with pytest.raises(ConfigError, match='DomainAlignment cannot learn from one stream after the other'):
        build(alignment=dict(type='DomainAlignment', critic=CRITIC))
    learner = build()
    with pytest.raises(ConfigError, match='accumulative_counts=1'):
        learner.train_step(data_of(0), build_wrapper(learner, critics=None, accumulative_counts=2))
    with pytest.raises(ConfigError, match=r"no objective learns from the stream 'c'.*train_dataloader=dict\(c=None\)"):
        learner.train_step(data_of(0, dict(**STREAMS, c=())), plain(learner))
    learner = build(supervised=('a', 'x'))
    with pytest.raises(ConfigError, match="reads the stream 'x'"):
        learner.train_step(data_of(0), plain(learner))
