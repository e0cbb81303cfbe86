"""What is measured of orthogonal regularization."""

import pytest
from torch import nn

from mtlbench.analysis.orthogonal_cost import measure_orthogonal
from mtlbench.config import load_config
from mtlbench.errors import ConfigError
from mtlbench.registry import MODELS


def test_all_convolutions_of_the_parts_count():
    cfg = load_config('ccam/sd_cityscapes_372_affinemix_or', 'mini')
    network = MODELS.build(cfg.model).network
    parts = (network.encoder, network.decoders, network.heads['depth'])
    cost = measure_orthogonal(cfg, (64, 64), 2, rounds=1)
    assert cost.convolutions == sum(isinstance(one, nn.Conv2d) for part in parts for one in part.modules())
    assert 0 < cost.term_s < cost.step_s


def test_a_config_without_it_is_refused():
    with pytest.raises(ConfigError, match='no OrthogonalRegularization'):
        measure_orthogonal(load_config('mtl/sd_vkitti2', 'mini'), (64, 64), 2, rounds=1)
