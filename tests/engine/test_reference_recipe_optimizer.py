"""What the reference recipe leaves untrained."""

from __future__ import annotations

import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from mtlbench.config import load_config
from mtlbench.registry import MODELS


@pytest.mark.parametrize('profile', ['full', 'mini'])
def test_initial_predictions_of_padnet_stay_as_they_are(profile):
    init_default_scope('mtlbench')
    small = load_config('padnet/sd_vkitti2', 'mini')
    cfg = load_config('padnet/sd_vkitti2', profile, recipe='reference')
    learner = MODELS.build({**cfg.model.to_dict(), 'network': small.model.network.to_dict()})
    before = copy.deepcopy(learner.network.heads.state_dict())
    predictions = learner.network(torch.rand(2, 3, 64, 64))
    loss = sum(prediction.square().mean() for levels in predictions.values() for prediction in levels.values())
    build_optim_wrapper(learner, cfg.optim_wrapper).update_params(loss)
    kept = [name for name, value in learner.network.heads.state_dict().items() if torch.equal(value, before[name])]
    assert kept == [f'{task}.4.{name}' for task in ('semseg', 'depth') for name in ('weight', 'bias')]
