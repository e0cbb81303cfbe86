"""Weights of the gradient balancers for Gramians with known solutions."""

import pytest
import torch
from gramians import balance, build, matrix, weights_of

from mtlbench.balancers import SolverError
from mtlbench.balancers.gradients.fairness import fair

PRINTED = 1e-6  # the solutions are printed with six digits
FOUR_DIGITS = 1e-4
CLARABEL = 1e-4  # its tolerance of 1e-8 on the objective leaves 1e-4 on weights
THIRD = 1 / 3

GOLDEN = [
    ('MGDA', {}, 'A', (0.75, 0.25)),
    ('MGDA', {}, 'B', (0.285714, 0.714286)),
    ('MGDA', {}, 'C', (0.8, 0.2)),
    ('MGDA', {}, 'D', (0.5, 0.5)),
    ('MGDA', {}, 'O', (0.5, 0.5)),
    ('MGDA', {}, 'F', (0.266351, 0.684360, 0.049289)),
    ('MGDA', {}, 'G3', (0.734694, 0.183673, 0.081633)),
    ('MGDA', {}, 'H', (0.250042, 0.250042, 0.499917)),
    ('MGDA', {}, 'I', (0, 0.054054, 0.945946)),
    ('MGDA', {}, 'near', (0.5, 0.5)),
    ('CAGrad', {}, 'A', (0.9, 0.5)),
    ('CAGrad', {}, 'B', (0.5, 0.846410)),
    ('CAGrad', {}, 'C', (0.947214, 0.5)),
    ('CAGrad', {}, 'D', (0.7, 0.7)),
    ('CAGrad', {}, 'O', (0, 0)),
    ('CAGrad', {}, 'near', (0.7, 0.7)),
    ('CAGrad', {}, 'F', (THIRD, 0.804738, THIRD)),
    ('CAGrad', {}, 'G3', (0.832221, THIRD, THIRD)),
    ('CAGrad', {}, 'H', (THIRD, THIRD, 0.564196)),
    ('CAGrad', {}, 'I', (THIRD, 1.719007, 12.304837)),
    ('CAGrad', dict(c=0.5), 'A', (1, 0.5)),
    ('CAGrad', dict(c=0.5), 'B', (0.5, 0.933013)),
    ('CAGrad', dict(c=0.5), 'C', (1.059017, 0.5)),
    ('CAGrad', dict(c=0.5), 'D', (0.75, 0.75)),
    ('CAGrad', dict(c=1), 'F', (0.625966, 1.689915, THIRD)),
    ('CAGrad', dict(c=1), 'G3', (1.5747, 0.393675, THIRD)),
    ('CAGrad', dict(c=1), 'H', (0.500083, 0.500083, 0.999833)),
    ('CAGrad', dict(c=1), 'I', (THIRD, 3.086983, 36.244435)),
    ('IMTLG', {}, 'A', (0.585786, 0.414214)),
    ('IMTLG', {}, 'B', (THIRD, 2 * THIRD)),
    ('IMTLG', {}, 'C', (2 * THIRD, THIRD)),
    ('IMTLG', {}, 'D', (0.5, 0.5)),
    ('IMTLG', {}, 'O', (0, 0)),
    ('IMTLG', {}, 'F', (0.288889, 0.611111, 0.1)),
    ('IMTLG', {}, 'G3', (0.545455, 0.272727, 0.181818)),
    ('IMTLG', {}, 'H', (0.250042, 0.250042, 0.499917)),
    ('IMTLG', {}, 'I', (0.006127, 0.108918, 0.884956)),
    ('IMTLG', {}, 'P', (0.5, 1, -0.5)),
    ('IMTLG', {}, 'scaled', (0.0476190, 0.952381)),
    ('AlignedMTL', {}, 'A', (0.399843, 0.258199)),
    ('AlignedMTL', {}, 'B', (0.309209, 0.557767)),
    ('AlignedMTL', {}, 'C', (0.5, 0.25)),
    ('AlignedMTL', {}, 'D', (0.011183, 0.011183)),
    ('AlignedMTL', {}, 'O', (0, 0)),
    ('AlignedMTL', {}, 'F', (0.202064, 0.375707, 0.093144)),
    ('AlignedMTL', {}, 'G3', (THIRD, THIRD / 2, THIRD / 3)),
    ('AlignedMTL', {}, 'H', (0.010049, 0.010049, 0.015579)),
    ('AlignedMTL', {}, 'I', (0.003501, 0.046407, 0.347144)),
    ('AlignedMTL', {}, 'P', (0.111111, 0.222222, -0.111111)),
    ('AlignedMTL', dict(scale_mode='median'), 'A', (0.399843, 0.258199)),
    ('AlignedMTL', dict(scale_mode='median'), 'F', (0.498625, 0.927118, 0.229847)),
    ('AlignedMTL', dict(scale_mode='median'), 'G3', (2 * THIRD, THIRD, 2 * THIRD / 3)),
    ('AlignedMTL', dict(scale_mode='median'), 'H', (0.252986, 0.252986, 0.392186)),
    ('AlignedMTL', dict(scale_mode='median'), 'I', (0.038714, 0.513088, 3.838143)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'A', (0.549955, 0.355134)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'B', (0.585513, 1.056176)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'C', (0.790569, 0.395285)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'D', (0.353642, 0.353642)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'F', (0.523171, 0.972757, 0.241162)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'G3', (0.720082, 0.360041, 0.240027)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'H', (0.317785, 0.317785, 0.492638)),
    ('AlignedMTL', dict(scale_mode='rmse'), 'I', (0.235316, 3.118739, 23.329678)),
    ('UPGrad', {}, 'A', (0.5, 0.5)),
    ('UPGrad', {}, 'B', (0.624984, 0.999750)),
    ('UPGrad', {}, 'C', (0.5, 0.5)),
    ('UPGrad', {}, 'D', (0.5, 0.5)),
    ('UPGrad', {}, 'O', (0.9999, 0.9999)),
    ('UPGrad', {}, 'near', (0.9994, 0.9994)),
    ('UPGrad', {}, 'F', (0.416055, 0.749417, 0.337996)),
    ('UPGrad', {}, 'G3', (THIRD, THIRD, THIRD)),
    ('UPGrad', {}, 'H', (0.416696, 0.416696, 0.666567)),
    ('UPGrad', {}, 'I', (0.341844, 1.339833, 1.077805)),
    ('UPGrad', {}, 'P', (0.399992, 0.466651, 1.332734)),
    ('PCGrad', {}, 'A', (1, 1)),
    ('PCGrad', {}, 'B', (1.25, 2)),
    ('PCGrad', {}, 'C', (1, 1)),
    ('PCGrad', {}, 'D', (1, 1)),
    ('PCGrad', {}, 'G3', (1, 1, 1)),
    ('PCGrad', {}, 'O', (2, 2)),
    ('PCGrad', {}, 'near', (1.999, 1.999)),
]


@pytest.mark.parametrize(('kind', 'options', 'case', 'expected'), GOLDEN)
def test_weights_are_the_known_ones(kind, options, case, expected):
    bound = CLARABEL if kind == 'CAGrad' else FOUR_DIGITS if (kind, case) == ('UPGrad', 'near') else PRINTED
    assert balance(kind, case, **options).tolist() == pytest.approx(expected, rel=bound, abs=bound)


@pytest.mark.parametrize(
    ('kind', 'expected'),
    [
        ('MGDA', (0.026128, 0.97387)),
        ('CAGrad', (0.5, 4.40384)),
        ('AlignedMTL', (0.033911, 0.51167)),
        ('UPGrad', (0.5125, 5.30723)),
        ('PCGrad', (1.025, 11)),
    ],
)
def test_the_weights_of_a_loss_times_ten(kind, expected):
    assert balance(kind, 'scaled').tolist() == pytest.approx(expected, rel=2e-5)  # printed with five digits


@pytest.mark.parametrize(
    ('case', 'outcomes'),
    [
        ('F', [(1.246528, 2.25, 1.027778), (1.25, 2.25, 1.013889)]),
        ('H', [(1.0005, 1.5, 2), (1.5, 1.0005, 2)]),
        ('I', [(1.02, 4.05, 6), (1.03, 4.05, 5.4)]),
    ],
)
def test_pcgrad_has_the_known_outcomes_over_random_orders(case, outcomes):
    balancer = build('PCGrad', 3)
    torch.manual_seed(0)
    found = [tuple(weights_of(balancer, case).tolist()) for _ in range(30)]
    missed = [one for one in outcomes if not any(other == pytest.approx(one, abs=PRINTED) for other in found)]
    stray = [one for one in found if not any(one == pytest.approx(other, abs=PRINTED) for other in outcomes)]
    assert not missed and not stray


FAIR = [
    (1, 'A', (0.859533, 0.607781)),
    (1, 'B', (0.707107, 1.414214)),
    (1, 'C', (1, 0.5)),
    (1, 'D', (0.707284, 0.707284)),
    (1, 'F', (0.686510, 1.456644, 0.334497)),
    (1, 'G3', (1, 0.5, THIRD)),
    (1, 'H', (0.930040, 0.930040, 1.567854)),
    (1, 'I', (0.111538, 1.619765, 13.355581)),
    (1, 'near', (31.622777, 31.622777)),
    (1, 'scaled', (0.0707107, 1.414214)),
    (2, 'A', (0.841229, 0.498127)),
    (2, 'B', (0.677548, 1.495321)),
    (2, 'C', (1, 0.396850)),
    (2, 'D', (0.630171, 0.630171)),
    (2, 'F', (0.660292, 1.528014, 0.234978)),
    (2, 'G3', (1, 0.396850, 0.231120)),
    (2, 'H', (0.942434, 0.942434, 1.707674)),
    (2, 'I', (0.053520, 2.268511, 28.880165)),
    (2, 'near', (100, 100)),
]


@pytest.mark.parametrize(('alpha', 'case', 'expected'), FAIR)
def test_fair_weights_are_the_known_ones(alpha, case, expected):
    assert fair(matrix(case), alpha).tolist() == pytest.approx(expected, rel=1e-5)  # scipy's digits


@pytest.mark.parametrize(('alpha', 'case', 'expected'), FAIR)
def test_the_balancer_solves_for_a_trace_of_m(alpha, case, expected):
    gramian = matrix(case)
    factor = (gramian.trace() / len(gramian)).item() ** (alpha / (1 + alpha))
    found = balance('FairGrad', case, alpha=alpha)
    assert found.tolist() == pytest.approx([one * factor for one in expected], rel=1e-5)
    if alpha == 1:
        assert torch.equal(balance('NashMTL', case), found)


@pytest.mark.parametrize(
    ('alpha', 'factor', 'expected'),
    [
        (1, 1e-8, (7071.07, 14142.14)),
        (2, 1e-8, (145973.26, 322157.13)),
        (1, 1e-4, (70.7107, 141.4214)),
    ],
)
def test_fair_weights_of_small_gramians(alpha, factor, expected):
    assert fair(matrix('B') * factor, alpha).tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize('case', ['O', 'P'])
@pytest.mark.parametrize('alpha', [1, 2])
def test_opposite_gradients_have_no_fair_weights(case, alpha):
    with pytest.raises(SolverError, match='opposite'):
        fair(matrix(case), alpha)


def test_an_update_without_fair_weights_keeps_those_before():
    balancer = build('NashMTL', 2)
    before = weights_of(balancer, 'B')
    assert torch.equal(weights_of(balancer, 'O'), before)
    assert balancer.failures == 1


GRADVAC_B = [(1.25, 2), (1.138197, 1.552786), (1.074838, 1.299351)]


def test_gradvac_moves_its_targets():
    balancer = build('GradVac', 2)
    for expected in GRADVAC_B:
        assert weights_of(balancer, 'B').tolist() == pytest.approx(expected, abs=PRINTED)
    assert balancer.cosines.flatten().tolist() == pytest.approx([0, -0.4375, -0.4375, 0], abs=PRINTED)


@pytest.mark.parametrize(('case', 'cosine'), [('A', 0.309359), ('D', 0.874125)])
def test_gradvac_changes_nothing_without_conflict(case, cosine):
    balancer = build('GradVac', 2)
    for _ in range(3):
        assert weights_of(balancer, case).tolist() == pytest.approx([1, 1], abs=PRINTED)
    assert balancer.cosines[0, 1].item() == pytest.approx(cosine, abs=PRINTED)


def test_gradvac_of_three_tasks():
    balancer = build('GradVac', 3)
    torch.manual_seed(0)
    expected = [(1.246528, 2.25, 1.027778), (1.137829, 1.678113, 1.013925), (1.075418, 1.362137, 1.006976)]
    for one in expected:
        assert weights_of(balancer, 'F').tolist() == pytest.approx(one, abs=PRINTED)


def test_nearly_equal_gradients_in_float32_count_as_equal():
    gramian = torch.tensor([[1, 1 - 1e-7], [1 - 1e-7, 1]], dtype=torch.float32).double()
    for kind in ('AlignedMTL', 'IMTLG'):
        assert balance(kind, gramian).tolist() == pytest.approx([0.5, 0.5], abs=1e-6)


def test_opposite_gradients_with_noise_cancel():
    gramian = torch.tensor([[1 + 1e-7, -1], [-1, 1 - 1e-7]], dtype=torch.float64)
    for kind in ('AlignedMTL', 'IMTLG'):
        assert balance(kind, gramian).abs().max() < 1e-6, kind
