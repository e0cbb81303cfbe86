"""Balancers of losses against golden values, TorchJD, and formulas by hand."""

from __future__ import annotations

import copy
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from mtlbench.balancers import (
    DWA,
    FAMO,
    GLS,
    IMTLL,
    RLW,
    STCH,
    FixedWeights,
    GradNorm,
    Measured,
    UncertaintyWeights,
    WeightedBalancer,
)
from mtlbench.balancers.losses.adam import BufferedAdam
from mtlbench.balancers.losses.gradnorm import gradient_of_weights
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS

TASKS = ('a', 'b', 'c')
LOSSES = [(2, 0.5, 1), (1.8, 0.4, 0.95), (1.5, 0.38, 0.9), (1.2, 0.37, 0.88)]
"""Losses of four updates; the golden values below are of three tasks with these losses."""


def measured(losses, tasks=TASKS) -> Measured:
    values = torch.tensor(losses, dtype=torch.float64)
    return Measured(tuple(tasks), values, 0.3 + torch.diag(values + 1))


def run(balancer: WeightedBalancer, losses=LOSSES, tasks=TASKS) -> list[Tensor]:
    """Return the weights of updates; the losses after an update are those of the next."""
    found = []
    for number, values in enumerate(losses):
        torch.manual_seed(number)
        weights = balancer.weigh(measured(values, tasks))
        found.append(torch.tensor([weights[task] for task in TASKS if task in weights], dtype=torch.float64))
        if balancer.looks_back and number + 1 < len(losses):
            balancer.after_update(measured(values, tasks), measured(losses[number + 1], tasks))
    return found


def assert_golden(found, expected) -> None:
    """Compare with values that are printed with six decimals."""
    expected = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(torch.as_tensor(found, dtype=torch.float64), expected, rtol=0, atol=6e-7)


THIRDS = (1 / 6, 2 / 3, 1 / 3)
PLAIN = [(0.143489, 0.087030, 0.102814), (0.140035, 0.087814, 0.105484), (0.132952, 0.091529, 0.108852)]
SHARP = [(0.319771, 0.002155, 0.011408), (0.312046, 0.002934, 0.018353), (0.287543, 0.006876, 0.038915)]
WEIGHTS = {
    'dwa': (lambda: DWA(TASKS), [(1, 1, 1), (1, 1, 1), (1.007880, 0.958725, 1.033395), (0.961926, 1.019707, 1.018367)]),
    'gls': (lambda: GLS(TASKS), [THIRDS, (0.163164, 0.734239, 0.309153), (0.177893, 0.702211, 0.296489)]),
    'stch plain': (lambda: STCH(TASKS, form='plain'), PLAIN),
    'stch plain, mu 0.1': (lambda: STCH(TASKS, mu=0.1, form='plain'), SHARP),
    'famo': (
        lambda: FAMO(TASKS),
        [(0.142857, 0.571429, 0.285714), (0.139368, 0.596567, 0.264065), (0.153594, 0.580527, 0.265879)],
    ),
    'famo, gamma 1e-5': (
        lambda: FAMO(TASKS, gamma=1e-5),
        [(0.142857, 0.571429, 0.285714), (0.139368, 0.596567, 0.264065), (0.153596, 0.580522, 0.265882)],
    ),
}


@pytest.mark.parametrize('name', WEIGHTS)
def test_weights_are_the_golden_ones(name):
    build, expected = WEIGHTS[name]
    for found, values in zip(run(build()), expected, strict=False):
        assert_golden(found, values)


RELATIVE = {
    1.0: [(0.566038, 2.264151, 1.132075), (0.622407, 2.489627, 1.244813)],
    0.1: [(0.550945, 0.763476, 1.792536), (0.239999, 1.081535, 2.476686)],
}


@pytest.mark.parametrize('mu', RELATIVE)
def test_relative_stch_measures_the_losses_of_the_epoch_after_the_warm_up(mu):
    """The mean losses of the measured epoch, of two updates, are L(0), as in the golden values."""
    balancer = STCH(TASKS, mu=mu, warmup=1)
    balancer.epoch = 2
    warm = [(7, 3, 5), (1, 2, 3), (1, 0.25, 1.5), (3, 0.75, 0.5)]
    found = run(balancer, warm + LOSSES[1:3])
    for weights, values in zip(found[:4], warm, strict=True):
        torch.testing.assert_close(weights, 1 / torch.tensor(values, dtype=torch.float64))
    for weights, values in zip(found[4:], RELATIVE[mu], strict=True):
        assert_golden(weights, values)


def test_stch_measures_a_task_that_had_no_loss_in_the_epoch_later():
    balancer = STCH(TASKS, warmup=0)
    balancer.weigh(measured((2, 0.5), 'ac'))
    balancer.weigh(measured((2, 4, 0.5)))
    found = balancer.weigh(measured((2, 2, 0.5)))
    assert found == pytest.approx({'a': 3 / 2.5 / 2, 'b': 3 / 2.5 / 4, 'c': 3 / 2.5 / 0.5})


@pytest.mark.parametrize(
    ('gamma', 'expected'),
    [
        (1e-3, [(0, 0, 0), (0.025, -0.025, 0.025), (0.010888, -0.032541, 0.048788), (-0.008453, -0.029558, 0.073133)]),
        (1e-5, [(0, 0, 0), (0.025, -0.025, 0.025), (0.010892, -0.032556, 0.048794)]),
    ],
)
def test_famo_learns_the_golden_values(gamma, expected):
    for count, values in enumerate(expected):
        balancer = FAMO(TASKS, gamma=gamma)
        run(balancer, LOSSES[: count + 1])
        assert_golden(balancer.xi, values)


def test_famo_counts_from_the_lower_bounds():
    balancer = FAMO(TASKS, min_losses=dict(a=1.5))
    assert_golden(run(balancer, LOSSES[:1])[0], [0.4, 0.4, 0.2])
    with pytest.raises(ConfigError, match='min_losses names d'):
        FAMO(TASKS, min_losses=dict(d=1))


def test_random_weights_are_the_softmax_of_the_drawn_normals():
    balancer = RLW(TASKS)
    torch.manual_seed(0)
    golden = [(0.844634, 0.134893, 0.020473), (0.751114, 0.143826, 0.105060), (0.348444, 0.538161, 0.113395)]
    for values, expected in zip(LOSSES, golden, strict=False):
        assert_golden(list(balancer.weigh(measured(values)).values()), expected)


UW, UW_ADAM = [1.75, 1.548670, 1.354540], [1.75, 1.557842, 1.362394]
IMTL, IMTL_ADAM = [3.5, 3.049216, 2.652301], [3.5, 3.115684, 2.724789]
LEARNED = [
    # The uncertainties of TorchJD have half our total. Ours halved has the same gradients, so the same s.
    (UncertaintyWeights, 0.5, torch.optim.SGD, 0.1, UW, (0.085611, -0.054494, -0.0025)),
    (UncertaintyWeights, 0.5, torch.optim.Adam, 0.025, UW_ADAM, (0.049581, -0.050023, -0.018603)),
    (IMTLL, 1.0, torch.optim.SGD, 0.1, IMTL, (-0.162871, 0.107949, 0.005)),
    (IMTLL, 1.0, torch.optim.Adam, 0.025, IMTL_ADAM, None),
]


@pytest.mark.parametrize(('kind', 'factor', 'optimizer', 'lr', 'totals', 'last'), LEARNED)
def test_learned_weights_are_the_golden_ones(kind, factor, optimizer, lr, totals, last):
    balancer = kind(TASKS).double()
    steps = optimizer(balancer.parameters(), lr=lr)
    for values, expected in zip(LOSSES, totals, strict=False):
        before = [scale.item() for scale in balancer.scales.values()]
        losses = {task: torch.tensor(value, dtype=torch.float64) for task, value in zip(TASKS, values, strict=True)}
        total = factor * balancer(losses)
        assert_golden(total.item(), expected)
        steps.zero_grad()
        total.backward()
        steps.step()
    if last:
        assert_golden(before, last)


def test_uncertainties_start_where_the_option_says():
    balancer = UncertaintyWeights(TASKS, init=-0.5)
    assert [weight.item() for weight in balancer.current_weights().values()] == pytest.approx([1.648721] * 3)


def test_fixed_weights_are_one_by_default():
    balancer = FixedWeights(TASKS)
    assert balancer({task: torch.tensor(2.0) for task in TASKS}) == 6 and balancer.constant


@pytest.mark.parametrize(
    ('case', 'reason'),
    [
        (dict(type='DWA', temperature=0), 'temperature is 0, expected a number above 0'),
        (dict(type='DWA', window=1.5), r'window is 1\.5, expected a whole number of 1 or more'),
        (dict(type='STCH', mu=-1.0), 'mu is -1.0, expected a number above 0'),
        (dict(type='STCH', warmup=True), 'warmup is True, expected a whole number of 0 or more'),
        (dict(type='FAMO', gamma=float('inf')), 'gamma is inf, expected a number of 0 or more'),
        (dict(type='FAMO', lr='fast'), "lr is 'fast', expected a number above 0"),
        (dict(type='GradNorm', alpha=-1), 'alpha is -1, expected a number of 0 or more'),
        (
            dict(type='FixedWeights', weights=dict.fromkeys(TASKS, 'x')),
            "weights.a is 'x', expected a number of 0 or more",
        ),
    ],
)
def test_numbers_out_of_range_are_named(case, reason):
    with pytest.raises(ConfigError, match=rf'balancer\.\S*{reason}'):
        BALANCERS.build(dict(case, tasks=list(TASKS)))


def test_gls_and_stch_are_the_derivatives_that_autograd_finds_of_torchjds_scalarizers():
    scalarization = pytest.importorskip('torchjd.scalarization')
    draw = torch.Generator().manual_seed(0)
    for count in (1, 2, 3, 5):
        tasks = [str(number) for number in range(count)]
        losses = torch.rand(count, generator=draw, dtype=torch.float64).mul(5).add(0.01).requires_grad_()
        pairs = [(GLS(tasks), scalarization.GeometricMean())]
        pairs += [(STCH(tasks, mu, form='plain'), scalarization.STCH(mu)) for mu in (0.1, 1.0)]
        for balancer, reference in pairs:
            expected = torch.autograd.grad(reference(losses), losses)[0]
            found = balancer.weights(Measured(tuple(tasks), losses.detach()))
            torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)


def test_famo_and_dwa_equal_torchjds_scalarizers():
    scalarization = pytest.importorskip('torchjd.scalarization')
    famo, dwa = scalarization.FAMO(3).double(), scalarization.DWA()
    ours, own_dwa = FAMO(TASKS), DWA(TASKS)
    history = torch.rand(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.1
    for now, later in pairwise(history):
        losses = now.clone().requires_grad_()
        expected = torch.autograd.grad(famo(losses), losses)[0]
        found = ours.weights(Measured(TASKS, now))
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)
        famo.update(later)
        ours.after_update(Measured(TASKS, now), Measured(TASKS, later))
        losses = now.clone().requires_grad_()
        expected = torch.autograd.grad(dwa(losses), losses)[0]
        torch.testing.assert_close(own_dwa.weights(Measured(TASKS, now)), expected, rtol=1e-6, atol=0)
        dwa.step()


def test_dwa_takes_means_over_windows_in_which_absent_tasks_do_not_count():
    balancer = DWA(TASKS, window=2)
    for losses in ((2, 1, 4), (4, 3, 4), (1, 1, 2)):
        balancer.weigh(measured(losses))
    balancer.weigh(measured((2, 2), 'ac'))
    ratios = torch.tensor([1.5 / 3, 1 / 2, 2 / 4], dtype=torch.float64)
    torch.testing.assert_close(run(balancer, [(2, 2, 2)])[0], 3 * torch.softmax(ratios / 2, 0))


def test_dwa_uses_the_epoch_unless_there_is_a_window():
    balancer = DWA(TASKS)
    balancer.epoch = 2
    found = run(balancer, [LOSSES[0], LOSSES[0], LOSSES[1], LOSSES[1], LOSSES[2]])
    assert_golden(found[3], (1, 1, 1))
    assert_golden(found[4], (1.007880, 0.958725, 1.033395))


def test_gls_rejects_negative_losses_by_task_and_takes_zeros():
    with pytest.raises(ConfigError, match=r'that of b is -0\.5; use'):
        GLS(TASKS).weigh(measured((1, -0.5, 2)))
    balancer = GLS(TASKS)
    a, b, c = run(balancer, [(1, 0, 2)])[0].tolist()
    assert b > a == 2 * c > 0 and not balancer.failures


def test_gradnorm_has_the_golden_gradients():
    weights, norms = torch.ones(3, dtype=torch.float64), torch.tensor([2.0, 1, 3]).double()
    pace = torch.tensor([0.8, 0.6, 0.9]).double()
    for expected, after in [((-2, -1, 3), (1.05, 1.025, 0.925)), ((2, -1, 3), (1.034483, 1.086207, 0.879310))]:
        gradient = gradient_of_weights(weights, norms, pace, 1.5)
        assert_golden(gradient, expected)
        weights = weights - 0.025 * gradient
        weights = 3 * weights / weights.sum()
        assert_golden(weights, after)


def gradnorm_by_autograd(losses, squares, alpha=1.5):
    """Return the weights of updates, learned by torch's Adam from the distances themselves."""
    weights = torch.ones(len(squares[0]), dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=0.025)
    found = []
    for values, square in zip(losses, squares, strict=True):
        found.append(weights.detach().clone())
        norms = (square * len(square) / square.sum()).sqrt()
        ratio = values / losses[0]
        weighted = weights * norms
        targets = (weighted.mean() * (ratio / ratio.mean()) ** alpha).detach()
        adam.zero_grad()
        (weighted - targets).abs().sum().backward()
        adam.step()
        with torch.no_grad():
            weights.clamp_(min=0.01)
            weights *= len(weights) / weights.sum()
    return found


def test_gradnorm_learns_what_autograd_and_torchs_adam_learn():
    draw = torch.Generator().manual_seed(0)
    losses = torch.rand(200, 3, generator=draw, dtype=torch.float64) + 0.5
    squares = torch.rand(200, 3, generator=draw, dtype=torch.float64) * torch.tensor([100.0, 1, 0.1]) + 1e-3
    balancer = GradNorm(TASKS)
    for number, expected in enumerate(gradnorm_by_autograd(losses, squares)):
        weights = balancer.weigh(Measured(TASKS, losses[number], torch.diag(squares[number])))
        torch.testing.assert_close(torch.tensor(list(weights.values())).double(), expected, rtol=1e-6, atol=0)
    assert expected.min() < 0.5 < 1.5 < expected.max()


def test_gradnorm_keeps_the_weights_of_absent_tasks():
    balancer = GradNorm(TASKS)
    run(balancer)
    before = balancer.learned.clone()
    balancer.weigh(measured((1, 2), 'ac'))
    assert balancer.learned[1] == before[1] and balancer.learned[0] != before[0]
    assert balancer.learned.sum().item() == pytest.approx(3)


def test_the_buffered_adam_is_torchs():
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(4, generator=draw, dtype=torch.float64, requires_grad=True)
    reference, own = torch.optim.Adam([values], lr=0.025, weight_decay=1e-2), BufferedAdam(4, 0.025, 1e-2)
    found = values.detach().clone()
    for _ in range(50):
        gradient = torch.randn(4, generator=draw, dtype=torch.float64)
        found = own.step(found, range(4), gradient)
        values.grad = gradient
        reference.step()
    torch.testing.assert_close(found, values.detach(), rtol=1e-12, atol=1e-14)  # some roundings of float64


BUILT = ['DWA', 'RLW', 'GLS', 'STCH', 'FAMO', 'GradNorm']
LONG = [tuple(value * (1 + 0.1 * (7 * number % 5)) for value in LOSSES[number % 4]) for number in range(14)]


def build(name: str, tasks=TASKS, epoch=3) -> WeightedBalancer:
    arguments = dict(warmup=1) if name == 'STCH' else {}
    balancer = BALANCERS.build(dict(type=name, tasks=list(tasks), **arguments))
    balancer.epoch = epoch
    return balancer


@pytest.mark.parametrize('name', BUILT)
@pytest.mark.parametrize('at', [2, 7])
def test_a_resumed_balancer_continues_bit_for_bit(name, at):
    balancer, fresh = build(name), build(name)
    run(balancer, LONG[:at])
    fresh.load_state_dict(copy.deepcopy(balancer.state_dict()))
    for one, other in zip(run(balancer, LONG[at:]), run(fresh, LONG[at:]), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize('name', [name for name in BUILT if name != 'RLW'])
def test_permuted_tasks_have_permuted_weights(name):
    turned, order = TASKS[::-1], [values[::-1] for values in LONG]
    for one, other in zip(run(build(name), LONG), run(build(name, turned), order, turned), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=0)


@pytest.mark.parametrize('name', BUILT)
def test_the_state_of_an_absent_task_does_not_move(name):
    balancer = build(name)
    run(balancer, LONG[:7])
    before = {key: value.clone() for key, value in balancer.state_dict().items() if value.ndim == 1}
    run(balancer, [(values[0], values[2]) for values in LONG[7:9]], 'ac')
    after = balancer.state_dict()
    assert all(torch.equal(after[key][1], value[1]) for key, value in before.items())
    assert set(balancer.current_weights()) == {'a', 'c'}


@pytest.mark.parametrize('name', BUILT)
def test_a_single_task_has_a_weight_of_its_own(name):
    weights = run(build(name, 'a'), [(value[0],) for value in LONG], 'a')
    expected = [1.0] * 14
    if name == 'STCH':  # 1 / L until the mean losses are known, and then m / L of one task
        expected = [1 / value[0] for value in LONG]
    assert [one.item() for one in weights] == pytest.approx(expected)


@pytest.mark.parametrize('name', BUILT)
def test_losses_that_are_not_finite_change_nothing_but_a_count(name):
    balancer = build(name)
    run(balancer, LONG[:7])
    before = copy.deepcopy(balancer.state_dict())
    kept = balancer.weigh(measured((1.0, float('nan'), 2.0)))
    after = balancer.state_dict()
    assert list(kept.values()) == before['last'].tolist()
    assert [key for key in after if not torch.equal(after[key], before[key])] == ['failures']


@pytest.mark.parametrize('name', BALANCERS.names())
def test_the_state_is_finite_before_a_task_has_a_loss(name):
    """A checkpoint with numbers that are not finite ends the run."""
    balancer = BALANCERS.build(dict(type=name, tasks=list(TASKS)))
    balancer.epoch = 1
    if isinstance(balancer, WeightedBalancer):
        run(balancer, [(values[0], values[2]) for values in LONG], 'ac')
    assert all(value.isfinite().all() for value in balancer.state_dict().values())
