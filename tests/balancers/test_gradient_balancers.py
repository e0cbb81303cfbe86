"""Properties of the gradient balancers, and torchjd as reference."""

import copy
from types import SimpleNamespace

import pytest
import torch
from gramians import NAMES, balance, build, matrix, random_gramians, weights_of

from mtlbench.balancers import Measured
from mtlbench.balancers.gradients.fairness import fair
from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.loops import StreamTrainLoop
from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.registry import BALANCERS

ALL = ('PCGrad', 'MGDA', 'CAGrad', 'IMTLG', 'IMTL', 'NashMTL', 'AlignedMTL', 'UPGrad', 'FairGrad', 'GradVac')
FIXED_ORDER = [kind for kind in ALL if kind not in ('PCGrad', 'GradVac')]
REGULAR = [gramian for gramian, rank in random_gramians(60) if rank == len(gramian)]
DIRECTIONS = [gramian for gramian, _ in random_gramians()]
CLARABEL = 1e-4  # clarabel's tolerance of 1e-8 on the objective leaves 1e-4 on weights


def close(found, expected, bound=1e-6):
    torch.testing.assert_close(found, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize('kind', FIXED_ORDER)
def test_weights_follow_the_order_of_the_tasks(kind):
    for gramian in REGULAR[:8]:
        turned = balance(kind, gramian.flip(0, 1)).flip(0)
        close(turned, balance(kind, gramian), CLARABEL if kind == 'CAGrad' else 1e-6)


@pytest.mark.parametrize('kind', ALL)
@pytest.mark.parametrize('factor', [1e-8, 1e8])
def test_units_of_the_losses_do_not_matter(kind, factor):
    for case in ('B', 'C'):
        close(balance(kind, factor * matrix(case)), balance(kind, case))


@pytest.mark.parametrize('kind', ['IMTLG', 'NashMTL'])
def test_direction_does_not_depend_on_the_scale_of_a_task(kind):
    scales = torch.tensor([10, 0.1, 3], dtype=torch.float64)
    scaled = scales * balance(kind, scales[:, None] * matrix('F') * scales)
    plain = balance(kind, 'F')
    close(scaled / scaled.sum(), plain / plain.sum())


def test_a_short_gradient_is_no_noise():
    scales = torch.tensor([1, 1e-5, 1], dtype=torch.float64)
    found = balance('IMTLG', scales[:, None] * matrix('F') * scales) * scales
    close(found / found.sum(), balance('IMTLG', 'F'), 1e-5)  # eigenvalues 1e-10 of the largest have six digits


@pytest.mark.parametrize('kind', ['MGDA', 'IMTLG', 'IMTL'])
def test_weights_sum_to_one(kind):
    for gramian in REGULAR:
        close(balance(kind, gramian).sum(), torch.tensor(1.0, dtype=torch.float64))


@pytest.mark.parametrize(
    ('kind', 'least'),
    [('MGDA', 0), ('CAGrad', 1), ('NashMTL', 0), ('FairGrad', 0), ('UPGrad', 1)],
)
def test_weights_are_not_below_their_bound(kind, least):
    for gramian in REGULAR:
        assert balance(kind, gramian).min() >= least / len(gramian) - 1e-8


def test_pcgrad_lowers_no_weight_below_one():
    for gramian in DIRECTIONS[:40]:
        assert balance('PCGrad', gramian).min() >= 1


def test_mgda_helps_every_task_by_the_square_of_its_direction():
    for gramian in DIRECTIONS:
        weights, gramian = balance('MGDA', gramian), gramian / gramian.trace()
        assert ((gramian @ weights) - weights @ gramian @ weights).min() > -1e-9


def test_upgrad_conflicts_with_no_task():
    for gramian in DIRECTIONS:
        weights, gramian = balance('UPGrad', gramian), gramian / gramian.trace()
        length = (weights @ gramian @ weights).sqrt()
        assert (gramian @ weights).min() >= -1e-3 * length - 1e-4 * weights.max()  # regularized by 1e-4


def test_imtl_g_projects_equally_on_all_gradients():
    for gramian in REGULAR:
        projections = gramian @ balance('IMTLG', gramian) / gramian.diagonal().sqrt()
        close(projections / projections.mean(), torch.ones_like(projections), 1e-5)


def test_every_task_gains_the_same_from_nash_mtl():
    for gramian in REGULAR:
        scaled = gramian * len(gramian) / gramian.trace()
        weights = balance('NashMTL', gramian)
        close(weights * (scaled @ weights), torch.ones_like(weights))


@pytest.mark.parametrize('alpha', [0.5, 1.0, 2.0, 5.0])
def test_fair_weights_solve_their_equation(alpha):
    for gramian in REGULAR:
        weights = fair(gramian, alpha)
        close((gramian @ weights) * weights ** (1 / alpha), torch.ones_like(weights))


@pytest.mark.parametrize('alpha', [0.5, 1.0, 2.0, 5.0])
def test_fair_weights_exist_for_gradients_of_very_unlike_length(alpha):
    generator = torch.Generator().manual_seed(1)
    for index in range(100):
        count = 2 + index % 5
        lengths = 10 ** (6 * torch.rand(count, 1, generator=generator, dtype=torch.float64) - 3)
        rows = lengths * torch.randn(count, count + 1, generator=generator, dtype=torch.float64)
        weights = fair(rows @ rows.T, alpha)
        close((rows @ rows.T @ weights) * weights ** (1 / alpha), torch.ones_like(weights))


def test_mgda_is_no_longer_than_torchjd_and_upgrad_and_aligned_equal_it():
    jd = pytest.importorskip('torchjd.aggregation')
    pytest.importorskip('quadprog')
    mgda, upgrad = jd.MGDAWeighting(max_iters=500), jd.UPGradWeighting()
    aligned = {mode: jd.AlignedMTLWeighting(scale_mode=mode) for mode in ('min', 'median', 'rmse')}
    for gramian in DIRECTIONS:
        gramian = gramian / gramian.trace()
        ours, theirs = balance('MGDA', gramian), mgda(gramian)
        assert ours @ gramian @ ours <= theirs @ gramian @ theirs + 1e-12
        close(balance('UPGrad', gramian), upgrad(gramian), 1e-7)
        values = torch.linalg.eigvalsh(gramian)
        if not ((values > 1e-16) & (values < 1e-6)).any():  # between the tolerances, which differ
            for mode, weighting in aligned.items():
                close(balance('AlignedMTL', gramian, scale_mode=mode), weighting(gramian))


def test_imtl_g_and_fairgrad_equal_torchjd_on_regular_gramians():
    jd = pytest.importorskip('torchjd.aggregation')
    for gramian in REGULAR:
        gramian = gramian * len(gramian) / gramian.trace()
        close(balance('IMTLG', gramian), jd.IMTLGWeighting()(gramian), 1e-5)
        if torch.linalg.cond(gramian) < 100:
            close(balance('FairGrad', gramian, alpha=1.0), jd.FairGradWeighting(1.0)(gramian), 1e-3)  # scipy's ftol


@pytest.mark.parametrize('kind', ALL)
def test_tasks_of_any_rank_have_finite_weights(kind):
    balancers = {count: build(kind, count) for count in range(2, 7)}
    for gramian in DIRECTIONS[:40]:
        assert weights_of(balancers[len(gramian)], gramian).isfinite().all()


@pytest.mark.parametrize('kind', ALL)
def test_a_task_without_gradient_has_weight_one(kind):
    gramian = torch.zeros(3, 3, dtype=torch.float64)
    gramian[:2, :2] = matrix('B')
    found = weights_of(build(kind, 3), gramian)
    close(found, torch.cat([balance(kind, 'B'), torch.ones(1, dtype=torch.float64)]))


@pytest.mark.parametrize('kind', ALL)
@pytest.mark.parametrize('gramian', [[[4.0]], [[4.0, 0], [0, 0]]])
def test_a_single_task_has_weight_one(kind, gramian):
    assert balance(kind, torch.tensor(gramian, dtype=torch.float64)).tolist() == [1.0] * len(gramian)


@pytest.mark.parametrize('kind', ALL)
def test_a_resumed_balancer_continues_alike(kind):
    plain, resumed = build(kind, 3), build(kind, 3)
    weights_of(plain, 'F')
    resumed.load_state_dict(copy.deepcopy(plain.state_dict()))
    for case in ('I', 'H'):
        found = []
        for balancer in (plain, resumed):
            torch.manual_seed(1)
            found.append(weights_of(balancer, case))
        assert torch.equal(*found)


def test_gradvac_keeps_the_targets_of_absent_tasks():
    balancer, pair = build('GradVac', 3), build('GradVac', 2)
    weights_of(balancer, 'F')
    kept = balancer.cosines.clone()
    rows = torch.tensor([0, 2])
    pair.cosines.copy_(kept[rows[:, None], rows])
    found = weights_of(balancer, 'B', tasks=(NAMES[0], NAMES[2]))
    assert torch.equal(found, weights_of(pair, 'B'))
    assert torch.equal(balancer.cosines[rows[:, None], rows], pair.cosines)
    assert torch.equal(balancer.cosines[1], kept[1]) and torch.equal(balancer.cosines[:, 1], kept[:, 1])


def test_imtl_weighs_scaled_losses():
    balancer = build('IMTL', 3)
    for task, value in zip(balancer.tasks, (0.5, -1.0, 2.0), strict=True):
        balancer.scaled.scales[task].data.fill_(value)
    scales = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64).exp()
    expected = scales * balance('IMTLG', scales[:, None] * matrix('F') * scales)
    close(weights_of(balancer, 'F'), expected)


def test_imtl_learns_its_scales_without_weights():
    balancer = build('IMTL', 3)
    balancer.scaled.scales[NAMES[0]].data.fill_(0.5)
    balancer.own_loss({NAMES[0]: torch.tensor(2.0), NAMES[1]: torch.tensor(0.25)}).backward()
    balancer.rest()
    gradients = [balancer.scaled.scales[task].grad for task in balancer.tasks]
    assert gradients[0].item() == pytest.approx(2 * torch.tensor(0.5).exp().item() - 1)
    assert gradients[1].item() == pytest.approx(0.25 - 1)
    assert gradients[2] is None


@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        ('CAGrad', dict(c=-0.1)),
        ('CAGrad', dict(c='much')),
        ('FairGrad', dict(alpha=0)),
        ('GradVac', dict(beta=1.5)),
        ('GradDrop', dict(leak=-1)),
        ('AlignedMTL', dict(scale_mode='max')),
    ],
)
def test_wrong_options_are_named(kind, options):
    ((key, value),) = options.items()
    with pytest.raises(ConfigError, match=rf'balancer\.{key}.*{value}'):
        build(kind, 2, **options)


@pytest.mark.parametrize('kind', ['PCGrad', 'CAGrad', 'GradVac'])
def test_training_asks_for_the_extra_by_name_and_evaluation_does_not_need_it(kind, monkeypatch):
    state = build(kind, 2).state_dict()
    monkeypatch.setitem(__import__('sys').modules, 'torchjd', None)
    balancer = BALANCERS.build(dict(type=kind, tasks=NAMES[:2]))
    balancer.load_state_dict(state)
    loop = SimpleNamespace(runner=SimpleNamespace(model=SimpleNamespace(balancer=balancer)), dataloader=[])
    with pytest.raises(MissingExtraError, match=r"'torchjd' is not installed.*mtlbench\[balancers\]"):
        StreamTrainLoop._prepare_balancer(loop, Accumulation(1, 0))


def test_measurements_without_a_gramian_are_a_mistake():
    measured = Measured(NAMES[:2], torch.ones(2, dtype=torch.float64))
    with pytest.raises(ValueError, match='Gramian'):
        build('MGDA', 2).weights(measured)
