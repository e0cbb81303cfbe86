"""The contract of objectives."""

import torch
from adversarial_parts import NETWORK, TASKS

from mtlbench.registry import MODELS
from mtlbench.registry import TASKS as TASK_REGISTRY
from mtlbench.structures import Batch, MultiTaskSample
from mtlbench.testing import ObjectiveContract

SIZE = (32, 64)
POSE = dict(
    type='PoseNetwork',
    encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
    channels=8,
)
CRITIC = dict(type='PatchDiscriminator', channels=(4, 8, 8))


def make_batch(labeled, seed):
    """Noise with labels, neighbors and a camera."""
    draw = torch.Generator().manual_seed(seed)
    samples = []
    for _ in range(2):
        neighbors = torch.randint(256, (2, 3, *SIZE), generator=draw).byte()
        camera = torch.tensor([[40.0, 0, 32], [0, 40, 16], [0, 0, 1]])
        sample = MultiTaskSample(metainfo=dict(neighbor_offsets=(-1, 1), intrinsics=camera.numpy()))
        sample.set_data(dict(neighbors=neighbors))
        ids = torch.randint(4, (1, *SIZE), generator=draw)
        ids[torch.rand(1, *SIZE, generator=draw) < 0.2] = 255
        depth = 1 + 60 * torch.rand(1, *SIZE, generator=draw)
        for name in labeled:
            sample.set_label(name, dict(semseg=ids, depth=depth)[name])
        samples.append(sample)
    return Batch(torch.rand(2, 3, *SIZE, generator=draw), samples)


class TestObjectives(ObjectiveContract):
    cases = [
        dict(type='SupervisedObjective'),
        dict(type='SupervisedObjective', level_reduce='sum'),
        dict(type='FeatureDistance', stream='unlabeled'),
        dict(type='OrthogonalRegularization'),
        dict(type='DomainAlignment', target='unlabeled', critic=CRITIC),
        dict(type='OriginAlignment', streams=('labeled', 'unlabeled'), critic=CRITIC),
        dict(type='PseudoLabelObjective', mixer=dict(type='ClassMixer'), threshold=0.1),
    ]
    labels = ('semseg', 'depth')
    settings = dict(semseg=dict(critic_view='probability'), depth=dict(critic_divisor=128.0))

    def tasks(self, case):
        return {name: TASK_REGISTRY.build({**TASKS[name], **self.settings[name]}) for name in ('semseg', 'depth')}

    def network(self, case, tasks):
        return MODELS.build(dict(NETWORK, tasks=tasks))

    def batches(self, case, seed=0):
        return {'labeled': make_batch(self.labels, seed), 'unlabeled': make_batch((), seed + 1)}


class TestDepthWithoutLabels(TestObjectives):
    cases = [dict(type='PhotometricObjective', stream='unlabeled', pose=POSE)]
    labels = ('semseg',)
