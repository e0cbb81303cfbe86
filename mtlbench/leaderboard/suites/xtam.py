"""Suites of the xTAM paper (WACV 2023)."""

from __future__ import annotations

from mtlbench.leaderboard.suites.base import Column, Row, Suite

TASKS = {'s': 'semseg', 'd': 'depth', 'n': 'normals', 'e': 'edges'}
METHODS = {'MTL': 'mtl', 'PAD-Net': 'padnet', '3-ways_PAD-Net': 'three_ways', 'xTAM': 'xtam'}
OUTDOOR = {'synthia': 'Synthia', 'vkitti2': 'VKITTI2', 'cityscapes': 'Cityscapes'}
PLACES = {
    'mTEB@none': '_noexchange',
    'mTEB@4': '_at4',
    'mTEB@3': '_at3',
    'mTEB@2': '_at2',
    'mTEB@1': '',
    'mTEB x2': '_at21',
    'mTEB x3': '_at321',
    'mTEB x4': '_at4321',
}
CLASSES = (
    *('road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic_light', 'traffic_sign', 'vegetation', 'sky'),
    *('person', 'rider', 'car', 'bus', 'motorcycle', 'bicycle'),
)


def _single(task_set: str, dataset: str) -> dict[str, str]:
    return {TASKS[letter]: f'stl/{letter}_{dataset}' for letter in task_set}


def _main(table: str, dataset: str, title: str, task_set: str) -> Suite:
    """Return a block of Table 1 or 2: single-task networks, three baselines and xTAM."""
    stem, single = f'{task_set}_{dataset}', _single(task_set, dataset)
    published = {'xTAM': 'Ours'}
    return Suite(
        id=f'xtam_{table}_{dataset}_{task_set}',
        title=f'xTAM, Table {table[1:]}: {title}, {"-".join(task_set.upper())}',
        rows=(
            Row('trivial', (f'trivial/{stem}',)),
            Row('STL', tuple(single.values()), 'STL'),
            *(Row(label, (f'{name}/{stem}',), published.get(label, label)) for label, name in METHODS.items()),
        ),
        baselines=single,
        published=f'xtam_{table}_{dataset}_{task_set}',
        reference='STL',
    )


def _places(task_set: str) -> Suite:
    """Return one half of Table 3: placement of the exchange in the decoder."""
    stem = f'xtam/{task_set}_vkitti2'
    return Suite(
        id=f'xtam_t3_vkitti2_{task_set}',
        title=f'xTAM, Table 3: VKITTI2, placement of mTEB, {"-".join(task_set.upper())}',
        rows=tuple(Row(label, (stem + variant,), label) for label, variant in PLACES.items()),
        baselines=_single(task_set, 'vkitti2'),
        published=f'xtam_t3_vkitti2_{task_set}',
        columns=(Column('params_m', 'parameters', above=f'{stem}_noexchange'),),
        reference='mTEB@none',
    )


def _ablation(
    table: str, title: str, variants: dict[str, str], reference: str, further: dict[str, str] | None = None
) -> Suite:
    """Return Table 4a or 4b: options of the exchange, and additional rows that the paper does not print."""
    return Suite(
        id=f'xtam_{table}_vkitti2_sdn',
        title=f'xTAM, Table {table[1:]}: VKITTI2, {title}',
        rows=tuple(
            Row(label, (f'xtam/sdn_vkitti2{variant}',), label if label in variants else None)
            for label, variant in {**variants, **(further or {})}.items()
        ),
        baselines=_single('sdn', 'vkitti2'),
        published=f'xtam_{table}_vkitti2_sdn',
        reference=reference,
    )


def _adaptation(source: str, table: str, title: str) -> Suite:
    """Return one half of Table 6: labels of a rendered source, evaluated on Cityscapes."""
    stem = f'cityscapes_{source}'
    rows = {
        f'{group} {domain}' if domain != 'uda' else f'{group}-UDA': tuple(
            f'{name}/{tasks}_{stem}_{domain}' for tasks in task_sets
        )
        for group, name, task_sets, domains in (
            ('STL', 'stl', 'sd', ('target', 'source', 'uda')),
            ('MTL', 'mtl', ('sd',), ('target', 'source', 'uda')),
        )
        for domain in domains
    }
    return Suite(
        id=table,
        title=f'xTAM, Table 6: unsupervised domain adaptation, {title}',
        rows=(
            *(Row(label, configs, label) for label, configs in rows.items()),
            Row('xTAM', (f'xtam/sd_{stem}_uda',), 'Ours'),
        ),
        baselines={TASKS[letter]: f'stl/{letter}_{stem}_uda' for letter in 'sd'},
        published=table,
        reference='STL-UDA',
        train_varies=True,
    )


SUITES = [
    *(_main('t1', dataset, title, tasks) for dataset, title in OUTDOOR.items() for tasks in ('sd', 'sdn')),
    *(_main('t2', 'nyudv2', 'NYUDv2', tasks) for tasks in ('sd', 'sdn', 'sdne')),
    *(_places(tasks) for tasks in ('sd', 'sdn')),
    _ablation('t4a', 'fusion operation of mTEB', {'concat': '_concat', 'prod': '_prod', 'add': ''}, 'concat'),
    _ablation(
        't4b',
        'type of attention',
        {'spatial': '_concat', 'channel': '_channel', 'both': '_both'},
        'spatial',
        further={'spatial alone': '_noself', 'self alone': '_nocross'},
    ),
    Suite(
        id='xtam_t5_cityscapes_sde',
        title='xTAM, Table 5: Cityscapes, segmentation with self-supervised depth',
        rows=(
            Row('3-ways', (), '3-ways'),
            Row('3-ways_PAD-Net', ('three_ways/sd_cityscapes_sde',), '3-ways_PAD-Net'),
            Row('3-ways_mTEB', ('xtam/sd_cityscapes_sde',), '3-ways_mTEB'),
        ),
        published='xtam_t5_cityscapes_sde',
        columns=tuple(Column(f'iou_{name}', f'semseg/iou_{name}') for name in CLASSES),
        reference='3-ways_PAD-Net',
    ),
    _adaptation('synthia', 'xtam_t6_synthia2cityscapes_sd', 'Synthia to Cityscapes'),
    _adaptation('vkitti2', 'xtam_t6_vkitti22cityscapes_sd', 'VKITTI2 to Cityscapes'),
    Suite(
        id='xtam_f4_cityscapes_sdn',
        title='xTAM, Figure 4: predictions on Cityscapes, S-D-N',
        rows=tuple(Row(label, (f'{METHODS[label]}/sdn_cityscapes',)) for label in METHODS if label != 'MTL'),
    ),
]
