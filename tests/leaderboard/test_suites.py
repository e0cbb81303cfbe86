from __future__ import annotations

import dataclasses
from importlib.metadata import EntryPoint

import pytest

from mtlbench.config.files import has_config
from mtlbench.errors import ConfigError
from mtlbench.leaderboard import suites
from mtlbench.leaderboard.published.published_tables import published_tables
from mtlbench.leaderboard.statistics import COSTS
from mtlbench.leaderboard.suites import ExtraRow, Row, all_suites, find_suite
from mtlbench.leaderboard.tables.table import tables

SUITES = all_suites()
FIGURES = {
    *('xtam_f4', 'ccam_f4', 'semimtl_f4', 'semimtl_f5', 'semimtl_f6', 'robust_f1', 'robust_f4'),
    *(f'robust_f5{panel}' for panel in 'abcd'),
    *('robust_f6a', 'robust_f6b'),
}


def test_every_published_table_is_a_suite():
    assert {suite.published for suite in SUITES.values() if suite.published} == set(published_tables())


def test_every_figure_with_predictions_or_curves_is_a_suite():
    assert {'_'.join(name.split('_')[:2]) for name in SUITES if name.split('_')[1][0] == 'f'} == FIGURES


@pytest.mark.parametrize('suite', SUITES.values(), ids=SUITES)
def test_rows_and_columns_are_those_of_the_published_table(suite):
    assert not suite.reference or suite.reference in {row.label for row in suite.rows}
    assert len({row.label for row in suite.rows}) == len(suite.rows)
    if suite.published is None:
        return
    table = published_tables()[suite.published]
    assert {row.published for row in suite.rows} - {None} == set(table.rows)
    assert {column.key for column in suite.columns} <= {column.key for column in table.columns}
    deltas = [column for column in table.columns if column.delta_of]
    assert {task for column in deltas for task in column.delta_of} <= set(suite.baselines)


@pytest.mark.parametrize('suite', SUITES.values(), ids=SUITES)
def test_names_follow_the_rule(suite):
    """``<method>/<task set>_<dataset>[_...]``, and a metric is ``<task>[/<metric>][@<dataset>]`` or a cost."""
    for name in suite.trained:
        method, _, stem = name.partition('/')
        assert method.replace('_', '').isalnum()
        assert stem.split('_')[0] in {'s', 'd', 'n', 'e', 'sd', 'sdn', 'sdne'}
    for column in suite.columns:
        known = {'semseg', 'depth', 'height', 'normals', 'delta'}
        assert column.metric in COSTS or column.metric.split('/')[0].split('@')[0] in known


@pytest.mark.parametrize('suite', SUITES.values(), ids=SUITES)
def test_every_suite_makes_a_table_without_runs(suite):
    (grid,) = tables(suite, [])
    assert len(grid.rows) == len(suite.rows)
    assert {len(row) for row in grid.rows} == {len(grid.header)}
    states = {cell.raw['state'] for row in grid.rows for cell in row[1:] if cell.raw['kind'] == 'measured'}
    assert states <= {'missing', 'config missing', 'quoted'}


@pytest.mark.parametrize('name', [name for name in SUITES if not name.startswith('ccam_')])
def test_every_row_has_its_config(name):
    assert not SUITES[name].missing


def test_a_config_that_does_not_exist_is_a_missing_part():
    suite = SUITES['ccam_t1_cityscapes_s']
    assert set(suite.missing) == {name for name in suite.trained if not has_config(name)}
    assert set(suite.configs) == set(suite.trained) - set(suite.missing)
    missing = sorted(name for suite in SUITES.values() for name in suite.missing)
    for name in missing[:1]:
        grids = [tables(suite, [])[0] for suite in SUITES.values() if name in suite.missing]
        assert all(any(f'configs/{name}.py' in note for note in grid.notes) for grid in grids)


def test_quoted_rows_have_no_runs():
    (grid,) = tables(SUITES['ccam_t1_cityscapes_s'], [])
    row = next(row for row in grid.rows if row[0].text == 'DST-CBC')
    assert row[1].raw['state'] == 'quoted'
    assert 'quoted by the paper' in grid.notes[row[0].notes[0] - 1]


def test_another_config_for_each_column(make_record):
    labels = {'372': 0.70, '744': 0.72}
    found = [
        make_record(f'ccam/sd_cityscapes_{name}_affinemix_or', score, 5.0, data=_trained_on(name))
        for name, score in labels.items()
    ]
    (grid,) = tables(SUITES['ccam_t1_cityscapes_s'], [_named(record) for record in found])
    row = next(row for row in grid.rows if row[0].text == 'CCAM + AM + OR')
    assert [str(cell) for cell in row[1::2]][:2] == ['70.00 (1)', '72.00 (1)']
    assert row[5].raw['state'] in ('config missing', 'missing')
    assert 'splits varying (train)' in grid.lines[0]


def test_a_metric_that_is_not_of_record_and_its_unit(make_record):
    depth = {'depth/abs_rel@cityscapes_test_depth': 0.15, 'depth/delta1@cityscapes_test_depth': 0.82}
    metrics = {'semseg/miou': 0.7, 'depth/rmse_m': 7.0, **depth}
    record = _named(make_record('ccam/sd_cityscapes_372_affinemix_or', metrics=metrics))
    (grid,) = tables(SUITES['ccam_t2_cityscapes_sd'], [record])
    row = dict(zip(grid.header, next(r for r in grid.rows if r[0].text == 'CCAM + AM + OR'), strict=True))
    assert str(row['depth/abs_rel@cityscapes_test_depth ↓']) == '0.150 (1)'
    assert str(row['depth/delta1@cityscapes_test_depth ↑']) == '0.820 (1)'
    assert row['depth/sq_rel@cityscapes_test_depth [m] ↓'].raw['state'] == 'not measured'


def test_a_further_dataset_of_evaluation(make_record):
    metrics = {'semseg/miou': 0.64, 'semseg/miou@kitti_stereo_robust': 0.43}
    record = _named(make_record('robust/s_cityscapes', metrics=metrics))
    (grid,) = tables(SUITES['robust_t2_clean_s'], [record])
    row = dict(zip(grid.header, grid.rows[0], strict=True))
    assert str(row['semseg/miou [%] ↑']) == '64.00 (1)'
    assert str(row['semseg/miou@kitti_stereo_robust [%] ↑']) == '43.00 (1)'
    assert row['published mIoU KITTI [%]'].raw['mean'] == 43.0


def test_deltas_on_a_further_dataset(make_record):
    scores = {
        'semimtl/sd_potsdam_vaihingen': {'semseg/miou@vaihingen': 0.6, 'height/rmse_m@vaihingen': 1.5},
        'stl/s_potsdam_vaihingen': {'semseg/miou@vaihingen': 0.5},
        'stl/d_potsdam_vaihingen': {'height/rmse_m@vaihingen': 2.0},
    }
    own = {'s': ('semseg', 'miou', True, 0.9), 'd': ('height', 'rmse_m', False, 4.0)}
    found = []
    for name, more in scores.items():
        tasks = [own[letter] for letter in name.split('/')[1].split('_')[0]]
        changes = {
            'metrics': {**{f'{task}/{metric}': score for task, metric, _, score in tasks}, **more},
            'metrics_of_record': {task: metric for task, metric, _, _ in tasks},
            'higher_is_better': {f'{task}/{metric}': higher for task, metric, higher, _ in tasks},
        }
        found.append(_named(make_record(name, **changes)))
    (grid,) = tables(SUITES['semimtl_t2_vaihingen_sd'], found)
    row = dict(zip(grid.header, next(r for r in grid.rows if r[0].text == 'SemiMTL'), strict=True))
    # 50 * (0.1 / 0.5 + 0.5 / 2.0)
    assert row['Δ_SD [%] ↑'].raw['mean'] == pytest.approx(22.5)
    assert row['semseg/miou@vaihingen [%] ↑'].raw['mean'] == pytest.approx(60)


def test_four_tasks_and_the_delta_over_all_of_them(make_record):
    ours = {'s': 0.4084, 'd': 0.593, 'n': 33.38, 'e': 0.6112}
    single = {'s': 0.3870, 'd': 0.6465, 'n': 36.61, 'e': 0.5490}
    found = [make_record('xtam/sdne_nyudv2', *ours.values())]
    found += [make_record(f'stl/{task}_nyudv2', score) for task, score in single.items()]
    (grid,) = tables(SUITES['xtam_t2_nyudv2_sdne'], found)
    row = dict(zip(grid.header, next(r for r in grid.rows if r[0].text == 'xTAM'), strict=True))
    assert str(row['edges/f1 [%] ↑']) == '61.12 (1)'
    gains = [(1 if task in 'se' else -1) * (ours[task] - base) / base for task, base in single.items()]
    assert row['Δ_SDNE [%] ↑'].raw['mean'] == pytest.approx(100 * sum(gains) / 4)
    assert row['Δ_SDN [%] ↑'].raw['mean'] == pytest.approx(100 * sum(gains[:3]) / 3)
    # With the single-task figures that the paper's other deltas agree on, this is the printed one.
    assert row['Δ_SDNE [%] ↑'].raw['mean'] == pytest.approx(8.47, abs=0.03)


def test_the_size_of_a_part_is_what_the_network_without_it_lacks(make_record):
    found = [
        make_record('xtam/sd_vkitti2', parameters=10_770_000),
        make_record('xtam/sd_vkitti2_noexchange', parameters=10**7),
    ]
    (grid,) = tables(SUITES['xtam_t3_vkitti2_sd'], [_named(record) for record in found])
    (column,) = [name for name in grid.header if name.startswith('parameters')]
    row = dict(zip(grid.header, next(r for r in grid.rows if r[0].text == 'mTEB@1'), strict=True))
    assert column == 'parameters above xtam/sd_vkitti2_noexchange [M] ↓'
    assert str(row[column]) == '0.77 (1)'


@pytest.fixture
def plugin(monkeypatch):
    """Installs a package that offers these suites and rows."""

    def install(*offered):
        entry = EntryPoint('toy', 'toy.suites:SUITES', 'mtlbench.suites')
        monkeypatch.setattr(EntryPoint, 'load', lambda self: list(offered))
        monkeypatch.setattr(suites, 'entry_points', lambda group: [entry])

    return install


def test_a_package_adds_a_row_to_a_suite(plugin, make_record):
    plugin(ExtraRow('xtam_t1_vkitti2_sd', Row('mine', ('mine/sd_vkitti2',))))
    suite = find_suite('xtam_t1_vkitti2_sd')
    assert [row.label for row in suite.rows][-2:] == ['xTAM', 'mine']
    (grid,) = tables(suite, [make_record('mine/sd_vkitti2', 0.6, 5.0)])
    assert [str(cell) for cell in grid.rows[-1][:2]] == ['mine', '60.00 (1)']


def test_a_row_that_does_not_fit_is_told(plugin):
    plugin(ExtraRow('xtam_t1_vkiti2_sd', Row('mine', ('mine/sd_vkitti2',))))
    with pytest.raises(ConfigError, match=r'toy\.suites.*did you mean xtam_t1_vkitti2_sd'):
        all_suites()
    plugin(ExtraRow('xtam_t1_vkitti2_sd', Row('xTAM', ('mine/sd_vkitti2',))))
    with pytest.raises(ConfigError, match=r"row 'xTAM'.*rename it"):
        all_suites()


def _trained_on(split):
    print_ = {'dataset': 'cityscapes', 'rendered': False, 'samples': 8, 'split_digest': 'val'}
    return {'train': {**print_, 'split_digest': split}, 'val': print_}


def _named(record):
    """The same record with the dataset it was evaluated on, without what follows in the config's name."""
    return dataclasses.replace(record, dataset=record.dataset.split('_')[0])
