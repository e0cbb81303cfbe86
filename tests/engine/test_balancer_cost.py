"""What is measured of balancers."""

from functools import partial

import pytest
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from mtlbench.analysis.balancer_cost import measure_balancers
from mtlbench.analysis.bench import build_bench
from mtlbench.balancers import GramianBalancer
from mtlbench.cli.analysis import balancers
from mtlbench.config import load_config
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS

SIZE = (32, 64)


class Operations(TorchDispatchMode):
    """Counts the operations of convolutions and products; torch's counter does not allow ``autograd.grad``."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.count += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


def operations(run):
    with Operations() as counter:
        run()
    return counter.count


@pytest.fixture
def _gramian(monkeypatch):
    """A registered balancer that reads a Gramian and keeps equal weights."""

    class EqualByGramian(GramianBalancer):
        def weights(self, measured):
            return measured.losses.new_ones(len(measured.tasks))

    monkeypatch.setitem(BALANCERS.module_dict, 'EqualByGramian', EqualByGramian)


@pytest.mark.usefixtures('_gramian')
def test_rows_are_relative_to_fixed_weights():
    names = ['EqualByGramian', 'UncertaintyWeights']
    fixed, gramian, losses = measure_balancers(load_config('mtl/sd_vkitti2', 'mini'), names, SIZE, 2, rounds=1)
    assert [one.balancer for one in (fixed, gramian, losses)] == ['FixedWeights', *names]
    assert (fixed.ratio, fixed.memory) == (1.0, 0)
    assert (fixed.gradients_on, gramian.gradients_on, losses.gradients_on) == (None, 'maps', None)
    assert gramian.ratio == pytest.approx(gramian.step_s / fixed.step_s)
    # The gradients of both tasks on every map exist at once, which no step with fixed weights needs.
    assert gramian.memory > 0


@pytest.mark.usefixtures('_gramian')
def test_gradients_are_taken_where_the_config_says():
    cfg = load_config('mtl/sd_vkitti2', 'mini')
    cfg.model.gradients_on = 'parameters'
    _, row = measure_balancers(cfg, ['EqualByGramian'], SIZE, 2, rounds=1)
    assert row.gradients_on == 'parameters'


@pytest.mark.usefixtures('_gramian')
@pytest.mark.parametrize('config', ['mtl/sdn_vkitti2', 'xtam/sdn_vkitti2'])
def test_operations_stay_within_the_bound(config):
    """Operations are exact where times are not; xTAM is the costly case, because its losses reach all decoders."""
    bench = build_bench(load_config(config, 'mini'), (64, 96), 2)
    learner = bench.learner
    fixed = operations(bench.step)
    learner.use_balancer(dict(type='EqualByGramian'), 'maps')
    assert operations(bench.step) <= 1.35 * fixed
    learner.use_balancer(dict(type='EqualByGramian'), 'parameters')
    on_parameters = operations(bench.step)
    products = 2 * 3**2 * sum(one.numel() for one in learner.network.encoder.parameters())  # those of the Gramian
    assert on_parameters <= operations(partial(separate_passes, bench)) + products


def separate_passes(bench):
    """Make a forward pass, and a whole backward pass for the loss of each task."""
    learner = bench.learner
    learner.use_balancer(dict(type='FixedWeights', weights=dict.fromkeys(learner.tasks, 1)), 'maps')
    losses = learner(**learner.data_preprocessor(bench.streams, True), mode='loss')
    for task in learner.tasks:
        losses[f'loss_{task}'].backward(retain_graph=True)


def test_unknown_balancers_are_rejected():
    with pytest.raises(ConfigError, match=r'--balancers is .UncertaintyWeight., .* did you mean UncertaintyWeights'):
        measure_balancers(load_config('mtl/sd_vkitti2', 'mini'), ['UncertaintyWeight'], SIZE, 2, rounds=1)


@pytest.mark.usefixtures('_gramian')
def test_the_tool_prints_a_row_by_balancer_and_the_device(monkeypatch, capsys):
    arguments = ['mtl/sd_vkitti2', '--profile', 'mini', '--size', '32x64', '--rounds', '1']
    monkeypatch.setattr('sys.argv', ['balancers', *arguments, '--balancers', 'EqualByGramian'])
    balancers.main()
    shown = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in shown.splitlines() if '|' in line]
    assert [row[:2] for row in rows] == [
        ['balancer', 'gradients on'],
        ['FixedWeights', '-'],
        ['EqualByGramian', 'maps'],
    ]
    assert rows[1][3:] == ['1.00', '0.0 MB']
    assert 'device: ' in shown
