"""Names that a config may use, and what is said of those it may not."""

import pytest

from mtlbench.balancers import Balancer
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS, ENCODERS, HOOKS, LOOPS, TASKS, all_registries
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.tasks import Task


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


def test_a_class_without_a_required_method_is_rejected():
    """On registration: the class could not be built later, and mmengine's error looks like a bug."""
    told = 'Unfinished cannot be registered: it lacks forward, required by its base class Balancer$'
    with pytest.raises(ConfigError, match=told):
        BALANCERS.register_module(module=type('Unfinished', (Balancer,), {}))
    assert 'Unfinished' not in BALANCERS
    fields = {'name': 'unfinished', 'letter': 'u', 'kind': FieldKind.CONTINUOUS, 'decode': lambda *_: None}
    with pytest.raises(ConfigError, match=r'Unfinished .*: it lacks loss, out_channels, scores, statistics, required'):
        TASKS.register_module(module=type('Unfinished', (Task,), fields))
    assert 'unfinished' not in FIELD_KINDS
