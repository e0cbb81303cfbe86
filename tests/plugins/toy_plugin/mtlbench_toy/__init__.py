"""Parts of many registries, all as small as possible; importing the package registers them."""

from mtlbench_toy.dataset import ToyDataset
from mtlbench_toy.modules import ToyEncoder, ToyExchange, ToyHook
from mtlbench_toy.signal import ToyBalancer, ToyMixer, ToyNoise, ToyObjective

__all__ = [
    'ToyBalancer',
    'ToyDataset',
    'ToyEncoder',
    'ToyExchange',
    'ToyHook',
    'ToyMixer',
    'ToyNoise',
    'ToyObjective',
]
