"""Suites of the CCAM paper (arXiv 2206.10562)."""

from __future__ import annotations

from mtlbench.leaderboard.suites.base import Column, Row, Suite

LABELS = (372, 744, 2975)
ERRORS = dict(abs_rel='abs_rel', sq_rel='sq_rel', depth='rmse_m', a1='delta1', a2='delta2', a3='delta3')
TEST = '@cityscapes_test_depth'
EIGHTH = 'sd_cityscapes_372'
BASE, CCAM = f'three_ways_semi/{EIGHTH}', f'ccam/{EIGHTH}'
OURS = f'{CCAM}_affinemix_or'
QUOTED = ('Adversarial', 's4GAN', 'DST-CBC', 'CutMix', 'ClassMix')
IMAGES = (Row('3-ways', (BASE,)), Row('CCAM + AM + OR', (OURS,)))


def _depth(where: str = '') -> tuple[Column, ...]:
    """Return the depth columns, on the dataset of the run or on another (``'@<name>'``)."""
    return tuple(Column(key, f'depth/{metric}{where}') for key, metric in ERRORS.items())


SUITES = [
    Suite(
        id='ccam_t1_cityscapes_s',
        title='CCAM, Table 1: Cityscapes, semi-supervised segmentation by number of labels',
        rows=(
            *(Row(name, (), name) for name in QUOTED),
            Row('3-ways', tuple(f'three_ways_semi/sd_cityscapes_{labels}' for labels in LABELS), '3-Ways'),
            Row('CCAM + AM + OR', tuple(f'ccam/sd_cityscapes_{labels}_affinemix_or' for labels in LABELS), 'Ours'),
        ),
        published='ccam_t1_cityscapes_s',
        columns=tuple(Column(f'miou_{labels}', 'semseg', suffix=str(labels)) for labels in LABELS),
        reference='3-ways',
        train_varies=True,
    ),
    Suite(
        id='ccam_t2_cityscapes_sd',
        title='CCAM, Table 2: Cityscapes, 1/8 of the labels, ablation',
        rows=(
            Row('3-ways, labels alone', (f'{BASE}_labels',)),
            Row('3-ways', (BASE,), '3-ways'),
            Row('3-ways without exchange', (f'{BASE}_noexchange',), '3-ways w/o attn'),
            Row('CCAM', (f'{CCAM}_depthmix',), 'Ours (CCAM)'),
            Row('CCAM + AM', (f'{CCAM}_affinemix',), 'Ours + AM'),
            Row('CCAM + AM + OR', (OURS,), 'Ours + AM + OR'),
            Row('CCAM + AM + OR + CA', (f'{OURS}_coloraug',), 'Ours + AM + OR + CA'),
        ),
        published='ccam_t2_cityscapes_sd',
        columns=_depth(TEST),
        reference='3-ways',
    ),
    Suite(
        id='ccam_t3_cityscapes_s',
        title='CCAM, Table 3: Cityscapes, 1/8 of the labels, mixing',
        rows=(
            *(Row(name, (f'{BASE}_{name.lower()}',), name) for name in ('CutOut', 'CutMix', 'ClassMix')),
            Row('DepthMix', (BASE,), 'DepthMix'),
            Row('AffineMix', (f'{BASE}_affinemix',), 'AffineMix'),
        ),
        published='ccam_t3_cityscapes_s',
        reference='DepthMix',
    ),
    Suite(
        id='ccam_t4_scannet_sd',
        title='CCAM, Table 4: ScanNet',
        rows=(
            Row('3-ways', ('three_ways_semi/sd_scannet',), '3-ways'),
            Row('CCAM', ('ccam/sd_scannet_depthmix',), 'Ours (CCAM)'),
        ),
        published='ccam_t4_scannet_sd',
        columns=_depth(),
        reference='3-ways',
    ),
    Suite('ccam_f4_cityscapes_sd', 'CCAM, Figure 4: predictions on Cityscapes', IMAGES),
    Suite(
        id='ccam_independence_cityscapes_sd',
        title="CCAM, section 4.2: correlation of the decoders' features, with and without regularization",
        rows=(Row('CCAM + AM', (f'{CCAM}_affinemix',)), Row('CCAM + AM + OR', (OURS,))),
        columns=tuple(Column(task, f'{task}/feature_correlation') for task in ('semseg', 'depth')),
        reference='CCAM + AM',
    ),
]
