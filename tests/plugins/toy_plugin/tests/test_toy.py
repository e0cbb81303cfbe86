"""The plugin's classes fulfill the contracts, and equal references in plain NumPy."""

import mtlbench_toy.tasks  # noqa: F401  registers the classes, with those of the package
import numpy as np
import torch
from PIL import Image

from mtlbench.testing import (
    BalancerContract,
    DatasetContract,
    EncoderContract,
    ExchangeContract,
    HookContract,
    MixerContract,
    ObjectiveContract,
    PerturbationContract,
    TaskContract,
)


def exchange_reference(module, maps):
    share = module.share.detach().numpy()
    return {
        task: own + share * np.mean([other for name, other in maps.items() if name != task], axis=0)
        for task, own in maps.items()
    }


def noise_reference(images, seeds, strength):
    noisy = []
    for image, seed in zip(images, seeds, strict=True):
        uniform = torch.rand(image.shape, generator=torch.Generator().manual_seed(seed))
        noisy.append(image + strength * np.sqrt(12) * (uniform - 0.5))
    return torch.stack(noisy).clamp(0, 255)


def dataset_reference(root, frame):
    name = frame.split('/')[1].removesuffix('.png')
    return {
        'image': np.array(Image.open(root / 'images' / f'{name}.png')),
        'gt_depth': np.load(root / 'depth' / f'{name}.npy'),
    }


def saliency_reference(decoded, label):
    return {'mae': np.nanmean(np.abs(decoded - label))}


def albedo_reference(decoded, label):
    mean = np.nanmean((decoded - label) ** 2)
    return {'psnr_db': 10 * np.log10(1 / mean), 'rmse': np.sqrt(mean)}


class TestEncoder(EncoderContract):
    cases = [dict(type='ToyEncoder'), dict(type='ToyEncoder', width=4)]


class TestExchange(ExchangeContract):
    cases = [dict(type='ToyExchange')]
    references = {'ToyExchange': exchange_reference}


class TestBalancer(BalancerContract):
    cases = [dict(type='ToyBalancer')]
    references = {'ToyBalancer': lambda history: sum(history[-1][task] / history[0][task] for task in history[0])}


class TestMixer(MixerContract):
    cases = [dict(type='ToyMixer')]


class TestNoise(PerturbationContract):
    cases = [dict(type='ToyNoise')]
    references = {'ToyNoise': noise_reference}


class TestObjective(ObjectiveContract):
    cases = [dict(type='ToyObjective', weight=0.5)]
    references = {
        'ToyObjective': lambda objective, step: {
            'small_depth': 0.5 * step.predictions('labeled')['depth'][0].detach().square().mean()
        }
    }


class TestHook(HookContract):
    cases = [dict(type='ToyHook')]


class TestTasks(TaskContract):
    cases = [dict(type='SaliencyTask'), dict(type='AlbedoTask')]
    references = {'SaliencyTask': saliency_reference, 'AlbedoTask': albedo_reference}


class TestDataset(DatasetContract):
    cases = [
        dict(
            type='ToyDepthDataset',
            split='train',
            tasks=['depth'],
            pipeline=[dict(type='RandomFlip'), dict(type='PackSample')],
        )
    ]
    references = {'ToyDepthDataset': dataset_reference}

    def write(self, case, root):
        draw = np.random.default_rng(0)
        for folder in ('images', 'depth'):
            (root / folder).mkdir()
        for split in ('train', 'val'):
            names = [f'{split}{number}' for number in range(3)]
            (root / f'{split}.txt').write_text('\n'.join(names))
            for name in names:
                image = draw.integers(0, 256, (32, 64, 3)).astype(np.uint8)
                Image.fromarray(image).save(root / 'images' / f'{name}.png')
                np.save(root / 'depth' / f'{name}.npy', draw.uniform(2, 40, (32, 64)).astype(np.float32))
