"""The spectral norms of the regularization, against the products written out."""

import pytest
import torch
from adversarial_parts import build_learner

from mtlbench.config import load_config
from mtlbench.errors import ConfigError
from mtlbench.objectives import OrthogonalRegularization, Step
from mtlbench.objectives.orthogonal import as_matrix, convolutions, deviation_norms
from mtlbench.registry import MODELS


def explicit_norm(weight):
    """The largest singular value of W W^T - I, the smaller product."""
    matrix = weight.flatten(1)
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return torch.linalg.matrix_norm(matrix @ matrix.T - torch.eye(len(matrix), dtype=matrix.dtype), 2)


def conv(*shape, seed=0):
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 0.3
    return weight.to(memory_format=torch.channels_last)


@pytest.mark.parametrize('shape', [(8, 5, 3, 3), (20, 4, 1, 1)])
def test_many_iterations_give_the_norm_and_one_a_lower_bound(shape):
    torch.manual_seed(0)
    weight = conv(*shape)
    matrix = as_matrix(weight).double()[None]
    exact = explicit_norm(weight)
    assert deviation_norms(matrix, 1).item() <= exact.item() * (1 + 1e-6)
    assert deviation_norms(matrix, 300).item() == pytest.approx(exact.item(), rel=1e-5)


def test_one_iteration_equals_the_products_written_out_with_its_gradient():
    """v uniform, u = A v / |A v|, the norm |A u|, with A = X X^T - I made."""
    matrix = torch.randn(2, 6, 9, dtype=torch.float64).requires_grad_()
    copy = matrix.detach().clone().requires_grad_()
    torch.manual_seed(3)
    found = deviation_norms(matrix)
    torch.manual_seed(3)
    start = torch.rand(2, 6, 1, dtype=torch.float64)
    product = copy @ copy.transpose(1, 2) - torch.eye(6, dtype=torch.float64)
    vector = product @ start
    expected = (product @ (vector / vector.norm(dim=1, keepdim=True))).norm(dim=(1, 2))
    torch.testing.assert_close(found, expected)
    found.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(matrix.grad, copy.grad)


def test_orthonormal_filters_cost_nothing():
    basis = torch.linalg.qr(torch.randn(18, 6, dtype=torch.float64)).Q.T
    assert deviation_norms(basis[None]).item() == pytest.approx(0, abs=1e-12)


def test_the_term_is_the_weighted_sum_over_the_parts_named():
    learner = build_learner({'orthogonal': dict(type='OrthogonalRegularization', parts=('decoders',), weight=0.5)})
    step = Step(learner.network, learner.tasks, {})
    torch.manual_seed(0)
    found = learner.objectives['orthogonal'].losses(step)
    torch.manual_seed(0)
    weights = [module.weight for module in learner.network.decoders.modules() if isinstance(module, torch.nn.Conv2d)]
    expected = 0.5 * sum(deviation_norms(as_matrix(weight)[None]).sum() for weight in weights)
    assert list(found) == ['orthogonal']
    torch.testing.assert_close(found['orthogonal'], expected)
    found['orthogonal'].backward()
    assert all(weight.grad.abs().max() > 0 for weight in weights)
    assert all(one.grad is None for one in learner.network.encoder.parameters())
    learner.objectives['orthogonal'].power = 2
    assert learner.objectives['orthogonal'].losses(step)['orthogonal'] > 0


def test_of_the_paper_there_are_138_layers():
    cfg = load_config('ccam/sd_cityscapes_372_affinemix_or')
    with torch.device('meta'):
        network = MODELS.build(cfg.model.to_dict()).network
    parts = cfg.model.objectives.orthogonal.parts
    assert len(convolutions(network, ['encoder'])) == 104
    assert len(convolutions(network, parts)) == 138


def test_wrong_settings():
    network = build_learner({}).network
    for parts in (['decoder'], ['exchanges']):
        with pytest.raises(ConfigError, match='parts'):
            convolutions(network, parts)
    with pytest.raises(ConfigError, match='power'):
        OrthogonalRegularization(power=3)
