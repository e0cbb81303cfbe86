"""Suites of balancers: their rows, the definitions of delta, and its spread over several metrics of one run."""

from __future__ import annotations

import math
import statistics
from functools import partial

import numpy as np
import pytest

from mtlbench.config import load_config
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites import Suite, all_suites
from mtlbench.leaderboard.suites.balancers import ALL, COLUMNS
from mtlbench.leaderboard.tables.columns import columns_of
from mtlbench.leaderboard.tables.formats import as_json
from mtlbench.leaderboard.tables.lines import lines_of
from mtlbench.leaderboard.tables.measures import Measures
from mtlbench.leaderboard.tables.table import tables

SUITES = {name: suite for name, suite in all_suites().items() if name.startswith('balancers_')}
SHARED, HARD, LIBMTL = 'balancers_cityscapes_sd', 'balancers_cityscapes_sd_segnet', 'balancers_libmtl_nyuv2_sdn'
TYPES = {
    **{'_uncertainty': 'UncertaintyWeights', '_dwa': 'DWA', '_rlw': 'RLW', '_gls': 'GLS', '_imtl_l': 'IMTLL'},
    **{'_stch': 'STCH', '_famo': 'FAMO', '_gradnorm': 'GradNorm', '_pcgrad': 'PCGrad', '_mgda': 'MGDA'},
    **{'_cagrad': 'CAGrad', '_imtl_g': 'IMTLG', '_imtl': 'IMTL', '_nash_mtl': 'NashMTL', '_upgrad': 'UPGrad'},
    **{'_aligned_mtl': 'AlignedMTL', '_fairgrad': 'FairGrad', '_gradvac': 'GradVac', '_graddrop': 'GradDrop'},
}
METRICS = {column.key: column.metric for column in COLUMNS['sd_cityscapes_mtan']}
KEYS = {'s': ('miou', 'pix_acc'), 'd': ('abs_err', 'rel_err')}
SIGNS = {'miou': 1, 'pix_acc': 1, 'abs_err': -1, 'rel_err': -1}


def configs_of(name):
    return {config for row in SUITES[name].rows for config in row.configs}


def test_every_balancer_is_a_row_of_every_table_of_our_own():
    stems = {
        'balancers_xtam_sd': 'xtam/sd_vkitti2',
        'balancers_nyuv2_sdn_segnet': 'segnet/sdn_nyuv2_mtan',
        'balancers_cityscapes_sd_segnet': 'segnet/sd_cityscapes_mtan',
        'balancers_libmtl_nyuv2_sdn': 'hps/sdn_nyuv2_mtan',
    }
    for name, stem in stems.items():
        assert {stem, *(f'{stem}_{suffix}' for suffix in ALL.values())} <= configs_of(name)
    assert {f'_{suffix}' for suffix in ALL.values()} == set(TYPES)
    assert len(ALL) == 19


@pytest.mark.parametrize('suffix', TYPES)
def test_a_row_differs_from_equal_weights_in_its_balancer(suffix):
    stem = 'segnet/sd_cityscapes_mtan'
    before, after = (load_config(name).to_dict() for name in (stem, stem + suffix))
    assert before['balancer'] == {'type': 'FixedWeights', 'weights': {'semseg': 1, 'depth': 1}}
    assert (after['balancer']['type'], 'weights' in after['balancer']) == (TYPES[suffix], False)
    changed = {key for key in before if before[key] != after.get(key)}
    learned = suffix in ('_uncertainty', '_imtl_l', '_imtl')
    assert changed == {'balancer', 'model', *(('optim_wrapper',) if learned else ())}


def test_tuned_weights_are_on_an_axis():
    suite = SUITES['balancers_tuned_sd']
    places = {row.at: row.configs[0] for row in suite.rows if row.at is not None}
    assert len(places) == 6
    for at, name in places.items():
        assert load_config(name).balancer.weights == {'semseg': 50, 'depth': at}


def records_of(make_record, name, scores):
    """A record per seed of a config, of metrics by key: {key: (value of seed 1, value of seed 2, ...)}."""
    task_set = name.split('/')[1].split('_')[0]
    tasks = {'s': ('semseg', 'miou'), 'd': ('depth', 'abs_err_inverse')}
    dataset = {'dataset': 'cityscapes_mtan', 'rendered': False, 'samples': 8, 'split_digest': 'aa'}
    return [
        make_record(
            name,
            seed=seed,
            dataset='cityscapes_mtan',
            data={'train': dataset, 'val': dataset},
            metrics={METRICS[key]: float(value) for key, value in zip(scores, values, strict=True)},
            metrics_of_record=dict(tasks[letter] for letter in task_set),
            higher_is_better={METRICS[key]: SIGNS[key] > 0 for key in scores},
        )
        for seed, values in enumerate(zip(*scores.values(), strict=True), 1)
    ]


ROW = {
    'miou': (0.75, 0.76, 0.74),
    'pix_acc': (0.93, 0.95, 0.94),
    'abs_err': (0.02, 0.018, 0.019),
    'rel_err': (40, 44, 45),
}
BASE = {'miou': (0.73, 0.75), 'pix_acc': (0.94, 0.92), 'abs_err': (0.012, 0.014), 'rel_err': (28, 26)}


def records(make_record, network, row=ROW, base=BASE):
    build = partial(records_of, make_record)
    found = build(f'{network}/sd_cityscapes_mtan_pcgrad', row)
    for letter, keys in KEYS.items():
        found += build(f'segnet/{letter}_cityscapes_mtan', {key: base[key] for key in keys})
    return found


def cells_of(suite, found, label='PCGrad'):
    (grid,) = tables(suite, found)
    return grid, dict(zip(grid.header, next(row for row in grid.rows if row[0].text == label), strict=True))


def by_hand(shares):
    """Mean and standard deviation of the delta of ROW over BASE, by loops."""
    means = {key: statistics.mean(values) for key, values in BASE.items()}
    gains = [
        sum(100 * shares[key] * SIGNS[key] * (ROW[key][run] - means[key]) / means[key] for key in ROW)
        for run in range(3)
    ]
    spread = [statistics.stdev(gains)]
    for keys in KEYS.values():
        slopes = {k: -100 * shares[k] * SIGNS[k] * statistics.mean(ROW[k]) / means[k] ** 2 for k in keys}
        # Of one run, both metrics move the delta at once.
        spread.append(statistics.stdev(sum(slopes[key] * BASE[key][run] for key in keys) for run in range(2)))
    return statistics.mean(gains), math.hypot(*spread)


@pytest.mark.parametrize(('name', 'network'), [(SHARED, 'segnet_mtan'), (HARD, 'segnet')])
def test_a_delta_over_all_metrics_by_hand(make_record, name, network):
    _, row = cells_of(SUITES[name], records(make_record, network))
    mean, std = by_hand(dict.fromkeys(ROW, 1 / 4))
    raw = row['Δ_SD flat [%] ↑'].raw
    assert (raw['mean'], raw['std'], raw['n']) == (pytest.approx(mean), pytest.approx(std), 3)


@pytest.mark.parametrize(
    ('definition', 'shares'),
    [
        ('flat', {'miou': 1 / 3, 'abs_err': 1 / 3, 'rel_err': 1 / 3}),
        ('by_task', {'miou': 1 / 2, 'abs_err': 1 / 4, 'rel_err': 1 / 4}),
        ('record', {'miou': 1 / 2, 'abs_err': 1 / 4, 'rel_err': 1 / 4}),
    ],
)
def test_a_suite_names_its_definition(make_record, definition, shares):
    hard = SUITES[HARD]
    columns = tuple(column for column in hard.columns if column.key != 'pix_acc')
    suite = Suite('toy', 'Toy', hard.rows, hard.baselines, columns=columns, delta=definition)
    _, row = cells_of(suite, records(make_record, 'segnet'))
    mean, std = by_hand({'pix_acc': 0.0, **shares})
    end = {'flat': ' flat', 'by_task': ' by task', 'record': ''}[definition]
    raw = row[f'Δ_SD{end} [%] ↑'].raw
    assert (raw['mean'], raw['std']) == (pytest.approx(mean), pytest.approx(std))


def test_an_unknown_definition_is_rejected():
    with pytest.raises(ConfigError, match=r"delta of suite 'toy' is 'flatt'.*flat"):
        Suite('toy', 'Toy', (), delta='flatt')


def test_the_error_of_a_delta_of_correlated_metrics_against_simulation(make_record):
    """Both metrics of a run go together: to take them as independent would understate the error by a fifth."""
    generator, suite = np.random.default_rng(0), SUITES[HARD]
    row = next(row for row in suite.rows if row.label == 'PCGrad')
    middles = {'miou': 0.75, 'pix_acc': 0.9, 'abs_err': 0.015, 'rel_err': 30.0}

    def draw(spread):
        drawn = {}
        for keys in KEYS.values():
            of_run = generator.standard_normal(3)
            for key in keys:
                own = generator.standard_normal(3)
                drawn[key] = middles[key] * (1 + spread * (0.95 * of_run + 0.3 * own))
        return drawn

    means, errors = [], []
    for _ in range(500):
        found = records(make_record, 'segnet', draw(0.01), draw(0.02))
        shown = next(one for one in columns_of(suite, None, found) if one.delta_of)
        estimate = Measures(suite, found).estimate(lines_of(row, found)[0], shown)
        means.append(estimate.mean)
        errors.append(estimate.error)
    # The std of 500 draws is known to 3.2 %, the mean of their variances, of 8 degrees of freedom or less, to 3 %.
    assert math.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.1)


def test_baseline_runs_that_lack_a_metric_do_not_count(make_record):
    found = records(make_record, 'segnet')
    lacking = next(one for one in found if one.name == 'segnet/d_cityscapes_mtan' and one.seed == 2)
    del lacking.metrics['depth/rel_err']
    _, row = cells_of(SUITES[HARD], found)
    means = {'miou': 0.74, 'pix_acc': 0.93, 'abs_err': 0.012, 'rel_err': 28}
    gains = [SIGNS[key] * (statistics.mean(ROW[key]) - means[key]) / means[key] for key in ROW]
    raw = row['Δ_SD flat [%] ↑'].raw
    assert (raw['mean'], raw['std']) == (pytest.approx(25 * sum(gains)), None)


def test_the_published_delta_has_our_sign_beside_the_printed_one(make_record):
    grid, row = cells_of(SUITES[SHARED], records(make_record, 'segnet_mtan'))
    assert grid.header[-3:] == ['Δ_SD flat [%] ↑', 'published Δm [%]', 'printed Δm [%] ↓']
    assert (str(row['published Δm [%]'])[:6], str(row['printed Δm [%] ↓'])[:5]) == ('-18.21', '18.21')
    ours, printed = (row[name].raw['mean'] for name in grid.header[-2:])
    assert (ours, printed) == (-18.21, 18.21)
    best = {row[0].text: row[-2:] for row in grid.rows}['SAMO-FairGrad']
    assert [cell.rank for cell in best] == [1, 1]
    assert '"printed"' in as_json([grid])


def test_gains_of_libmtl_are_relative_to_equal_weights(make_record):
    suite = SUITES[LIBMTL]
    assert set(suite.baselines.values()) == {'hps/sdn_nyuv2_mtan'}
    (grid,) = tables(suite, [])
    row = dict(zip(grid.header, next(row for row in grid.rows if row[0].text == 'GLS'), strict=True))
    shares = [1 / 6] * 2 + [1 / 6] * 2 + [1 / 15] * 5
    scores = [row[name].raw['mean'] for name in grid.header if name.startswith('published') and 'Δ' not in name]
    base = dict(zip(grid.header, next(row for row in grid.rows if row[0].text == 'EW'), strict=True))
    equal = [base[name].raw['mean'] for name in grid.header if name.startswith('published') and 'Δ' not in name]
    signs = [1, 1, -1, -1, -1, -1, 1, 1, 1]
    expected = sum(100 * w * s * (a - b) / b for w, s, a, b in zip(shares, signs, scores, equal, strict=True))
    cell = row['published Δm [%]']
    assert cell.raw['mean'] == pytest.approx(expected, abs=0.005 + 1e-9)
    assert grid.notes[cell.notes[0] - 1] == 'published: computed from the printed means'


def test_rows_say_where_their_figures_were_read():
    (grid,) = tables(SUITES['balancers_nyuv2_sdn'], [])
    notes = {row[0].text: [grid.notes[number - 1] for number in row[0].notes] for row in grid.rows}
    assert any('MoCo' in note for note in notes['FAMO'])
    assert any(note.startswith('published values second-hand') for note in notes['LS'])
