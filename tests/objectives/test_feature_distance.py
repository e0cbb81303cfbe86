"""An encoder near the features that it starts from."""

import torch
from adversarial_parts import build_learner, gradients, make_batch

from mtlbench.objectives import Step


def make_step(learner):
    return Step(learner.network, learner.tasks, {'video': make_batch(())})


def build():
    objective = dict(type='FeatureDistance', stream='video', weight=0.5)
    return build_learner({'feature_distance': objective, 'supervised': []})


def test_it_is_the_norm_of_the_difference_of_the_last_maps():
    learner = build()
    with torch.no_grad():
        for one in learner.network.encoder.parameters():
            one.add_(0.01)
    learner.eval()
    step, objective = make_step(learner), learner.objectives['feature_distance']
    found = objective.losses(step)
    images = step.batch('video').images
    maps = learner.network.encoder(images)[-1], objective.pretrained(images)[-1]
    expected = 0.5 * (maps[0] - maps[1]).square().sum().sqrt()
    torch.testing.assert_close(found, {'feature_distance': expected})
    assert expected > 0


def test_the_encoder_runs_once_and_the_copy_stays_as_it_is():
    learner = build()
    objective, calls = learner.objectives['feature_distance'], []
    learner.network.encoder.register_forward_hook(lambda *_: calls.append(1))
    before = {name: value.clone() for name, value in objective.pretrained.state_dict().items()}
    learner.train()
    assert not objective.pretrained.training
    step = make_step(learner)
    prediction = step.predictions('video')['depth'][0]
    loss = objective.losses(step)['feature_distance'] + prediction.mean()
    loss.backward()
    assert len(calls) == 1
    assert gradients(learner.network.encoder)
    assert not gradients(objective.pretrained)
    assert all(torch.equal(before[name], value) for name, value in objective.pretrained.state_dict().items())


def test_predictions_are_those_without_it():
    learner = build().eval()
    step, other = make_step(learner), make_step(learner)
    step.features('video')
    one, two = step.predictions('video'), other.predictions('video')
    assert all(torch.equal(one[task][level], two[task][level]) for task in two for level in two[task])
