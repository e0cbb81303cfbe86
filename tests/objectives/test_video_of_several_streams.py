"""Depth from the video of several streams, and from images whose colors an objective changed."""

import torch
from test_photometric_objective import Network, build, make_batch

from mtlbench.objectives import Step
from mtlbench.tasks import DisparityDepthTask

TASKS = {'depth': DisparityDepthTask()}


def losses(objective, batches):
    torch.manual_seed(0)
    return objective.losses(Step(Network(), TASKS, batches))['depth']


def test_the_losses_of_streams_are_added():
    first, second = make_batch(seed=1), make_batch(seed=2)
    alone = [losses(build(stream='video', automask=False), {'video': batch}) for batch in (first, second)]
    both = losses(build(stream=('one', 'other'), automask=False), {'one': first, 'other': second})
    torch.testing.assert_close(both, alone[0] + alone[1])


def test_only_the_network_sees_changed_colors():
    batch, changed = make_batch(), make_batch()
    changed.alter(torch.rand_like(changed.images))
    assert not torch.equal(changed.images, batch.images)
    objective = build(automask=False)
    torch.testing.assert_close(losses(objective, {'video': changed}), losses(objective, {'video': batch}))
