"""Every config at mini has an optimizer whose groups are parameters that it has."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from mtlbench.config import list_configs, load_config
from mtlbench.registry import MODELS

FOLDERS = {name.split('/')[0]: name for name in list_configs()}
"""One config of each method; the others have the same groups and are built among the slow tests."""


@pytest.mark.parametrize(
    'name',
    [name if name in FOLDERS.values() else pytest.param(name, marks=pytest.mark.slow) for name in list_configs()],
)
def test_groups_are_there(name):
    cfg = load_config(name, 'mini')
    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        learner = MODELS.build(cfg.model)
    assert build_optim_wrapper(learner, cfg.optim_wrapper)
