"""Each value of a composed config is printed with the file and line that set it."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from mtlbench.cli import print_config
from mtlbench.config import config_dir, list_configs, load_config
from mtlbench.config.origins import Origin, leaves, load_with_origins
from mtlbench.config.shown import show, show_difference

BASES = config_dir() / '_base_'
WIDE = 10**6


@cache
def lines_of(path):
    return path.read_text().splitlines()


def written_at(origin):
    return lines_of(origin.path)[origin.line - 1]


def names_itself(place, origin):
    """Whether the line of an origin holds the innermost key of a place."""
    key = next(key for key in reversed(place) if isinstance(key, str))
    return key in written_at(origin)


FOLDERS = {name.split('/')[0]: name for name in list_configs()}
"""One config of each method; the others are composed in the same way and are checked among the slow tests."""


@pytest.mark.parametrize(
    'name',
    [name if name in FOLDERS.values() else pytest.param(name, marks=pytest.mark.slow) for name in list_configs()],
)
def test_every_value_of_every_config_has_a_line_with_its_key(name):
    cfg, origins = load_with_origins(name, recipe='reference')
    assert cfg.to_dict() == load_config(name, recipe='reference').to_dict()
    assert list(origins) == list(leaves(cfg._cfg_dict))
    for place, origin in origins.items():
        if place in (('profile',), ('recipe',)):
            assert origin == Origin(mark=f'--{place[0]}')
        elif place[-2:] == ('dataset', 'tasks') and origin.source == 'tasks':
            assert 'tasks' in origin.path.parts
        elif origin.source == 'further_dataloaders' and place[-1] == 'type' and len(place) == 2:
            assert origin.path.parent == BASES / 'datasets'
        else:
            assert names_itself(place, origin), (place, origin)


def at(path, text, **more):
    """The origin of the one line of a file with a text."""
    (line,) = [number for number, found in enumerate(lines_of(path), 1) if text in found]
    return Origin(path, line, **more)


def test_lines_of_a_config_that_were_looked_up_by_hand():
    _, origins = load_with_origins('three_ways_semi/sd_cityscapes_372_or_coloraug')
    ccam = config_dir() / 'ccam' / 'sd_cityscapes_372_affinemix_or_coloraug.py'
    own = config_dir() / 'three_ways_semi'
    mixer = ('objectives', 'pseudo_labels', 'mixer', 'type')
    assert origins[mixer] == at(own / 'sd_cityscapes_372_or_coloraug.py', 'DepthMixer')
    assert origins['objectives', 'pseudo_labels', 'frozen'] == at(
        own / 'sd_cityscapes_372_affinemix_or_coloraug.py', 'frozen'
    )
    assert origins['objectives', 'pseudo_labels', 'colors', 'prob'] == at(ccam, 'prob=0.0')
    assert origins['default_hooks', 'colors_start', 'values'] == at(ccam, '    values=')
    assert origins['model', 'network', 'encoder', 'depth'] == at(BASES / 'methods' / 'learner.py', 'depth=101')
    assert origins['val_dataloader', 'batch_size'] == at(BASES / 'loaders.py', '__loader = ')


def test_what_replaces_a_dict_of_a_base_is_its_origin():
    _, origins = load_with_origins('xtam/sd_cityscapes_sde')
    assert origins['model', 'network', 'head_levels', 'depth'] == Origin(
        config_dir() / 'xtam' / 'sd_cityscapes_sde.py', 9
    )


def test_a_part_that_is_set_to_none_and_one_that_is_left_out():
    cfg, origins = load_with_origins('three_ways_semi/sd_cityscapes_372_noexchange')
    path = config_dir() / 'three_ways_semi' / 'sd_cityscapes_372_noexchange.py'
    assert cfg.model.network.exchange is None
    assert origins['model', 'network', 'exchange'] == at(path, 'exchange=None')
    _, origins = load_with_origins('three_ways_semi/sd_cityscapes_372_labels')
    assert not [place for place in origins if place[:2] == ('train_dataloader', 'unlabeled')]


def test_what_composing_hands_out_has_the_line_it_is_taken_from():
    _, origins = load_with_origins('xtam/sdn_vkitti2')
    class_set = at(BASES / 'datasets' / 'vkitti2.py', 'task_settings', source='task_settings')
    for place in (('tasks',), ('model', 'tasks'), ('val_evaluator', 'tasks'), ('test_evaluator', 'tasks')):
        assert origins[(*place, 'semseg', 'class_set')] == class_set
    assert origins['model', 'balancer', 'weights', 'depth'] == at(
        BASES / 'tasks' / 'sdn.py', 'balancer', source='balancer'
    )
    resize = ('dataset', 'pipeline', 0, 'size')
    assert origins[('test_dataloader', *resize)] == Origin(
        BASES / 'datasets' / 'vkitti2.py', 5, source='val_dataloader'
    )


def test_rules_of_a_recipe_are_the_origin_of_what_they_set():
    _, origins = load_with_origins('xtam/sdn_vkitti2', recipe='reference')
    rules = BASES / 'recipes' / 'reference.py'
    assert origins['tasks', 'depth', 'decode'] == at(rules, "type='DepthTask')", mark='recipe reference')
    window = ('val_dataloader', 'dataset', 'pipeline', 1)
    assert origins[(*window, 'max_depth')] == at(rules, 'max_depth=80.99', mark='recipe reference')
    assert origins[(*window, 'source')] == at(rules, "source='inverse_depth'", mark='recipe reference')
    assert origins[(*window, 'type')].path == BASES / 'datasets' / 'vkitti2.py'
    _, origins = load_with_origins('padnet/sdn_vkitti2', recipe='reference')  # a rule for each of four tasks
    lr = ('optim_wrapper', 'paramwise_cfg', 'network.heads.normals.4', 'lr')
    assert origins[lr] == at(rules, 'network.heads.{task}.4', mark='recipe reference')


def test_options_and_the_root_of_the_data_are_marked(tmp_path):
    options = {'optim_wrapper.optimizer.lr': 0.5, 'randomness.seed': 42, 'test_dataloader.batch_size': 7}
    _, origins = load_with_origins('xtam/sdn_vkitti2', options=options, data_root=tmp_path)
    option = Origin(mark='--cfg-options')
    assert origins['optim_wrapper', 'optimizer', 'lr'] == option
    assert origins['randomness', 'seed'] == option  # of the same value as in the file
    assert origins['test_dataloader', 'batch_size'] == option
    assert origins['test_dataloader', 'num_workers'] == at(BASES / 'loaders.py', '__loader = ', source='val_dataloader')
    assert origins['optim_wrapper', 'optimizer', 'type'] == at(BASES / 'schedules' / 'adam_40k.py', 'optimizer=')
    assert origins['train_dataloader', 'labeled', 'dataset', 'data_root'] == Origin(mark='--data-root')


def test_a_profile_of_ones_own(tmp_path):
    """The rules of a list that is put together have the lines of their texts; a missing root is that of the config."""
    text = """width = 8
rules = [
    *[dict(where=dict(type=kind), set=dict(nearest='reference')) for kind in ('Resize', 'Pad') if kind != 'Pad'],
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(width, 8, 8, 8),
                                                  dropout=0.0)),
    dict(set=dict(train_cfg=dict(max_iters=3))),
]
"""
    path = tmp_path / 'own.py'
    path.write_text(text)
    _, origins = load_with_origins('xtam/sdn_vkitti2', str(path))
    assert origins['val_dataloader', 'dataset', 'pipeline', 0, 'nearest'] == Origin(path, 3, 'profile own')
    assert origins['model', 'network', 'decoder', 'channels'] == Origin(path, 4, 'profile own')
    assert origins['model', 'network', 'decoder', 'dropout'] == Origin(path, 5, 'profile own')
    assert origins['train_cfg', 'max_iters'] == Origin(path, 6, 'profile own')


def test_a_value_that_a_profile_scales_has_the_line_of_the_full_one_and_the_profile():
    _, origins = load_with_origins('xtam/sdn_vkitti2', 'mini')
    updates = at(BASES / 'schedules' / '40k.py', 'max_iters', scaled='profile mini')
    assert origins['train_cfg', 'max_iters'] == updates
    mini = BASES / 'profiles' / 'mini.py'
    assert origins['model', 'network', 'encoder', 'name'] == at(mini, 'encoder=dict(type=', mark='profile mini')


OWN = """_base_ = '{base}'
__part = dict(
    depth=18,
)
method = 'Own'
model = dict(network=dict(encoder=dict(**__part,
    output_stride=2 * 16)))
param_scheduler = [dict(type='LinearLR', begin=number) for number in range(2)] + [
    dict(type='ConstantLR')]
for _task in ('semseg',):
    load_from = _task
"""


def test_a_config_outside_the_project_with_bases_inside(tmp_path):
    path = tmp_path / 'own.py'
    path.write_text(OWN.format(base=config_dir() / 'xtam' / 'sdn_vkitti2.py'))
    cfg, origins = load_with_origins(path)
    assert cfg.load_from == 'semseg'
    encoder = ('model', 'network', 'encoder')
    assert origins[(*encoder, 'depth')] == Origin(path, 3)
    assert origins[(*encoder, 'output_stride')] == Origin(path, 7)
    assert origins[(*encoder, 'mean')] == at(BASES / 'methods' / 'learner.py', 'mean=')
    assert {origins['param_scheduler', number, 'type'] for number in range(3)} == {Origin(path, 8)}  # computed
    assert origins['load_from',] == Origin(path, 11)


@pytest.mark.parametrize('suffix', ['.yaml', '.json'])
def test_a_config_in_another_language(suffix, tmp_path):
    path, base = tmp_path / f'own{suffix}', str(config_dir() / 'xtam' / 'sdn_vkitti2.py')
    content = {
        '_base_': base,
        'model': {'network': {'encoder': {'depth': 18}, 'exchange_levels': [1]}},
        'method': 'Own',
    }
    yaml = f'_base_: {base}\nmodel:\n  network:\n    encoder:\n      depth: 18\n    exchange_levels: [1]\nmethod: Own\n'
    path.write_text(yaml if suffix == '.yaml' else json.dumps(content, indent=1))
    _, origins = load_with_origins(path)
    for place, text in {
        ('model', 'network', 'encoder', 'depth'): 'depth',
        ('model', 'network', 'exchange_levels'): 'exchange_levels',
        ('method',): 'Own',
    }.items():
        assert origins[place].path == path
        assert text in path.read_text().splitlines()[origins[place].line - 1]
    assert origins['model', 'network', 'encoder', 'std'] == at(BASES / 'methods' / 'learner.py', 'std=')


def test_text_has_a_line_for_each_value_with_its_origin():
    cfg, origins = load_with_origins('xtam/sd_vkitti2')
    lines = show(cfg, origins, WIDE)
    said = dict(line.split('  # ') for line in lines)
    said = {key.rstrip(): origin for key, origin in said.items()}
    pipeline = 'val_dataloader.dataset.pipeline.0'
    assert said[f"{pipeline} = dict(type='Resize', size=(320, 1024))"] == 'configs/_base_/datasets/vkitti2.py:5'
    assert said["model.tasks.depth.type = 'DepthTask'"] == 'configs/_base_/tasks/sd.py:1 [from tasks]'
    assert said["recipe = 'paper'"] == '[--recipe]'


@pytest.mark.parametrize('width', [60, 100, 140])
def test_nothing_is_lost_where_the_terminal_is_narrow(width):
    cfg, origins = load_with_origins('robust/sd_cityscapes_l0p1')
    wide = ' '.join(' '.join(show(cfg, origins, WIDE)).split())
    lines = show(cfg, origins, width)
    assert ' '.join(' '.join(lines).split()) == wide
    assert all(len(line) <= width for line in lines if '  # ' in line and not line.startswith(' '))


def test_what_differs_is_what_a_config_says_itself():
    one, other = (load_with_origins(f'xtam/sd_cityscapes{suffix}') for suffix in ('', '_reflr'))
    lines = [' '.join(line.split()) for line in show_difference(one, other, WIDE)]
    assert lines == [
        '- optim_wrapper.optimizer.lr = 0.0003 # configs/_base_/schedules/adam_40k.py:5',
        '+ optim_wrapper.optimizer.lr = 0.0001 # configs/xtam/sd_cityscapes_reflr.py:3',
        '- optim_wrapper.paramwise_cfg.network.encoder.lr = 0.0002 # configs/_base_/schedules/adam_40k.py:7',
        '+ optim_wrapper.paramwise_cfg.network.encoder.lr = 1e-05 # configs/xtam/sd_cityscapes_reflr.py:3',
    ]
    assert show_difference(one, one, WIDE) == []


@pytest.mark.parametrize(
    ('other', 'expected'),
    [
        ('mtl/sd_vkitti2', ('mtl/sd_vkitti2', 'mini', 'reference', {}, None)),
        ('full', ('xtam/sd_vkitti2', 'full', 'reference', {}, None)),
        ('paper', ('xtam/sd_vkitti2', 'mini', 'paper', {}, None)),
    ],
)
def test_a_config_is_compared_with_another_or_with_itself(other, expected):
    assert print_config.other_than(('xtam/sd_vkitti2', 'mini', 'reference', {}, None), other) == expected


def run(*arguments):
    tool = Path(__file__).parents[1] / 'tools' / 'print_config.py'
    return subprocess.run([sys.executable, str(tool), *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        (['xtam/sd_vkiti2'], "error: no config 'xtam/sd_vkiti2'"),
        (['xtam/sd_vkitti2', '--diff', 'smal'], "error: no config 'smal'"),
    ],
)
def test_wrong_input_is_answered_in_one_line(arguments, expected):
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(expected)
    assert done.stderr.count('\n') == 1


def test_the_tool_prints_values_and_differences():
    done = run('xtam/sd_vkitti2', '--diff', 'reference')
    assert done.returncode == 0
    assert "+ model.network.exchange.source_reduce = 's'" in done.stdout
