"""Suites of the SemiMTL paper. Each scenario has two datasets; the first one is the dataset of the run."""

from __future__ import annotations

from mtlbench.leaderboard.suites.base import Column, Row, Suite

METRICS = {
    'pixel_accuracy': 'semseg/pixel_acc',
    'semseg': 'semseg',
    'abs_rel': '{}/abs_rel',
    'depth': '{}',
    'delta1': '{}/delta1',
    'delta2': '{}/delta2',
    'delta3': '{}/delta3',
}
METHODS = {
    'STL_Seg': 'stl/s_{}',
    'DA_Seg': 'da/s_{}',
    'STL_Depth': 'stl/d_{}',
    'DA_Depth': 'da/d_{}',
    'JTL': 'jtl/sd_{}',
    'SemiSD': 'semisd/sd_{}',
    'SemiMTL (M1)': 'semimtl/sd_{}_m1',
    'SemiMTL (M3)': 'semimtl/sd_{}_m3',
    'SemiMTL': 'semimtl/sd_{}',
}
CITY, AERIAL, DOMAIN = 'cityscapes_extra', 'potsdam_vaihingen', 'cityscapes_synscapes'


def _table(suite_id: str, title: str, scenario: str, where: str, methods: tuple[str, ...]) -> Suite:
    """Return a table, or its half measured on the dataset ``where``; empty for the dataset of the run."""
    at = f'@{where}' if where else ''
    distance = 'height' if scenario == AERIAL else 'depth'
    return Suite(
        id=suite_id,
        title=f'SemiMTL, {title}',
        rows=tuple(Row(label, (METHODS[label].format(scenario),), label) for label in methods),
        baselines={'semseg': f'stl/s_{scenario}', 'depth': f'stl/d_{scenario}'},
        published=suite_id,
        columns=tuple(Column(key, metric.format(distance) + at) for key, metric in METRICS.items()),
        reference='JTL',
        train_varies=True,
    )


def _images(number: int, scenario: str, title: str, methods: tuple[str, ...] = ('SemiMTL',)) -> Suite:
    """Return a figure of predictions."""
    rows = tuple(Row(label, (METHODS[label].format(scenario),)) for label in methods)
    suite_id = f'semimtl_f{number}_{scenario}_sd'
    return Suite(suite_id, f'SemiMTL, Figure {number}: predictions, {title}', rows, train_varies=True)


_T1 = ('STL_Seg', 'STL_Depth', 'JTL', 'SemiMTL')
_T2 = ('JTL', 'SemiSD', 'SemiMTL')
_T3 = ('STL_Seg', 'STL_Depth', 'JTL', 'SemiSD', 'SemiMTL (M1)', 'SemiMTL (M3)', 'SemiMTL')

SUITES = [
    _table('semimtl_t1_cityscapes_sd', 'Table 1: cross-city, on Cityscapes', CITY, '', _T1),
    _table(
        *('semimtl_t2_potsdam_sd', 'Table 2: cross-dataset, on Potsdam', AERIAL, ''),
        ('STL_Seg', 'STL_Depth', 'DA_Depth', *_T2),
    ),
    _table(
        *('semimtl_t2_vaihingen_sd', 'Table 2: cross-dataset, on Vaihingen', AERIAL, 'vaihingen'),
        ('STL_Seg', 'DA_Seg', 'STL_Depth', *_T2),
    ),
    _table('semimtl_t3_cityscapes_sd', 'Table 3: cross-domain, on Cityscapes', DOMAIN, '', _T3),
    _table('semimtl_t3_synscapes_sd', 'Table 3: cross-domain, on Synscapes', DOMAIN, 'synscapes', _T3),
    _images(4, AERIAL, 'Potsdam and Vaihingen'),
    _images(5, DOMAIN, 'Cityscapes and Synscapes'),
    _images(6, DOMAIN, 'Cityscapes and Synscapes, methods side by side', ('STL_Seg', 'STL_Depth', 'JTL', 'SemiMTL')),
]
