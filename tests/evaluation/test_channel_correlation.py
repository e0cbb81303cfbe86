"""The correlation between channels, against NumPy's."""

import numpy as np
import pytest
import torch

from mtlbench.metrics.correlation import channel_correlation


def test_equals_numpys_over_all_pairs():
    features = torch.randn(2, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    for one, found in zip(features, channel_correlation(features), strict=True):
        table = np.abs(np.corrcoef(one.flatten(1).double().numpy()))
        assert found.item() == pytest.approx(table[~np.eye(5, dtype=bool)].mean(), rel=1e-9)


def test_copies_opposites_and_orthogonal_channels():
    wave = torch.linspace(0, 2 * torch.pi, 101)[:-1]
    sine, cosine = wave.sin().view(10, 10), wave.cos().view(10, 10)
    copies = torch.stack([sine, 3 * sine + 1, -sine])
    different = torch.stack([sine, cosine, (2 * wave).sin().view(10, 10)])
    found = channel_correlation(torch.stack([copies, different])).tolist()
    assert found == pytest.approx([1, 0], abs=1e-6)


def test_constant_channels_do_not_count():
    features = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    with_constant = torch.cat([features, torch.full((1, 1, 4, 4), 7.0)], dim=1)
    torch.testing.assert_close(channel_correlation(with_constant), channel_correlation(features))
    assert channel_correlation(with_constant[:, 2:]).isnan().all()
