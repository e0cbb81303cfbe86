"""Updates over accumulated batches equal those of one large batch, with the real optimizer wrappers."""

import pytest
import torch
from balancing_parts import TASKS, batch, build, joined, learner_with, patch_float, train_on
from mmengine.optim import OptimWrapper

from mtlbench.errors import ConfigError

OPTIMIZERS = {
    'sgd': lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
    'adam': lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
}
OF_LOSSES = ('DWA', 'GLS', 'RLW', 'STCH', 'UncertaintyWeights', 'IMTLL')
OF_GRADIENTS = ('PCGrad', 'GradVac', 'IMTL', 'GradNorm', 'AlignedMTL')
CASES = [(name, 'maps') for name in OF_LOSSES + OF_GRADIENTS] + [(name, 'parameters') for name in OF_GRADIENTS[:3]]
FAST = {('GLS', 'maps', 'adam'), ('GradVac', 'parameters', 'sgd')}


def every_case():
    for name, on in CASES:
        for optimizer in OPTIMIZERS:
            case = (name, on, optimizer)
            yield pytest.param(*case, marks=() if case in FAST else pytest.mark.slow, id='-'.join(case))


_patched = pytest.fixture(autouse=True)(patch_float)


def trained(name, on, optimizer, batches, count):
    learner = learner_with(name, gradients_on=on)
    learner.balancer.epoch = 1
    wrapper = OptimWrapper(OPTIMIZERS[optimizer](learner.parameters()), accumulative_counts=count)
    wrapper.initialize_count_status(learner, 0, len(batches))
    train_on(learner, wrapper, batches, [number // count for number in range(len(batches))])
    return learner.state_dict()


@pytest.mark.parametrize(('name', 'on', 'optimizer'), list(every_case()))
def test_accumulated_batches_are_one_large_batch(name, on, optimizer):
    """Five batches, two to an update: the last one is an update of its own."""
    halves = [batch(seed) for seed in range(5)]
    found = trained(name, on, optimizer, halves, 2)
    expected = trained(name, on, optimizer, [joined(halves[:2]), joined(halves[2:4]), halves[4]], 1)
    start = learner_with(name, gradients_on=on).state_dict()
    for key, value in found.items():
        # The same float64 sums in another order; Adam divides gradients of zero by 1e-8.
        torch.testing.assert_close(value, expected[key], rtol=1e-7, atol=1e-9, msg=key)
    assert not torch.equal(found['network.encoder.trunk.conv1.weight'], start['network.encoder.trunk.conv1.weight'])


def test_sign_dropout_is_not_accumulated():
    learner = learner_with('GradDrop')
    wrapper = OptimWrapper(torch.optim.SGD(learner.parameters(), lr=0.1), accumulative_counts=2)
    wrapper.initialize_count_status(learner, 0, 4)
    with pytest.raises(ConfigError, match=r'GradDrop masks gradients.*accumulative_counts=1'):
        train_on(learner, wrapper, [batch()], [0])


@pytest.mark.parametrize('name', ['DWA', 'FAMO', 'PCGrad', 'GradDrop'])
def test_streams_in_turn_are_rejected_with_a_reason(name):
    with pytest.raises(ConfigError, match=rf'in_turn: {name} compares tasks in one update.*in_turn=False'):
        learner_with(name, routes=dict(in_turn=True))


def test_fixed_and_learned_weights_take_turns():
    for name in ('UncertaintyWeights', 'IMTLL'):
        learner_with(name, routes=dict(in_turn=True))
    build(tasks=TASKS, routes=dict(in_turn=True))
