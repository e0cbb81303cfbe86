"""Updates from separate gradients equal a plain backward pass for each task."""

import pytest
import torch
from balancing_parts import EXCHANGE, TASKS, WEIGHTS, Given, GivenJacobian, batch, build, plain_gradients, plain_losses

from mtlbench.balancing import Cycle
from mtlbench.errors import ConfigError

NETWORKS = dict(plain={}, exchange=dict(network=EXCHANGE))
ON = ('maps', 'parameters')
EXACT = dict(rtol=1e-10, atol=1e-14)  # the same float64 sums in another order


@pytest.fixture(autouse=True)
def _losses_in_float64(monkeypatch):
    monkeypatch.setattr(torch.Tensor, 'float', torch.Tensor.double)


def gradients_of(learner, batches):
    learner.zero_grad()
    losses = learner(batches, mode='loss')
    losses['loss'].backward()
    return losses, {name: one.grad.clone() for name, one in learner.named_parameters() if one.grad is not None}


def expected_gradients(batches, weights=WEIGHTS, **options):
    learner = build(**options)
    losses = plain_losses(learner, batches)
    sum(weights[task] * loss for task, loss in losses.items()).backward()
    return losses, {name: one.grad for name, one in learner.named_parameters() if one.grad is not None}


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, one in found.items():
        torch.testing.assert_close(one, expected[name], **EXACT)


@pytest.mark.parametrize('on', ON)
@pytest.mark.parametrize('network', NETWORKS)
def test_the_update_is_the_weighted_sum_of_the_losses(network, on):
    learner = build(Given(TASKS), gradients_on=on, **NETWORKS[network])
    losses, found = gradients_of(learner, batch())
    plain, expected = expected_gradients(batch(), **NETWORKS[network])
    assert_equal(found, expected)
    total = sum(WEIGHTS[task] * loss for task, loss in plain.items())
    torch.testing.assert_close(losses['loss'].detach(), total.detach(), **EXACT)
    watched = learner._watched()
    assert [watched[f'weight_{task}'].item() for task in TASKS] == list(WEIGHTS.values())


@pytest.mark.parametrize('network', NETWORKS)
def test_the_gramian_on_maps_is_that_of_plain_gradients(network):
    learner = build(Given(TASKS), **NETWORKS[network])
    gradients_of(learner, batch())
    plain = build(**NETWORKS[network])
    # The maps of all levels together are what is shared: a fine map counts without its part in the coarser ones.
    maps = [one.detach().requires_grad_() for one in plain.network.encode(batch()['labeled'].images)]
    predictions = plain.network.decode(maps, (32, 32))
    step = plain_losses_of(plain, predictions, batch()['labeled'])
    rows = [torch.cat([one.flatten() for one in row]) for row in plain_gradients(plain, step, maps)]
    expected = torch.stack([torch.stack([row @ other for other in rows]) for row in rows])
    torch.testing.assert_close(learner.balancer.seen[0].gramian, expected * 3 / expected.trace(), **EXACT)


def plain_losses_of(learner, predictions, found):
    target = {task: torch.stack(found.labeled(task)[1]) for task in TASKS}
    return {
        task: torch.stack([learner.tasks[task].loss(one, target[task]) for one in levels.values()]).mean()
        for task, levels in predictions.items()
    }


@pytest.mark.parametrize('network', NETWORKS)
def test_the_gramian_on_parameters_is_that_of_the_encoder(network):
    learner = build(Given(TASKS), gradients_on='parameters', **NETWORKS[network])
    gradients_of(learner, batch())
    plain = build(**NETWORKS[network])
    losses = plain_losses(plain, batch())
    inputs = list(plain.network.encoder.parameters())
    rows = [torch.cat([one.flatten() for one in row]) for row in plain_gradients(plain, losses, inputs)]
    expected = torch.stack([torch.stack([row @ other for other in rows]) for row in rows])
    torch.testing.assert_close(learner.balancer.seen[0].gramian, expected * 3 / expected.trace(), **EXACT)


def test_combined_maps_reach_the_encoder_and_the_plain_sum_the_decoders():
    learner = build(GivenJacobian(TASKS))
    _, found = gradients_of(learner, batch())
    _, weighted = expected_gradients(batch())
    _, summed = expected_gradients(batch(), dict.fromkeys(TASKS, 1.0))
    assert_equal(found, {name: (weighted if 'encoder' in name else summed)[name] for name in found})


@pytest.mark.parametrize('on', ON)
def test_accumulated_batches_are_one_large_batch(on):
    learner = build(Given(TASKS), gradients_on=on)
    halves = [batch(seed) for seed in range(3)]
    for number, half in enumerate(halves):
        learner.separate.cycle = Cycle(3, number == 2)
        (learner(half, mode='loss')['loss'] / 3).backward()
    found = {name: one.grad for name, one in learner.named_parameters() if one.grad is not None}
    whole = batch()
    for half in halves[1:]:
        more = half['labeled']
        whole['labeled'].images = torch.cat([whole['labeled'].images, more.images])
        whole['labeled'].samples += more.samples
    large = build(Given(TASKS), gradients_on=on)
    _, expected = gradients_of(large, whole)
    assert_equal(found, expected)
    (one,), (other,) = learner.balancer.seen, large.balancer.seen
    torch.testing.assert_close(one.losses, other.losses, **EXACT)
    torch.testing.assert_close(one.gramian, other.gramian, **EXACT)


def test_a_combination_of_maps_is_not_accumulated():
    learner = build(GivenJacobian(TASKS))
    learner.separate.cycle = Cycle(2, False)
    with pytest.raises(ConfigError, match='accumulative_counts=1'):
        learner(batch(), mode='loss')


@pytest.mark.parametrize('on', ON)
def test_a_task_without_labels_takes_no_part(on):
    found = batch(labels=(TASKS[:2], TASKS[:1]))
    learner = build(Given(TASKS), gradients_on=on)
    _, gradients = gradients_of(learner, found)
    _, expected = expected_gradients(found)
    assert 'weight_normals' not in learner._watched() and learner.balancer.seen[0].tasks == TASKS[:2]
    assert_equal({k: v for k, v in gradients.items() if v.any()}, {k: v for k, v in expected.items() if v.any()})
