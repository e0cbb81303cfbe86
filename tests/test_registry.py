"""Names that a config may use, and what is said of those it may not."""

import pytest

from mtlbench.errors import ConfigError
from mtlbench.registry import ENCODERS, HOOKS, LOOPS, all_registries


def test_near_misses_are_named():
    with pytest.raises(ConfigError, match=r"'ResNetEncodr'.*'encoder'.*did you mean ResNetEncoder"):
        ENCODERS.build(dict(type='ResNetEncodr'))


def test_members_are_listed_when_nothing_is_near():
    with pytest.raises(ConfigError, match=r"'Qqqq'.*registered are: .*StreamTrainLoop"):
        LOOPS.get('Qqqq')


def test_members_of_the_parent_are_found_and_membership_does_not_raise():
    assert HOOKS.get('LoggerHook').__module__.startswith('mmengine')
    assert 'ResNetEncoder' in ENCODERS
    assert 'Qqqq' not in ENCODERS


def test_every_registry_has_a_name_of_its_own():
    assert len(all_registries()) >= 15
