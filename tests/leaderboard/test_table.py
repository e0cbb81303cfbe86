from __future__ import annotations

import csv
import io
import math
import statistics

import pytest

from mtlbench.leaderboard.statistics import POINTS, summary, unit_of
from mtlbench.leaderboard.suites import Row, Suite, find_suite
from mtlbench.leaderboard.suites.base import Column
from mtlbench.leaderboard.tables.formats import FORMATS, as_text
from mtlbench.leaderboard.tables.grid import DASH
from mtlbench.leaderboard.tables.table import tables

SUITE = find_suite('xtam_t1_vkitti2_sd')
MIOU, RMSE = (0.90, 0.94, 0.92), (3.0, 3.3, 3.6)


@pytest.fixture
def records(make_record):
    """Three seeds of xTAM, two of each single-task network, one trivial row."""
    found = [
        make_record('xtam/sd_vkitti2', miou, rmse, seed=seed)
        for seed, miou, rmse in zip((1, 2, 3), MIOU, RMSE, strict=True)
    ]
    found += [make_record('stl/s_vkitti2', 0.80 + 0.02 * seed, seed=seed) for seed in (1, 2)]
    found += [make_record('stl/d_vkitti2', 5.0 + 0.2 * seed, seed=seed) for seed in (1, 2)]
    found.append(make_record('trivial/sd_vkitti2', 0.1, 10.0, seed=0, iterations=0, parameters=0))
    return found


def texts(grid):
    return [[str(cell) for cell in row] for row in grid.rows]


def row_of(grid, label):
    return dict(zip(grid.header, next(row for row in texts(grid) if row[0].startswith(label)), strict=True))


def column(row, start):
    return next(value for key, value in row.items() if key.startswith(start))


def test_mean_std_and_delta_by_hand(records):
    (grid,) = tables(SUITE, records)
    row = row_of(grid, 'xTAM')
    # Means 0.92 and 3.3; sample stds 0.02 and 0.3.
    assert row['semseg/miou [%] ↑'] == '92.00 ± 2.00 (3)'
    assert row['depth/rmse_m [m] ↓'] == '3.300 ± 0.300 (3)'
    # Baselines: 0.83 and 5.3, the means of two seeds.
    gains = [50 * ((miou - 0.83) / 0.83 - (rmse - 5.3) / 5.3) for miou, rmse in zip(MIOU, RMSE, strict=True)]
    # The spread of the two single-task networks: their sample stds, times the slopes of the delta, 50 m / b**2.
    slopes = (50 * 0.92 / 0.83**2, 50 * 3.3 / 5.3**2)
    singles = (statistics.stdev((0.82, 0.84)), statistics.stdev((5.2, 5.4)))
    spread = math.hypot(statistics.stdev(gains), *(slope * std for slope, std in zip(slopes, singles, strict=True)))
    expected = f'+{statistics.mean(gains):.2f} ± {spread:.2f} (3)'
    assert column(row, 'Δ').startswith(expected)
    assert row['published mIoU [%]'] == '97.00 ± 0.10'
    assert row['published Δ_SD [%]'] == '+27.47 ± 0.16'


def test_single_task_and_trivial_rows(records):
    (grid,) = tables(SUITE, records)
    stl, trivial = row_of(grid, 'STL'), row_of(grid, 'trivial')
    assert stl['semseg/miou [%] ↑'] == '83.00 ± 1.41 (2)'
    assert stl['depth/rmse_m [m] ↓'] == '5.300 ± 0.141 (2)'
    assert column(stl, 'Δ') == DASH
    assert trivial['semseg/miou [%] ↑'] == '10.00 (1)'
    assert column(trivial, 'Δ') == f'{50 * ((0.1 - 0.83) / 0.83 - (10 - 5.3) / 5.3):.2f} (1)'
    assert trivial['published mIoU [%]'] == DASH
    assert column(row_of(grid, 'PAD-Net'), 'semseg') == DASH


def test_fewer_single_task_runs_are_told(records):
    (grid,) = tables(SUITE, records)
    assert column(row_of(grid, 'xTAM'), 'Δ').endswith('(3) [1]')
    assert 'stl/s_vkitti2 of seed 3; stl/d_vkitti2 of seed 3' in grid.notes[0]


def test_without_single_task_runs_there_is_no_delta(records):
    (grid,) = tables(SUITE, [record for record in records if record.name != 'stl/d_vkitti2'])
    assert column(row_of(grid, 'xTAM'), 'Δ') == f'{DASH} [2]'
    assert 'stl/d_vkitti2 of seed 1, 2, 3' in grid.notes[1]
    line = 'mtlbench benchmark run stl/s_vkitti2 stl/d_vkitti2 --seed 1 2 3 --profile full --recipe paper'
    assert line in grid.notes[1]


@pytest.mark.parametrize(
    'changes',
    [
        {'profile': 'mini'},
        {'recipe': 'reference'},
        {'rendered': True},
        {'resolution': [128, 416]},
        {'iterations': 400},
        {'config': {'model': {'network': {'encoder': {'type': 'E', 'weights': 'W'}}}}},
        {
            'data': {
                name: {'dataset': 'vkitti2', 'rendered': False, 'samples': 8, 'split_digest': digest}
                for name, digest in (('train', 'aa'), ('val', 'bb'))
            }
        },
    ],
)
def test_other_settings_stand_in_another_table_and_are_no_baseline(make_record, changes):
    singles = [make_record('stl/s_vkitti2', 0.5), make_record('stl/d_vkitti2', 6.0)]
    found = [*singles, make_record('xtam/sd_vkitti2', 0.6, 5.0), make_record('xtam/sd_vkitti2', 0.9, 1.0, **changes)]
    grids = tables(SUITE, found)
    assert len(grids) == 2
    cells = {column(row_of(grid, 'xTAM'), 'semseg'): column(row_of(grid, 'xTAM'), 'Δ') for grid in grids}
    assert cells['60.00 (1)'] == '+18.33 (1)'
    assert cells['90.00 (1)'].startswith(f'{DASH} [')


def test_the_heading_says_rendered_and_mini(make_record):
    (grid,) = tables(SUITE, [make_record('xtam/sd_vkitti2', rendered=True, profile='mini')])
    text = '\n'.join(grid.lines)
    assert 'RENDERED' in text
    assert 'MINI' in text
    assert 'not comparable' in text
    (grid,) = tables(SUITE, [make_record('xtam/sd_vkitti2')])
    assert 'real images' in grid.lines[0]
    assert 'not comparable' not in '\n'.join(grid.lines)


def starting_from(weights, name='lite0'):
    """A config whose encoder starts from weights."""
    return {'model': {'network': {'encoder': {'type': 'TimmEncoder', 'name': name, 'weights': weights}}}}


def test_the_heading_says_what_the_features_start_from(make_record):
    (grid,) = tables(SUITE, [make_record('xtam/sd_vkitti2', config=starting_from('a-package'))])
    assert 'pretrained features' in grid.lines[0]
    assert 'features start from: lite0 (a-package)' in grid.lines
    (grid,) = tables(SUITE, [make_record('xtam/sd_vkitti2', config=starting_from(None))])
    assert 'random weights' in grid.lines[0]
    assert not any('start from' in line for line in grid.lines)


def test_runs_of_one_config_from_other_weights_are_lines_that_say_so(make_record):
    old, new = (
        make_record('xtam/sd_vkitti2', 0.5, 5.0, config=starting_from(weights), created=f'{year}-01-01T00:00:00+00:00')
        for weights, year in (('in1k', 2025), ('a-package', 2026))
    )
    (grid,) = tables(SUITE, [old, new])
    labels = [row[0] for row in texts(grid) if row[0].startswith('xTAM')]
    assert [label.partition(', ')[2] for label in labels] == ['from lite0 (a-package))', 'from lite0 (in1k))']


def test_the_trivial_row_stands_in_tables_of_pretrained_and_random_features(make_record):
    trivial = make_record('trivial/sd_vkitti2', 0.1, 9.0, iterations=0, config=starting_from(None))
    runs = [make_record('xtam/sd_vkitti2', config=starting_from(weights)) for weights in ('a-package', None)]
    grids = tables(SUITE, [trivial, *runs])
    assert [column(row_of(grid, 'trivial'), 'semseg') for grid in grids] == ['10.00 (1)', '10.00 (1)']


def test_means_over_validations_have_a_table_of_their_own(make_record):
    """The trivial row has no validations to average and stands in both."""
    trivial = make_record('trivial/sd_vkitti2', 0.1, 9.0, iterations=0)
    mean = make_record('xtam/sd_vkitti2', 0.6, 5.0, averaged_over=list(range(31_000, 41_000, 1000)))
    grids = tables(SUITE, [trivial, mean, make_record('xtam/sd_vkitti2', 0.5, 5.0)])
    assert ['mean of the last 10 validations' in ' '.join(grid.lines) for grid in grids] == [False, True]
    assert [column(row_of(grid, 'trivial'), 'semseg') for grid in grids] == ['10.00 (1)', '10.00 (1)']


def test_a_changed_config_is_a_line_of_its_own(make_record):
    old = make_record('xtam/sd_vkitti2', 0.1, 9.0, config={'lr': 1}, created='2025-01-01T00:00:00+00:00')
    (grid,) = tables(SUITE, [old, make_record('xtam/sd_vkitti2', 0.9, 1.0)])
    lines = [row for row in texts(grid) if row[0].startswith('xTAM')]
    assert [row[1] for row in lines] == ['90.00 (1)', '10.00 (1)']
    assert lines[1][0] == f'xTAM (config {old.config_digest[:8]})'


def test_of_one_seed_only_the_newest_run_counts(make_record):
    newer = make_record('xtam/sd_vkitti2', 0.9, 1.0, created='2026-01-02T04:04:05+01:00')
    newest = make_record('xtam/sd_vkitti2', 0.8, 1.0)
    (grid,) = tables(SUITE, [newest, newer])
    assert column(row_of(grid, 'xTAM'), 'semseg') == '80.00 (1)'


def test_runs_of_different_code_are_marked(make_record):
    found = [make_record('xtam/sd_vkitti2', seed=seed, git_commit=commit) for seed, commit in ((1, 'a'), (2, 'b'))]
    (grid,) = tables(SUITE, found)
    assert [row[0] for row in texts(grid) if row[0].startswith('xTAM')] == ['xTAM [1]']
    assert grid.notes[0] == 'runs of different code: a, b'


def test_a_score_without_value_stays_nan(make_record):
    found = [make_record('xtam/sd_vkitti2', score, 1.0, seed=seed) for seed, score in ((1, 0.5), (2, math.nan))]
    singles = [make_record(f'stl/{letter}_vkitti2', 0.5, seed=seed) for letter in 'sd' for seed in (1, 2)]
    (grid,) = tables(SUITE, found + singles)
    assert column(row_of(grid, 'xTAM'), 'semseg') == 'nan (2)'
    assert column(row_of(grid, 'xTAM'), 'Δ') == 'nan (2)'


def test_seeds_that_lack_a_metric_do_not_count_in_its_column(make_record):
    """As when what is measured of a finished run was measured of some seeds only."""
    suite = Suite('mine', 'Mine', (Row('mine', ('mine/s_x',)),), columns=(Column('alike', 'semseg/alike'),))
    scores = [{'semseg/miou': 0.5}, *({'semseg/miou': 0.5, 'semseg/alike': alike} for alike in (0.1, 0.3))]
    directions = {'semseg/miou': True, 'semseg/alike': False}
    found = [
        make_record('mine/s_x', seed=seed, metrics=metrics, higher_is_better={key: directions[key] for key in metrics})
        for seed, metrics in enumerate(scores)
    ]
    (grid,) = tables(suite, found)
    assert column(row_of(grid, 'mine'), 'semseg/alike') == '20.00 ± 14.14 (2)'


def test_no_delta_against_a_score_of_zero(make_record):
    found = [make_record('xtam/sd_vkitti2'), make_record('stl/s_vkitti2', 0.0), make_record('stl/d_vkitti2', 6.0)]
    (grid,) = tables(SUITE, found)
    assert column(row_of(grid, 'xTAM'), 'Δ') == f'{DASH} [1]'
    assert 'zero' in grid.notes[0]


def test_a_suite_without_runs_shows_the_published_figures():
    (grid,) = tables(SUITE, [])
    assert grid.lines[0] == 'no finished runs'
    assert row_of(grid, 'MTL')['published RMSE [m]'] == '5.720 ± 0.029'
    assert row_of(grid, 'MTL')['semseg'] == DASH


def test_illegible_published_cells_are_marked():
    (grid,) = tables(find_suite('xtam_t1_vkitti2_sdn'), [])
    cell = row_of(grid, 'MTL')['published mIoU [%]']
    assert cell.startswith('? [')
    assert 'not legible' in grid.notes[int(cell[3:-1]) - 1]


def test_partial_deltas_of_a_larger_task_set(make_record):
    found = [make_record('xtam/sdn_vkitti2', 0.9, 3.0, 15.0)]
    found += [make_record(f'stl/{letter}_vkitti2', base) for letter, base in (('s', 0.8), ('d', 6.0), ('n', 20.0))]
    (grid,) = tables(find_suite('xtam_t1_vkitti2_sdn'), found)
    row = row_of(grid, 'xTAM')
    assert row['Δ_SD [%] ↑'] == '+31.25 (1)'
    assert row['Δ_SDN [%] ↑'] == '+29.17 (1)'


def test_a_suite_of_ones_own_needs_no_published_table(make_record):
    rows = (Row('mine', ('/my/configs/mine/sd_x.py',)), Row('STL', ('stl/s_x', 'stl/d_x')))
    suite = Suite('mine', 'Mine', rows, {'semseg': 'stl/s_x', 'depth': 'stl/d_x'})
    found = [make_record('mine/sd_x', 0.6, 5.0), make_record('stl/s_x', 0.5), make_record('stl/d_x', 6.0)]
    (grid,) = tables(suite, found)
    assert grid.header == ['method', 'semseg/miou [%] ↑', 'depth/rmse_m [m] ↓', 'Δ_SD [%] ↑']
    assert texts(grid)[0] == ['mine', '60.00 (1)', '5.000 (1)', '+18.33 (1)']


@pytest.mark.parametrize('name', FORMATS)
def test_formats_hold_the_same_figures(records, name):
    text = FORMATS[name](tables(SUITE, records))
    for figure in ('92.00 ± 2.00 (3)', '97.00 ± 0.10', 'stl/s_vkitti2 of seed 3', 'real images', 'undecided'):
        figure = figure.replace('±', r'$\pm$') if name == 'latex' and '±' in figure else figure
        assert (figure in text) or (name == 'json' and '±' in figure)


def test_csv_parses(records):
    grids = tables(SUITE, records)
    rows = list(csv.reader(io.StringIO(FORMATS['csv'](grids))))
    assert rows[0][1:] == grids[0].header
    assert as_text(grids).count('xTAM') >= 2


def test_units():
    names = ('semseg/miou', 'depth/rmse_m@kitti_stereo', 'normals/mean_deg', 'depth/abs_rel', 'parameters')
    assert [unit_of(name).symbol for name in names] == ['%', 'm', 'deg', '', 'M']
    assert summary(None, POINTS) == DASH


def test_runs_that_were_changed_on_the_way_have_a_line_of_their_own(records, make_record):
    """A run that got the same settings in its middle is no run of these settings."""
    change = {'update': 30000, 'key': 'optim_wrapper.optimizer.lr', 'old': 3e-4, 'new': 1e-4}
    records.append(make_record('xtam/sd_vkitti2', 0.99, 1.0, seed=4, changes=[change]))
    (grid,) = tables(SUITE, records)
    labels = [row[0] for row in texts(grid)]
    assert 'xTAM (optim_wrapper.optimizer.lr changed at update 30000)' in labels
    assert row_of(grid, 'xTAM (not changed')['semseg/miou [%] ↑'] == '92.00 ± 2.00 (3)'


def test_other_code_between_two_starts_makes_no_other_line(make_record):
    change = {'update': 9, 'key': 'environment.torch', 'old': '2.11', 'new': '2.12'}
    seeds = [make_record('xtam/sd_vkitti2', 0.9, 3.0, seed=seed, changes=[change] * (seed - 1)) for seed in (1, 2)]
    (grid,) = tables(SUITE, seeds)
    assert row_of(grid, 'xTAM')['semseg/miou [%] ↑'].endswith('(2)')


def test_runs_with_other_first_weights_have_a_line_of_their_own(make_record):
    source = {'name': 'a/d_x', 'seed': 1, 'iterations': 5}
    started = [
        make_record('xtam/sd_vkitti2', seed=seed, started_from={**source, 'config_digest': digest})
        for seed, digest in ((1, 'aaaa'), (2, 'bbbb'))
    ]
    (grid,) = tables(SUITE, started)
    assert {'xTAM (started from config aaaa)', 'xTAM (started from config bbbb)'} <= {row[0] for row in texts(grid)}
