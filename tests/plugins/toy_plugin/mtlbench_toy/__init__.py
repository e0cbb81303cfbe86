"""Parts of many registries, all as small as possible; importing the package registers them."""

from mtlbench_toy.dataset import ToyDepthDataset
from mtlbench_toy.modules import ToyEncoder, ToyExchange, ToyHook
from mtlbench_toy.training import ToyBalancer, ToyMixer, ToyNoise, ToyObjective

__all__ = [
    'ToyBalancer',
    'ToyDepthDataset',
    'ToyEncoder',
    'ToyExchange',
    'ToyHook',
    'ToyMixer',
    'ToyNoise',
    'ToyObjective',
]
