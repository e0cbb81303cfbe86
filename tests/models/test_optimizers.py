"""Every config at mini has an optimizer whose groups are parameters that it has."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from mtlbench.config import list_configs, load_config
from mtlbench.registry import MODELS


@pytest.mark.parametrize('name', list_configs())
def test_groups_are_there(name):
    cfg = load_config(name, 'mini')
    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        learner = MODELS.build(cfg.model)
    assert build_optim_wrapper(learner, cfg.optim_wrapper)
