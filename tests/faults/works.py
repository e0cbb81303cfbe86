"""Everything that takes long enough to be killed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

import numpy as np
from isprs_files import write_tile
from kills import OUT, Work
from place import CONFIG, Place

from mtlbench.config import config_dir
from mtlbench.datasets.prepare.isprs import TREES

DATA = {'MTLBENCH_DATA': '.'}
TILE = (90, 117)
UNCERTAIN = """
_base_ = '{configs}/xtam/sd_vkitti2.py'
balancer = dict(_delete_=True, type='UncertaintyWeights')
"""
PHASES = (
    'starts_from=None',
    'default_hooks.colors_start.values=[(1,0.0),(3,1.0)]',
    'default_hooks.orthogonal_decay.values=[(1,1e-4),(4,1e-5)]',
)


def _ready(*names: str) -> Callable[[Place], None]:
    """Prepare data sets or runs."""
    return lambda place: [place.make_ready(name) for name in names] and None


def _training(
    config: str,
    *options: str,
    data: Sequence[str] = ('vkitti2',),
    args: Sequence[str] = (),
    processes: int = 1,
    prepare: Callable[[Place], None] | None = None,
    name: str = '',
    brief: bool = False,
) -> Work:
    command = ('train', config, '--profile', 'tiny.py', '--work-dir', OUT, '--resume', *args)
    command += ('--cfg-options', *options) if options else ()
    return Work(name or config, (command,) * processes, DATA, prepare or _ready(*data), brief=brief)


def _with_uncertainty(place: Place) -> None:
    place.make_ready('vkitti2')
    (place.root / 'own').mkdir()
    (place.root / 'own/sd_vkitti2.py').write_text(UNCERTAIN.format(configs=config_dir()))


def _with_a_source(place: Place) -> None:
    """The run of depth from video that training with few labels starts from."""
    place.make_ready('cityscapes')
    command = ('sde/d_cityscapes', '--profile', 'tiny.py', '--work-dir', 'source', '--cfg-options', 'starts_from=None')
    output = place.run('train', *command, env=DATA)
    assert output.status == 0, output.text


def _with_tiles(place: Place) -> None:
    generator = np.random.default_rng(1)
    for tile in ('area1', 'area2', 'area37'):
        write_tile(place.root / 'src', TREES['vaihingen'], tile, TILE, generator)


def _with_records(place: Place) -> None:
    shutil.copytree(place / 'finished', place.root / 'runs/tiny/paper' / CONFIG / 'seed42')
    shutil.rmtree(place.root / 'finished')


def _with_a_package(place: Place) -> None:
    _with_records(place)
    output = place.run('benchmark', 'export', 'all.zip', '--work-dir', 'runs')
    assert output.status == 0, output.text


RUN = ('--profile', 'tiny.py', '--data-root', 'vkitti2')
RGB = 'vkitti2/Scene01/15-deg-left/frames/rgb/Camera_0'
STRENGTHS = ('--perturbations', 'gaussian', 'fgsm', '--epsilons', '2', '8')
ONE, HTML = ('--jobs', '1'), ('--format', 'html')


def _said_to_be_rendered(place):
    """So the official numbers of tiles are not asked for."""
    (place / 'vaihingen/RENDERED.json').write_text('{"rendered": true}')


WORKS = [
    _training('stl/d_vkitti2'),
    _training('mtl/sd_vkitti2'),
    _training('padnet/sd_vkitti2'),
    _training('three_ways/sdn_vkitti2'),
    _training('xtam/sdn_vkitti2', brief=True),
    _training('sde/d_cityscapes_whole', data=('cityscapes',)),
    _training('ccam/sd_cityscapes_372_affinemix_or_coloraug', *PHASES, data=('cityscapes',), brief=True),
    _training(
        'three_ways_semi/sd_cityscapes_372_affinemix',
        'starts_from.config=sde/d_cityscapes',
        args=('--starts-from', 'source'),
        prepare=_with_a_source,
        name='three_ways_semi, from another run',
    ),
    _training('xtam/sd_cityscapes_vkitti2_uda', data=('vkitti2', 'cityscapes')),
    _training('semimtl/sd_cityscapes_synscapes', data=('cityscapes', 'synscapes')),
    _training(
        'semimtl/sd_cityscapes_synscapes',
        'model.routes.in_turn=True',
        data=('cityscapes', 'synscapes'),
        name='semimtl, in turn',
        brief=True,
    ),
    _training('robust/sd_cityscapes_l0p1_xtam', data=('cityscapes', 'kitti_raw')),
    _training('own/sd_vkitti2.py', prepare=_with_uncertainty, name='uncertainty weights'),
    _training(
        'mtl/sd_vkitti2',
        'optim_wrapper.accumulative_counts=4',
        'train_cfg.max_iters=12',
        name='accumulation',
        brief=True,
    ),
    _training('xtam/sd_vkitti2', args=('--amp',), name='mixed precision'),
    _training('mtl/sd_vkitti2', 'train_dataloader.labeled.num_workers=2', name='two workers', brief=True),
    _training('mtl/sd_vkitti2', args=('--launcher', 'pytorch'), processes=2, name='two processes', brief=True),
    Work(
        'benchmark run',
        (('benchmark', 'run', 'stl/d_vkitti2', CONFIG, '--seed', '1', *RUN, '--work-dir', OUT),),
        alone=True,
        brief=True,
    ),
    Work('trivial', (('trivial', CONFIG, *RUN, '--work-dir', OUT),)),
    Work('test', (('test', CONFIG, 'finished/iter_6.pth', *RUN, '--work-dir', OUT, '--out', f'{OUT}/metrics.json'),)),
    Work('test_robustness', (('test_robustness', CONFIG, 'finished', *RUN, *STRENGTHS, '--out', OUT),), brief=True),
    Work('predict', (('predict', 'finished/iter_6.pth', RGB, '--outputs', 'panels', 'maps', '--out', OUT),)),
    Work(
        'render_world', (('render_world', 'vkitti2', '--out', OUT, '--frames', '5', '--size', '64x32', '--jobs', '1'),)
    ),
    Work(
        'convert_isprs',
        (
            (
                'convert_isprs',
                'vaihingen',
                '--src',
                'src',
                '--out',
                OUT,
                '--size',
                '32',
                '--stride',
                '16',
                '--jobs',
                '1',
            ),
        ),
        prepare=_with_tiles,
        brief=True,
    ),
    Work(
        'check_dataset',
        (('check_dataset', 'vaihingen', '--root', 'vaihingen', *ONE),),
        prepare=_said_to_be_rendered,
        printed=True,
    ),
    Work(
        'report in html',
        (
            (
                'benchmark',
                'report',
                '--suite',
                'xtam_t1_vkitti2_sd',
                '--format',
                'html',
                '--out',
                OUT,
                '--work-dir',
                'runs',
            ),
        ),
        prepare=_with_records,
    ),
    Work(
        'export',
        (('benchmark', 'export', f'{OUT}/all.zip', '--work-dir', 'runs'),),
        prepare=_with_records,
        refuses='already exists',
    ),
    Work('import', (('benchmark', 'import', 'all.zip', '--work-dir', OUT),), prepare=_with_a_package, brief=True),
]
