"""The suffixes of configs' names mean the same everywhere, and old names are answered with the new ones."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.metadata import EntryPoint

import pytest

from mtlbench.cli.arguments import ToolParser
from mtlbench.config import find_config, list_configs, load_config
from mtlbench.config.renamed import CONFIGS, OPTIONS
from mtlbench.engine.start import start_hook
from mtlbench.errors import ConfigError
from mtlbench.leaderboard import suites
from mtlbench.leaderboard.suites import Row, Suite, all_suites

NAMES = list_configs()
PAIRS = ('kitti_raw', 'nyuv2_mtan', 'cityscapes_mtan')
"""Data sets whose names have two words."""
DATASETS = (
    *(pair.replace('_', '-') for pair in PAIRS),
    'cityscapes',
    'vkitti2',
    'synthia',
    'nyudv2',
    'scannet',
    'potsdam',
    'vaihingen',
    'synscapes',
    'extra',
)
ORDER = (
    *('source', 'target', 'uda', 'sde', 'whole', 'crops', 'features', '100', '372', '744', '2975', 'labels'),
    *('depthmix', 'affinemix', 'classmix', 'cutmix', 'cutout', 'or', 'coloraug', 'm1', 'm3'),
    *('l0', 'l0p01', 'l0p02', 'l0p05', *(f'l0p{tenth}' for tenth in range(1, 10)), 'l1'),
    *('at2', 'at21', 'at3', 'at321', 'at4', 'at4321', 'noexchange', 'xtam', 'ccam', 'concat', 'prod'),
    *('channel', 'both', 'noself', 'nocross', 'reflr'),
    *('w0p1', 'w0p3', 'w3', 'w10', 'w50'),
    *('uncertainty', 'dwa', 'rlw', 'gls', 'imtl-l', 'stch', 'famo', 'gradnorm', 'pcgrad', 'mgda', 'cagrad', 'imtl-g'),
    *('imtl', 'nash-mtl', 'aligned-mtl', 'upgrad', 'fairgrad', 'gradvac', 'graddrop'),
)
TWO_WORDS = ('imtl_l', 'imtl_g', 'nash_mtl', 'aligned_mtl')
"""Suffixes that have two words."""
LR = ('optim_wrapper', 'paramwise_cfg', 'balancer', 'lr')
BY_TABLE = {
    'uncertainty': {LR, ('balancer', 'init'), ('model', 'balancer', 'init')},
    'imtl-l': {LR},
    'imtl': {LR},
    'graddrop': {('model', 'gradients_on')},
}
"""Settings of a balancer that differ by the table that a row belongs to."""
DEFAULT = 'depthmix'
"""The only suffix that may be left out."""


def split(name):
    """The part of a name in front of its suffixes, and these."""
    joined = name
    for pair in PAIRS:
        joined = joined.replace(pair, pair.replace('_', '-'))
    for words in TWO_WORDS:
        if joined.endswith(words):
            joined = joined.removesuffix(words) + words.replace('_', '-')
    _, first, *rest = joined.split('_')[name.partition('/')[0].count('_') :]
    assert first in DATASETS
    pair = rest[:1] and rest[0] in DATASETS
    suffixes = rest[1:] if pair else rest
    return joined.removesuffix('_'.join(['', *suffixes])), tuple(suffixes)


@cache
def leaves(name):
    """The values of a config by their paths; a list is one value. An empty one says what leaving it out says."""
    found, open_ = {}, [((), load_config(name).to_dict())]
    while open_:
        path, value = open_.pop()
        if isinstance(value, dict) and value:
            open_ += [((*path, key), item) for key, item in value.items()]
        elif value not in ((), [], {}):
            found[path] = value
    return found


BY_PARTS = {(stem, frozenset(suffixes) - {DEFAULT}): name for name in NAMES for stem, suffixes in [split(name)]}


def effects():
    """For each suffix, the paths of what it sets in each config that there is with and without it."""
    found = defaultdict(dict)
    for (stem, suffixes), name in BY_PARTS.items():
        for suffix in suffixes:
            if other := BY_PARTS.get((stem, suffixes - {suffix})):
                before, after = leaves(other), leaves(name)
                found[suffix][name] = {path for path, value in after.items() if before.get(path, ...) != value}
    return found


@pytest.mark.parametrize('name', NAMES)
def test_suffixes_are_known_in_order_and_each_there_once(name):
    places = [ORDER.index(suffix) for suffix in split(name)[1]]
    assert places == sorted(set(places))


def test_no_two_names_say_the_same():
    assert len(BY_PARTS) == len(NAMES)


def test_a_suffix_sets_the_same_in_every_config():
    found = effects()
    assert {'or', 'coloraug', 'affinemix', 'noexchange'} <= {
        suffix for suffix, names in found.items() if len(names) > 1
    }
    for suffix, configs in found.items():
        first, *others = configs
        assert configs[first], f'_{suffix} changes nothing in {first}'
        for path in set().union(*configs.values()) - BY_TABLE.get(suffix, set()):
            for other in others:
                assert leaves(other).get(path) == leaves(first).get(path), f'_{suffix} of {other} and {first}: {path}'


@pytest.mark.parametrize('name', NAMES)
def test_a_suffix_is_named_where_its_part_is_there(name):
    cfg, suffixes = load_config(name), split(name)[1]
    parts = list(cfg.model.objectives.values())
    types = {part.type for part in parts}
    assert ('or' in suffixes) == ('OrthogonalRegularization' in types)
    assert ('features' in suffixes) == ('FeatureDistance' in types)
    assert ('coloraug' in suffixes) == any(part.get('colors') is not None for part in parts)


def test_old_names_are_those_of_no_config_and_lead_to_one():
    assert not set(CONFIGS) & set(NAMES)
    assert set(CONFIGS.values()) <= set(NAMES)
    assert not set(OPTIONS) & set(OPTIONS.values())


@pytest.mark.parametrize('old', CONFIGS)
@pytest.mark.parametrize('form', ['{}', 'configs/{}.py'])
def test_an_old_name_is_answered_with_the_new_one(old, form):
    with pytest.raises(ConfigError) as told:
        find_config(form.format(old))
    assert str(told.value) == f"config '{old}' was renamed to '{CONFIGS[old]}'"


def test_a_run_that_starts_from_an_old_name_is_answered_with_the_new_one():
    cfg = load_config('three_ways_semi/sd_scannet', options={'starts_from.config': 'sde/d_scannet'})
    with pytest.raises(ConfigError, match=r"^config 'sde/d_scannet' was renamed to 'sde/d_scannet_features'$"):
        start_hook(cfg, None, 'mini')


def test_a_suite_with_an_old_name_is_answered_with_the_new_one(monkeypatch):
    suite = Suite('toy', 'Toy', (Row('mine', ('xtam/sd_vkitti2_none',)),))
    monkeypatch.setattr(EntryPoint, 'load', lambda self: [suite])
    monkeypatch.setattr(suites, 'entry_points', lambda group: [EntryPoint('toy', 'toy:SUITES', group)])
    with pytest.raises(ConfigError, match=r"^suite 'toy': config 'xtam/sd_vkitti2_none' was renamed to"):
        all_suites()


def test_an_old_option_is_answered_with_the_new_one(capsys):
    parser = ToolParser(prog='tool.py')
    parser.add_argument('--images')
    with pytest.raises(SystemExit):
        parser.parse_args(['--pictures', '3'])
    assert 'did you mean --images?' in capsys.readouterr().err
