"""The suites of the xTAM paper (WACV 2023)."""

from __future__ import annotations

from mtlbench.leaderboard.suites.base import Row, Suite

TASKS = {'s': 'semseg', 'd': 'depth', 'n': 'normals', 'e': 'edges'}


def _table1(dataset: str, title: str, task_set: str) -> Suite:
    """One block of Table 1: single-task networks, three baselines and xTAM."""
    stem = f'{task_set}_{dataset}'
    single = {TASKS[letter]: f'stl/{letter}_{dataset}' for letter in task_set}
    return Suite(
        id=f'xtam_t1_{dataset}_{task_set}',
        title=f'xTAM, Table 1: {title}, {"-".join(task_set.upper())}',
        rows=(
            Row('trivial', (f'trivial/{stem}',)),
            Row('STL', tuple(single.values()), 'STL'),
            Row('MTL', (f'mtl/{stem}',), 'MTL'),
            Row('PAD-Net', (f'padnet/{stem}',), 'PAD-Net'),
            Row('3-ways_PAD-Net', (f'three_ways/{stem}',), '3-ways_PAD-Net'),
            Row('xTAM', (f'xtam/{stem}',), 'Ours'),
        ),
        baselines=single,
        published=f'xtam_t1_{dataset}_{task_set}',
    )


SUITES = [
    _table1(dataset, title, task_set)
    for dataset, title in (('vkitti2', 'VKITTI2'), ('cityscapes', 'Cityscapes'))
    for task_set in ('sd', 'sdn')
]
