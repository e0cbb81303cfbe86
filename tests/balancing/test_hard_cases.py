"""Balancers under mixed precision, with disjoint labels, frozen parts, and where random draws must repeat."""

from contextlib import nullcontext

import pytest
import torch
import torch._functorch.config as functorch
from balancing_parts import EXCHANGE, TASKS, Given, GivenJacobian, batch, build, learner_with, train_on
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper

from mtlbench.balancers import Measured
from mtlbench.balancing import Cycle, SeparateGradients
from mtlbench.errors import ConfigError
from mtlbench.processes import draw_again, draw_in_common
from mtlbench.registry import BALANCERS
from mtlbench.structures.shared_maps import shared

DISJOINT = (TASKS[:1], TASKS[1:2], TASKS[2:])


def narrow(learner):
    return learner.float()


def batch32(**options):
    found = batch(**options)
    one = found['labeled']
    one.images = one.images.float()
    for sample in one.samples:
        for task in TASKS:
            if (label := sample.label(task)) is not None and label.is_floating_point():
                sample.set_label(task, label.float())
    return found


def gramian_seen(dtype=None, **options):
    learner = narrow(build(Given(TASKS), **options))
    with torch.autocast('cpu', dtype or torch.bfloat16, enabled=dtype is not None):
        learner(batch32(), mode='loss')
    return learner.balancer.seen[0].gramian


@pytest.mark.parametrize('on', ['maps', 'parameters'])
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_mixed_precision_gives_the_weights_of_float32(dtype, on):
    exact, found = gramian_seen(gradients_on=on), gramian_seen(dtype, gradients_on=on)
    # Entries of bfloat16 are off by 2^-9 in each of about ten layers, and their errors average out in a product.
    torch.testing.assert_close(found, exact, rtol=0, atol=3e-2)
    for name in ('PCGrad', 'MGDA', 'CAGrad', 'IMTLG', 'NashMTL', 'FairGrad', 'AlignedMTL', 'UPGrad', 'GradVac'):
        one, other = weights_of(name, found), weights_of(name, exact)
        assert (one - other).abs().max() < 1e-2 * other.abs().max(), name


def weights_of(name, gramian):
    torch.manual_seed(0)
    balancer = BALANCERS.build(dict(type=name, tasks=list(TASKS)))
    return torch.tensor(list(balancer.weigh(Measured(TASKS, torch.ones(3).double(), gramian)).values()))


def test_tiny_gradients_do_not_vanish_in_float16():
    """The smallest float16 is 6e-8; the gradient of a mean over the pixels is smaller."""
    learner, found = narrow(build(Given(TASKS))), []
    node = learner.objectives['supervised']
    plain = node.losses
    for factor in (1.0, 1e-6):
        node.losses = lambda step, factor=factor: {name: factor * value for name, value in plain(step).items()}
        with torch.autocast('cpu', torch.float16):
            learner(batch32(), mode='loss')
        found.append(learner.balancer.seen.pop().gramian)  # nothing is weighed where gradients vanish
    torch.testing.assert_close(found[1], found[0], rtol=0.1, atol=0.1)


def gradients_of(dtype, scale, count=1):
    """Gradients of small losses through a loss scale, in units of both."""
    learner, factor = narrow(build(Given(TASKS, dict.fromkeys(TASKS, 1.0)))), 1e-4
    node = learner.objectives['supervised']
    plain = type(node).losses
    node.losses = lambda step, *rest: {name: factor * value for name, value in plain(node, step, *rest).items()}
    for last in [False] * (count - 1) + [True]:
        learner.separate.cycle = Cycle(count, last, scale)
        with torch.autocast('cpu', dtype or torch.bfloat16, enabled=dtype is not None):
            total = learner(batch32(), mode='loss')['loss']
        (scale * total).backward()
    found = [one.grad.flatten() for name, one in learner.named_parameters() if 'encoder' in name]
    return torch.cat(found) / (scale * factor * count)


@pytest.mark.parametrize('count', [1, 2])
def test_tiny_gradients_reach_the_encoder_in_float16(count):
    """65536 is the first scale of torch's scaler, and has no value in float16."""
    expected, found = gradients_of(None, 1.0), gradients_of(torch.float16, 2.0**16, count)
    # Roundings of 2^-11 in each of ten layers, forward and backward.
    assert (found - expected).norm() < 20 * 2**-11 * expected.norm()


def test_gradients_on_maps_in_bfloat16_are_combined_in_float32():
    balancer, seen = GivenJacobian(TASKS), []
    combine = balancer.combine
    balancer.combine = lambda maps, gradients: seen.append((maps.dtype, gradients.dtype)) or combine(maps, gradients)
    learner = narrow(build(balancer))
    with torch.autocast('cpu', torch.bfloat16):
        learner(batch32(), mode='loss')
    assert seen and all(one == (torch.bfloat16, torch.float32) for one in seen)


def test_layers_in_float32_are_differentiated_in_float32():
    """A plain backward pass runs outside of autocast."""
    learner = torch.nn.ModuleDict(dict(encoder=torch.nn.Linear(8, 8), head=torch.nn.Linear(8, 8)))
    separate = SeparateGradients(Given(['a', 'b'], dict(a=1.0, b=1.0)), learner, learner['encoder'])
    found = {}
    for apart in (True, False):
        learner.zero_grad()
        with torch.autocast('cpu', torch.bfloat16):
            with separate.recording() if apart else nullcontext():
                (maps,) = shared([learner['encoder'](torch.linspace(-1, 1, 32).view(4, 8))])
            with torch.autocast('cpu', enabled=False):
                out = learner['head'](maps.float())
            losses = dict(a=out[:, 0].square().sum(), b=out[:, 1].square().sum())
            total = separate.total(losses, [torch.zeros(())]) if apart else sum(losses.values())
        total.backward()
        found[apart] = learner['head'].weight.grad
    torch.testing.assert_close(found[True], found[False], rtol=1e-6, atol=1e-6)  # float32; bfloat16 is off by 1e-3


def test_an_overflow_keeps_the_weights_and_is_counted():
    learner = learner_with('MGDA')
    learner(batch(), mode='loss')
    before = learner.balancer.current_weights()
    broken = batch(seed=1)
    broken['labeled'].images[0, 0, 0, 0] = torch.inf
    learner(broken, mode='loss')
    assert learner.balancer.current_weights() == before
    assert learner.balancer.failures == 1


@pytest.mark.parametrize('network', [{}, EXCHANGE], ids=['plain', 'exchange'])
def test_disjoint_labels_conflict_on_parameters_alone(network):
    found = {}
    for on in ('maps', 'parameters'):
        learner = build(Given(TASKS), gradients_on=on, network=network)
        learner(batch(labels=DISJOINT), mode='loss')
        gramian = learner.balancer.seen[0].gramian
        found[on] = (gramian - gramian.diag().diag()).abs()
    assert not found['maps'].any()
    assert (found['parameters'] + torch.eye(3)).min() > 1e-6


def test_labels_on_different_images_are_a_warning(monkeypatch):
    said = []
    monkeypatch.setattr(MMLogger, 'warning', lambda self, text, *_: said.append(text))
    learner = build(Given(TASKS))
    learner(batch(), mode='loss')
    assert not said
    for _ in range(2):
        learner(batch(labels=DISJOINT), mode='loss')
    (line,) = said
    assert "gradients_on='parameters'" in line


def test_a_task_without_gradient_on_the_maps_trains_its_head():
    learner = learner_with('FairGrad')
    head = learner.network
    with torch.no_grad():
        for name, value in head.named_parameters():
            if 'decoders.depth' in name and value.ndim > 1 and '.heads.' not in name:
                value.zero_()
    wrapper = OptimWrapper(torch.optim.SGD(learner.parameters(), lr=0.1))
    before = {name: value.clone() for name, value in learner.named_parameters()}
    (logged,) = train_on(learner, wrapper, [batch()], [0])
    moved = [
        name for name, value in learner.named_parameters() if 'depth' in name and not torch.equal(value, before[name])
    ]
    assert logged['weight_depth'] == 1 and moved
    assert logged['weight_semseg'] != 1


@pytest.mark.parametrize('on', ['maps', 'parameters'])
def test_frozen_parts_stay(on):
    learner = learner_with('PCGrad', gradients_on=on, freeze=dict(parts=('network.encoder.trunk.layer1',)))
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    trained = [value for value in learner.parameters() if value.requires_grad]
    train_on(learner, OptimWrapper(torch.optim.SGD(trained, lr=0.1)), [batch()], [0])
    moved = {name for name, value in learner.state_dict().items() if not torch.equal(value, before[name])}
    assert any('conv1' in name for name in moved)
    assert not [name for name in moved if 'trunk.layer1' in name]


def test_the_second_pass_of_famo_repeats_draws_and_leaves_statistics():
    learner = learner_with('FAMO')
    seen = []
    learner.balancer.after_update = lambda before, after: seen.append((before, after))
    for module in learner.network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.train()
    plain = learner.network.encode
    learner.network.encode = lambda images: [torch.nn.functional.dropout(one) for one in plain(images)]
    wrapper = OptimWrapper(torch.optim.SGD(learner.parameters(), lr=0.0))
    expected = learner_with('GLS')
    for module in expected.network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.train()
    expected.network.encode = lambda images, own=expected.network.encode: [
        torch.nn.functional.dropout(one) for one in own(images)
    ]
    train_on(learner, wrapper, [batch()], [3])
    train_on(expected, OptimWrapper(torch.optim.SGD(expected.parameters(), lr=0.0)), [batch()], [3])
    ((before, after),) = seen
    assert torch.equal(before.losses, after.losses)  # nothing moved, so the same draws give the same losses
    for (name, one), (_, other) in zip(learner.network.named_buffers(), expected.network.named_buffers(), strict=True):
        assert torch.equal(one, other), name


def test_the_second_pass_of_famo_leaves_statistics_of_objectives():
    learner = learner_with('FAMO')
    node = learner.objectives['supervised']
    node.norm, plain = torch.nn.BatchNorm2d(3).double(), node.losses
    node.losses = lambda step, *rest: node.norm(step.batch('labeled').images) is not None and plain(step, *rest)
    wrapper = OptimWrapper(torch.optim.SGD(learner.parameters(), lr=0.1))
    train_on(learner, wrapper, [batch(), batch(1)], [0, 1])
    assert node.norm.num_batches_tracked == 2


def test_draws_in_common_leave_the_generators_of_devices(monkeypatch):
    """Else the samples of all processes would have the same draws for the rest of the update."""
    seeded = []
    monkeypatch.setattr(torch.cuda, 'manual_seed_all', seeded.append)
    balancer = BALANCERS.build(dict(type='RLW', tasks=list(TASKS)))
    with draw_in_common(0):
        balancer.weigh(Measured(TASKS, torch.ones(3, dtype=torch.float64)))
    assert not seeded


def test_repeated_draws_leave_other_devices(monkeypatch):
    """A process of eight on a machine uses one device."""
    read, devices = [], torch.cuda
    monkeypatch.setattr(devices, 'is_initialized', lambda: True)
    monkeypatch.setattr(devices, 'device_count', lambda: 8)
    monkeypatch.setattr(devices, 'current_device', lambda: 3)
    monkeypatch.setattr(devices, 'get_rng_state', read.append)
    monkeypatch.setattr(devices, 'set_rng_state', lambda state, device: None)
    with draw_again():
        pass
    assert read == [3]


@pytest.mark.slow
def test_compiled_parts_have_the_same_gramian(monkeypatch):
    monkeypatch.setattr(functorch, 'donated_buffer', True)
    plain, compiled = (build(Given(TASKS)).train() for _ in range(2))
    compiled.network.compile_parts()
    for learner in (plain, compiled):
        learner(batch(), mode='loss')['loss'].backward()
    one, other = (learner.balancer.seen[0].gramian for learner in (plain, compiled))
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)  # fused operations round otherwise
    for (name, a), (_, b) in zip(plain.named_parameters(), compiled.named_parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-6, atol=1e-9, msg=lambda m, name=name: f'{name}: {m}')


@pytest.mark.parametrize('wrong', [torch.ones(2), torch.ones(3, 1), [1.0, 1.0, 1.0]], ids=['few', 'matrix', 'list'])
def test_weights_of_another_shape_name_the_class(monkeypatch, wrong):
    monkeypatch.setattr(Given, 'weights', lambda self, measured: wrong)
    with pytest.raises(
        ConfigError, match=r'Given\.weights\(\) returned .*: a weight for each of semseg, depth, normals'
    ):
        build(Given(TASKS))(batch(), mode='loss')
