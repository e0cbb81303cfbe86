"""Smallest correct members of every registry; the broken ones in ``test_broken_twins.py`` differ in one thing each."""

from contextlib import contextmanager

import numpy as np
import torch
from mmengine.hooks import Hook
from PIL import Image
from torch import nn

from mtlbench.balancers import Balancer, GramianBalancer, JacobianBalancer
from mtlbench.datasets import MultiTaskDataset
from mtlbench.datasets.files import read_rgb
from mtlbench.datasets.transforms import GeometricTransform
from mtlbench.datasets.transforms.base import generator
from mtlbench.mixers import PairMixer
from mtlbench.models.decoders import Decoder
from mtlbench.models.discriminators import Discriminator
from mtlbench.models.encoders import Encoder
from mtlbench.models.exchanges import Exchange
from mtlbench.objectives import Objective
from mtlbench.robustness import Perturbation
from mtlbench.testing.parts import PlainNetwork, PlainTask


@contextmanager
def registered(registry, *members):
    """Add classes to a registry for a while."""
    names = [member.__name__ for member in members]
    registry.names()  # imports the package's own members
    assert not set(names) & set(registry.module_dict)
    registry.module_dict.update(dict(zip(names, members, strict=True)))
    try:
        yield
    finally:
        for name in names:
            del registry.module_dict[name]


class GoodExchange(Exchange):
    def __init__(self, tasks, channels, level):
        super().__init__(tasks, channels, level)
        self.share = nn.Parameter(torch.full((channels, 1, 1), 0.1))

    def forward(self, features):
        return {task: own + self.share * self.others(features, task) for task, own in features.items()}

    def others(self, features, task):
        return torch.stack([features[source] for source in self.sources(task)]).mean(0)


class GoodEncoder(Encoder):
    def __init__(self):
        super().__init__()
        self.channels, self.strides = (4, 6), (2, 4)
        self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 2, 1)

    def features(self, normalized):
        fine = self.first(normalized).tanh()
        return [fine, self.second(fine).tanh()]


class GoodDecoder(Decoder):
    def __init__(self, encoder_channels, encoder_strides):
        super().__init__(encoder_channels, encoder_strides)
        self.levels, self.channels = (1, 0), {1: 5, 0: 4}
        self.coarse, self.fine = nn.Conv2d(encoder_channels[-1], 5, 1), nn.Conv2d(5, 4, 3, padding=1)

    @property
    def reads(self):
        return {len(self.encoder_channels) - 1}

    def forward(self, level, features, state):
        return self.coarse(features[-1]) if level else self.fine(state).tanh()


class GoodCritic(Discriminator):
    smallest = 2

    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.layer = nn.Conv2d(in_channels, out_channels, 2)

    def judge(self, maps):
        return self.layer(maps)


class GoodNetwork(PlainNetwork):
    pass


class GoodBalancer(Balancer):
    """Divides each loss by its mean so far."""

    def __init__(self, tasks):
        super().__init__(tasks)
        self.register_buffer('seen', torch.zeros(len(tasks), 2))

    def forward(self, losses):
        terms = []
        for name, loss in losses.items():
            row = self.seen[self.tasks.index(name)]
            row += torch.stack([loss.detach(), torch.ones(())])
            terms.append(loss * (row[1] / row[0]).clone())
        return torch.stack(terms).sum()


class GoodGramian(GramianBalancer):
    """Weighs by one over the mean length of the gradient so far."""

    def __init__(self, tasks):
        super().__init__(tasks)
        self.register_buffer('seen', torch.zeros(len(tasks), 2, dtype=torch.float64))

    def weights(self, measured):
        rows = self.rows(measured.tasks)
        lengths = measured.gramian.diagonal().sqrt()
        self.seen[rows] += torch.stack([lengths, torch.ones_like(lengths)], 1)
        return self.seen[rows, 1] / self.seen[rows, 0]


class GoodJacobian(JacobianBalancer):
    """Adds gradients where they agree in sign."""

    def combine(self, maps, gradients):
        return gradients.sum(0) * (gradients.sign().sum(0).abs() > 1)


class GoodMixer(PairMixer):
    """Keeps the left half of each image, or the right one."""

    def kept(self, views, generator):
        width = views.images.shape[-1]
        left = torch.arange(width).expand(views.labels.shape) < width // 2
        return left if torch.rand((), generator=generator) < 0.5 else ~left


class GoodPerturbation(Perturbation):
    def perturb(self, case, strength):
        shape = case.images.shape[1:]
        return case.images + strength * case.draw(lambda draw: torch.randn(shape, generator=draw))


class GoodObjective(Objective):
    """Errors of the tasks, and a critic of the first task's predictions."""

    def __init__(self):
        super().__init__()
        self.critics = nn.Conv2d(1, 1, 1)

    def losses(self, step):
        batch, losses = step.batch('labeled'), {}
        for name, levels in step.predictions('labeled').items():
            where, labels = batch.labeled(name)
            if where:
                losses[name] = step.tasks[name].loss(levels[0][where], torch.stack(labels))
        return {**losses, 'pull': self.pull(step)}

    def pull(self, step):
        weight, bias = self.critics.weight.detach(), self.critics.bias.detach()
        return nn.functional.conv2d(step.predictions('unlabeled')['depth'][0], weight, bias).mean()

    def critic_losses(self, step):
        return {'critic': self.critics(step.predictions('unlabeled')['depth'][0].detach()).square().mean()}


class GoodHook(Hook):
    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        runner.message_hub.update_scalar('train/seen', batch_idx)


class GoodTask(PlainTask):
    name = 'twin'

    def __init__(self):
        super().__init__('twin')

    def encode(self, label):
        return label

    def critic_label(self, label):
        valid = self.valid(label)
        return label.float() * valid, valid


class GoodTransform(GeometricTransform):
    """Mirrors half of the samples top to bottom; unit vectors change the sign of their y component."""

    def decide(self, results):
        return results['image'].shape[0] if generator(results, self).random() < 0.5 else None

    def apply(self, field, kind, decision):
        return np.ascontiguousarray(field[::-1])

    def apply_intrinsics(self, intrinsics, decision):
        flipped = intrinsics.copy()
        flipped[1, 2] = decision - 1 - intrinsics[1, 2]
        return flipped


class GoodDataset(MultiTaskDataset):
    name = 'twin'
    label_fields = {'depth': 'depth'}
    class_sets = ()
    default_folders = {}
    homepage_hint = 'this test'
    frame_pattern = '*.png'

    def list_frames(self):
        return [path.name for path in sorted(self.root.glob(f'{self.split}_*.png'))]

    def read_image(self, frame):
        return read_rgb(self.root / frame)

    def read_depth(self, frame):
        return (1 + self.read_image(frame)[..., 0] / 10).astype(np.float32)

    def read_intrinsics(self, frame):
        return np.array([[20.0, 0, 12], [0, 20, 8], [0, 0, 1]])


def write_frames(root):
    draw = np.random.default_rng(0)
    for split in ('train', 'val'):
        for number in range(3):
            pixels = draw.integers(0, 256, (16, 24, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / f'{split}_{number}.png')
