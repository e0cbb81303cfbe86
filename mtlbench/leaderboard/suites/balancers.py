"""Suites of balancers: the tables that papers on balancing tasks share, LibMTL's results, and tables of our own.

Rows without a published name are not in the papers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.leaderboard.suites.base import DELTA, Column, Row, Suite

TASKS = {'s': 'semseg', 'd': 'depth', 'n': 'normals'}
SEGMENTATION = (Column('miou', 'semseg/miou'), Column('pix_acc', 'semseg/pixel_acc'))
DEPTH = (Column('abs_err', 'depth/abs_err_m'), Column('rel_err', 'depth/rel_err'))
INVERSE_DEPTH = (Column('abs_err', 'depth/abs_err_inverse'), Column('rel_err', 'depth/rel_err'))
NORMALS = tuple(
    Column(key, f'normals/{key}') for key in ('mean_deg', 'median_deg', 'within_11.25', 'within_22.5', 'within_30')
)
COLUMNS = {'sdn_nyuv2_mtan': (*SEGMENTATION, *DEPTH, *NORMALS), 'sd_cityscapes_mtan': (*SEGMENTATION, *INVERSE_DEPTH)}

SHARED = {
    'RLW': 'rlw',
    'DWA': 'dwa',
    'UW': 'uncertainty',
    'MGDA': 'mgda',
    'GradDrop': 'graddrop',
    'PCGrad': 'pcgrad',
    'CAGrad': 'cagrad',
    'IMTL': 'imtl_g',  # gradients alone in the code behind these tables
    'Nash-MTL': 'nash_mtl',
    'MoCo': '',
    'FAMO': 'famo',
    'FairGrad': 'fairgrad',
    'IMGrad': '',
    'COST': '',
    'SAMO-FairGrad': '',
}
LIBMTL = {
    'EW': '',
    'GradNorm': 'gradnorm',
    'UW': 'uncertainty',
    'MGDA': 'mgda',
    'DWA': 'dwa',
    'GLS': 'gls',
    'PCGrad': 'pcgrad',
    'GradDrop': 'graddrop',
    'IMTL': 'imtl',
    'GradVac': 'gradvac',
    'CAGrad': 'cagrad',
    'Nash-MTL': 'nash_mtl',
    'RLW': 'rlw',
}
ALL = {
    'UW': 'uncertainty',
    'DWA': 'dwa',
    'RLW': 'rlw',
    'GLS': 'gls',
    'IMTL-L': 'imtl_l',
    'STCH': 'stch',
    'FAMO': 'famo',
    'GradNorm': 'gradnorm',
    'PCGrad': 'pcgrad',
    'MGDA': 'mgda',
    'CAGrad': 'cagrad',
    'IMTL-G': 'imtl_g',
    'IMTL-L and G': 'imtl',
    'Nash-MTL': 'nash_mtl',
    'Aligned-MTL': 'aligned_mtl',
    'UPGrad': 'upgrad',
    'FairGrad': 'fairgrad',
    'GradVac': 'gradvac',
    'GradDrop': 'graddrop',
}
ARCHITECTURES = {
    'Cross-stitch': 'cross_stitch',
    'MMoE': 'mmoe',
    'MTAN': 'mtan',
    'CGC': 'cgc',
    'PLE': 'ple',
    'LTB': 'ltb',
    'DSelect-k': 'dselect_k',
}
NO_MAPS = ('graddrop',)
"""Balancers that need shared maps, which SegNet with MTAN's attention does not have."""


def _singles(folder: str, stem: str) -> dict[str, str]:
    tasks, _, dataset = stem.partition('_')
    return {TASKS[letter]: f'{folder}/{letter}_{dataset}' for letter in tasks}


def _rows(stem: str, suffixes: Mapping[str, str], printed: bool) -> list[Row]:
    """Return a row per balancer; those without a suffix are printed by papers but not run here."""
    return [
        Row(label, (f'{stem}_{suffix}',) if suffix else (), label if printed else None)
        for label, suffix in suffixes.items()
    ]


def _further(stem: str, suffixes: Mapping[str, str]) -> list[Row]:
    """Return the rows of the balancers that are not among those printed."""
    rest = {label: name for label, name in ALL.items() if name not in suffixes.values()}
    return _rows(stem, rest, printed=False)


def _shared(suite_id: str, title: str, stem: str, printed: Mapping[str, str]) -> Suite:
    """Return one of the shared tables: SegNet with MTAN's attention, against single-task SegNets."""
    singles = _singles('segnet', stem)
    run = {label: '' if suffix in NO_MAPS else suffix for label, suffix in printed.items()}
    config = f'segnet_mtan/{stem}'
    return Suite(
        id=suite_id,
        title=f'Balancers, shared table: {title}, SegNet with MTAN',
        rows=(
            Row('Independent', tuple(singles.values()), 'Independent'),
            Row('LS', (config,), 'LS'),
            *_rows(config, run, printed=True),
        ),
        baselines=singles,
        published=suite_id,
        columns=COLUMNS[stem],
        reference='LS',
    )


def _hard(suite_id: str, title: str, stem: str) -> Suite:
    """Return a shared table with another network, which the papers do not print: hard sharing of SegNet."""
    singles = _singles('segnet', stem)
    config = f'segnet/{stem}'
    return Suite(
        id=suite_id,
        title=f'Balancers: {title}, SegNet with hard sharing',
        rows=(
            Row('Independent', tuple(singles.values())),
            Row('LS', (config,)),
            *_rows(config, ALL, printed=False),
        ),
        baselines=singles,
        columns=(*COLUMNS[stem], Column('delta_m', DELTA)),
        reference='LS',
        delta='flat',
    )


def _libmtl(suite_id: str, title: str, config: str, rows: Sequence[Row]) -> Suite:
    """Return a table of LibMTL's results; gains are relative to equal weights, as no single-task rows are printed."""
    return Suite(
        id=suite_id,
        title=f'Balancers, LibMTL: NYUv2, {title}',
        rows=tuple(rows),
        baselines=dict.fromkeys(TASKS.values(), config),
        published=suite_id,
        columns=COLUMNS['sdn_nyuv2_mtan'],
        reference='EW',
    )


def _libmtl_rows(config: str, printed: Mapping[str, str]) -> list[Row]:
    return [Row('EW', (config,), 'EW'), *_rows(config, {k: v for k, v in printed.items() if k != 'EW'}, printed=True)]


def _quoted(labels: Sequence[str]) -> list[Row]:
    return [Row(label, (), label) for label in labels]


HPS, MTAN, XTAM = 'hps/sdn_nyuv2_mtan', 'segnet_mtan/sdn_nyuv2_mtan', 'xtam/sd_vkitti2'
LIBMTL_ID = 'balancers_libmtl_nyuv2_sdn'
LIBMTL_SEGNET = {
    **{k: '' if v in NO_MAPS else v for k, v in LIBMTL.items() if k != 'GLS'},
    'MoCo': '',
    'Aligned-MTL': 'aligned_mtl',
}
NYUV2 = {label: suffix for label, suffix in SHARED.items() if label != 'SAMO-FairGrad'}
SINGLES = _singles('stl', 'sd_vkitti2')
WEIGHTS = {0.1: '_w0p1', 0.3: '_w0p3', 1: '', 3: '_w3', 10: '_w10', 50: '_w50'}

SUITES = [
    _shared('balancers_nyuv2_sdn', 'NYUv2, S-D-N', 'sdn_nyuv2_mtan', NYUV2),
    _shared('balancers_cityscapes_sd', 'Cityscapes, S-D', 'sd_cityscapes_mtan', SHARED),
    _hard('balancers_nyuv2_sdn_segnet', 'NYUv2, S-D-N', 'sdn_nyuv2_mtan'),
    _hard('balancers_cityscapes_sd_segnet', 'Cityscapes, S-D', 'sd_cityscapes_mtan'),
    _libmtl(
        LIBMTL_ID,
        'ResNet-50 with hard sharing',
        HPS,
        [
            *_libmtl_rows(HPS, LIBMTL),
            *_further(HPS, LIBMTL),
            Row('Independent', tuple(_singles('hps', 'sdn_nyuv2_mtan').values())),
        ],
    ),
    *(
        _libmtl(f'{LIBMTL_ID}_{slug}', f'ResNet-50, {name}', HPS, _quoted(list(LIBMTL)))
        for name, slug in ARCHITECTURES.items()
    ),
    _libmtl(f'{LIBMTL_ID}_segnet_mtan', "SegNet with MTAN, LibMTL's runs", MTAN, _libmtl_rows(MTAN, LIBMTL_SEGNET)),
    _libmtl(
        f'{LIBMTL_ID}_segnet_mtan_quoted',
        'SegNet with MTAN, as quoted by LibMTL',
        MTAN,
        _quoted(list(LIBMTL_SEGNET)),
    ),
    Suite(
        id='balancers_xtam_sd',
        title='Balancers: xTAM on VKITTI2, S-D',
        rows=(
            Row('STL', tuple(SINGLES.values())),
            Row('weights of xTAM', (XTAM,)),
            Row('equal weights', (f'{XTAM}_w50',)),
            *_rows(XTAM, ALL, printed=False),
        ),
        baselines=SINGLES,
        reference='weights of xTAM',
    ),
    Suite(
        id='balancers_tuned_sd',
        title='Balancers: tuned fixed weights, xTAM on VKITTI2, S-D',
        rows=(
            Row('STL', tuple(SINGLES.values())),
            *(Row(f'depth {at:g}', (f'{XTAM}{suffix}',), at=at) for at, suffix in WEIGHTS.items()),
        ),
        baselines=SINGLES,
        columns=(Column('semseg', 'semseg'), Column('depth', 'depth'), Column('delta_sd', DELTA)),
        reference='depth 1',
        across='weight of the depth (segmentation: 50)',
    ),
]
