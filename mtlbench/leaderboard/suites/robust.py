"""Suites of the robustness paper (CVPR Workshops 2020).

``q_<perturbation>_<strength>`` is the mIoU under a perturbation divided by the clean mIoU. The strength is the root
mean square of the perturbation in gray values, with ``p`` as the decimal point: ``0p25``.
"""

from __future__ import annotations

from mtlbench.leaderboard.suites.base import Column, Row, Suite

SINGLE, MULTI, KITTI = 'robust/s_cityscapes', 'robust/sd_cityscapes_l{}', '@kitti_stereo_robust'
STRENGTHS = ('0p25', '0p5', '1', '2', '4', '8', '16')
SCALES = ('0', '0p01', '0p02', '0p05', *(f'0p{tenth}' for tenth in range(1, 10)), '1')
PERTURBATIONS = {
    'a': ('gaussian', 'Gaussian noise'),
    'b': ('salt_pepper', 'salt and pepper noise'),
    'c': ('fgsm', 'FGSM attacks'),
    'd': ('pgd', 'PGD attacks'),
}
CLEAN = (
    Column('semseg_cityscapes', 'semseg', curve='Cityscapes'),
    Column('semseg_kitti', f'semseg{KITTI}', curve='KITTI'),
)
PLACES = {'': 'Cityscapes', KITTI: 'KITTI'}
GRAY, SCALE = 'strength [gray values]', 'gradient scale λ'
PAIR = (Row('single-task', (SINGLE,)), Row('multi-task', (MULTI.format('0p1'),)))


def _multi(scale: str, published: str | None = None) -> Row:
    number = scale.replace('p', '.')
    return Row(f'multi-task, λ = {number}', (MULTI.format(scale),), published, at=float(number))


def _ratios(perturbation: str, *datasets: str) -> tuple[Column, ...]:
    """Return a column per strength, on the dataset of the run (``''``) or on another (``'@<name>'``)."""
    return tuple(
        Column(
            f'q_{strength}{where}',
            f'semseg/q_{perturbation}_{strength}{where}',
            at=float(strength.replace('p', '.')),
            curve=PLACES[where],
        )
        for where in datasets
        for strength in STRENGTHS
    )


def _table(number: int, perturbation: str, title: str) -> Suite:
    """Return Table 3 or 4: one perturbation, on Cityscapes."""
    suite_id = f'robust_t{number}_{perturbation}_s'
    return Suite(
        id=suite_id,
        title=f'robust, Table {number}: mIoU ratio Q under {title}',
        rows=tuple(Row(row.label, row.configs, f'Q ({row.label})') for row in PAIR),
        published=suite_id,
        columns=_ratios(perturbation, ''),
        reference='single-task',
        across=GRAY,
    )


def _figure(panel: str, perturbation: str, title: str) -> Suite:
    """Return a panel of Figure 5: one perturbation, on both datasets."""
    return Suite(
        id=f'robust_f5{panel}_{perturbation}_s',
        title=f'robust, Figure 5{panel}: mIoU ratio Q under {title}, Cityscapes and KITTI',
        rows=PAIR,
        columns=_ratios(perturbation, '', KITTI),
        reference='single-task',
        across=GRAY,
    )


def _scales(panel: str, name: str, where: str) -> Suite:
    """Return a panel of Figure 6: FGSM, several gradient scales."""
    return Suite(
        id=f'robust_f6{panel}_fgsm_s',
        title=f'robust, Figure 6{panel}: mIoU ratio Q under FGSM attacks, by gradient scale, {name}',
        rows=(PAIR[0], *map(_multi, ('0p1', '0p3', '0p6'))),
        columns=_ratios('fgsm', where),
        reference='single-task',
        across=GRAY,
    )


SUITES = [
    Suite(
        id='robust_t1_subsets',
        title='robust, Table 1: number of images in each subset',
        rows=(Row('KITTI', (), 'KITTI'), Row('Cityscapes', (), 'Cityscapes')),
        published='robust_t1_subsets',
    ),
    Suite(
        id='robust_t2_clean_s',
        title='robust, Table 2: clean images, by gradient scale',
        rows=(
            Row('single-task', (SINGLE,), 'Single-task semantic segmentation'),
            *(
                _multi(scale, f'Multi-task with depth (lambda={scale.replace("p", ".")})')
                for scale in ('0p1', '0p2', '0p5', '0p9')
            ),
        ),
        published='robust_t2_clean_s',
        columns=CLEAN,
        reference='single-task',
        across=SCALE,
    ),
    _table(3, 'gaussian', 'Gaussian noise'),
    _table(4, 'fgsm', 'FGSM attacks'),
    Suite(
        id='robust_f1_cityscapes_s',
        title='robust, Figure 1: predictions under an attack',
        rows=PAIR,
    ),
    Suite(
        id='robust_f4_clean_s',
        title='robust, Figure 4: clean images, by gradient scale',
        rows=(PAIR[0], *map(_multi, SCALES)),
        columns=CLEAN,
        reference='single-task',
        across=SCALE,
    ),
    *(_figure(panel, *perturbation) for panel, perturbation in PERTURBATIONS.items()),
    _scales('a', 'Cityscapes', ''),
    _scales('b', 'KITTI', KITTI),
]
