"""Whatever of a config is changed, set to None or taken out, another run is told."""

import copy

import pytest

from mtlbench.engine.launch import RunRequest, configure
from mtlbench.records.identity import PER_START_HOOKS, PER_START_KEYS, differences


def places(value, path=()):
    """The path of every dict, list and plain value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, (list, tuple)) else value


def changes(value):
    """Other values in its place."""
    yield 'deleted'
    if value is not None:
        yield None
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield value + 1
    elif isinstance(value, str):
        yield f'{value}x'
    elif value is None:
        yield 0


def harmless(path, config):
    hook = config['default_hooks'].get(path[1], {}) if path[0] == 'default_hooks' and len(path) > 1 else {}
    return bool(PER_START_KEYS & set(path)) or hook.get('type') in PER_START_HOOKS


@pytest.mark.parametrize('name', ['ccam/sd_cityscapes_372_affinemix_or_coloraug'])
def test_every_key(name):
    config = plain(configure(RunRequest(name)).to_dict())
    unseen = []
    for path in [path for path in places(config) if not harmless(path, config)]:
        *above, last = path
        for value in changes(_at(config, path)):
            # Shallow but for the way down to the change.
            other = copy.copy(config)
            node = other
            for key in above:
                node[key] = copy.copy(node[key])
                node = node[key]
            if value == 'deleted':
                del node[last]
            else:
                node[last] = value
            if not differences(config, other):
                unseen.append((path, value))
    assert unseen == []


def _at(config, path):
    for key in path:
        config = config[key]
    return config


def test_the_name_of_a_hook_does_not_hide_its_type():
    old = dict(default_hooks=dict(draw=dict(type='DrawPredictionsHook', most=3)))
    for hooks in (dict(draw=None), {}, dict(draw=dict(type='DrawPredictionsHook', most=0))):
        assert differences(old, dict(default_hooks=hooks)) == []
    (found, *_) = differences(old, dict(default_hooks=dict(draw=dict(type='EMAHook'))))
    assert found.key == 'default_hooks.draw.type'


def test_none_is_not_the_default():
    decoder = dict(type='SkipDecoder')
    (found,) = differences(dict(decoder=dict(decoder, aspp_channels=None)), dict(decoder=decoder))
    assert str(found) == 'decoder.aspp_channels was None, now not set'
