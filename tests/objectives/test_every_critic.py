"""Every critic with every adversarial objective."""

import pytest
import torch
from adversarial_parts import CHANNELS, SIZE, build_learner, gradients, make_batch

from mtlbench.registry import DISCRIMINATORS

OBJECTIVES = {
    'DomainAlignment': dict(target='target'),
    'OriginAlignment': dict(streams=('labeled', 'target')),
}
SETTINGS = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))


@pytest.mark.parametrize('objective', OBJECTIVES)
@pytest.mark.parametrize('critic', DISCRIMINATORS.names())
@pytest.mark.parametrize('pixels', [{}, dict(reduction='sum', fill='prediction'), dict(mask=False)], ids=str)
def test_goes_together(objective, critic, pixels):
    if pixels and objective != 'OriginAlignment':
        pytest.skip('options of the other objective')
    node = dict(type=objective, critic=dict(type=critic, channels=CHANNELS[:3]), **OBJECTIVES[objective], **pixels)
    learner = build_learner({'alignment': node}, settings=SETTINGS)
    losses = learner({'labeled': make_batch(), 'target': make_batch((), seed=1)}, mode='loss')
    (losses['loss'] + losses['critics']).backward()
    assert all(value.isfinite() and value > 0 for value in losses.values())
    critics = learner.objectives['alignment'].critics
    assert len(gradients(critics)) == len(list(critics.parameters()))


def test_verdicts_stay_at_their_place_when_the_maps_are_mirrored():
    torch.manual_seed(0)
    critic = DISCRIMINATORS.build(dict(type='PatchDiscriminator', in_channels=2, out_channels=1, channels=(4,)))
    maps = torch.zeros(1, 2, *SIZE)
    maps[..., : SIZE[1] // 4] = 5.0
    critic.flip_prob = 0.0
    plain = critic.train()(maps)
    critic.flip_prob = 1.0
    mirrored = critic(maps)
    # What a patch sees is mirrored; where the pattern begins is not.
    background = plain[..., -1:]
    for logits in (plain, mirrored):
        changed = (logits - background).abs().amax((0, 1, 2)) > 0.05
        assert changed[: len(changed) // 8].all() and not changed[len(changed) // 2 : -1].any()
