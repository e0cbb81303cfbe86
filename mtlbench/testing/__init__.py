"""Contract tests for every registry, which classes of your own should pass, too.

Subclass the contract of the registry in a test file, list the configs to check in ``cases``, and run pytest.
"""

# ruff: noqa: E402  pytest must know the modules before they are imported
from pkgutil import iter_modules

from mtlbench.errors import MissingExtraError

try:
    import pytest
except ImportError as error:
    raise MissingExtraError('pytest', 'testing') from error

# So that failed checks show their values.
pytest.register_assert_rewrite(*(f'{__name__}.{module.name}' for module in iter_modules(__path__)))

from mtlbench.testing.balancers import BalancerContract
from mtlbench.testing.contract import Contract, failures
from mtlbench.testing.datasets import DatasetContract
from mtlbench.testing.decoders import DecoderContract
from mtlbench.testing.discriminators import DiscriminatorContract
from mtlbench.testing.encoders import EncoderContract
from mtlbench.testing.exchanges import ExchangeContract
from mtlbench.testing.hooks import HookContract
from mtlbench.testing.mixers import MixerContract
from mtlbench.testing.networks import NetworkContract
from mtlbench.testing.objectives import ObjectiveContract
from mtlbench.testing.perturbations import PerturbationContract
from mtlbench.testing.tasks import TaskContract
from mtlbench.testing.transforms import TransformContract

__all__ = [
    'BalancerContract',
    'Contract',
    'DatasetContract',
    'DecoderContract',
    'DiscriminatorContract',
    'EncoderContract',
    'ExchangeContract',
    'HookContract',
    'MixerContract',
    'NetworkContract',
    'ObjectiveContract',
    'PerturbationContract',
    'TaskContract',
    'TransformContract',
    'failures',
]
