from __future__ import annotations

import itertools

import pytest

from mtlbench.errors import DataError
from mtlbench.leaderboard.claims import verdict as module
from mtlbench.leaderboard.claims.verdict import FAILS, HOLDS, UNDECIDED, Claim, claims, judge
from mtlbench.leaderboard.estimate import Estimate
from mtlbench.leaderboard.published.published_tables import published_tables
from mtlbench.leaderboard.suites import all_suites, find_suite
from mtlbench.leaderboard.tables.table import tables

SUITES = all_suites()
CASES = [(claim, name) for claim in claims() for name in claim.suites]
IDS = [f'{name}: {claim.says}' for claim, name in CASES]


def printed(suite, row, column):
    """What the paper prints of a row, or of the row that is made of a config; None where it is not legible."""
    if '/' in row:
        found = [
            (other, r.published)
            for other in SUITES.values()
            if other.published
            for r in other.rows
            if r.configs == (row,)
        ]
        suite, method = next(pair for pair in found if column in published_tables()[pair[0].published].rows[pair[1]])
    else:
        method = next(each.published for each in suite.rows if each.label == row)
    cell = published_tables()[suite.published].cell(method, column)
    single = column.startswith('delta') and method in ('STL', 'STL-UDA')
    return 0.0 if single else cell.mean


@pytest.mark.parametrize(('claim', 'name'), CASES, ids=IDS)
def test_claims_speak_of_rows_and_columns_that_there_are(claim, name):
    suite = SUITES[name]
    table = published_tables()[suite.published] if suite.published else None
    assert set(claim.columns) <= {column.key for column in (table or suite).columns}
    rows = {row for group in claim.groups for row in group} - claim.configs
    assert rows <= {row.label for row in suite.rows}
    assert claim.configs <= {name for other in SUITES.values() for name in other.trained}


@pytest.mark.parametrize(('claim', 'name'), [case for case in CASES if SUITES[case[1]].published], ids=str)
def test_every_claim_is_true_of_the_printed_means(claim, name):
    suite = SUITES[name]
    higher = {column.key: column.higher_is_better for column in published_tables()[suite.published].columns}
    for column, (better, worse) in itertools.product(claim.columns, claim.pairs):
        a, b = printed(suite, better, column), printed(suite, worse, column)
        if a is not None and b is not None:
            assert (a > b) == higher[column], f'{better} {a}, {worse} {b} in {column}'


def test_every_published_table_with_an_order_has_a_claim():
    without = {name for name, suite in SUITES.items() if suite.published} - {name for _, name in CASES}
    assert without == {'robust_t1_subsets'}


def figures(**values):
    def estimate(row, column):
        return Estimate.of(row, dict(enumerate(values[row]))) if row in values else None

    return estimate


CHAIN = Claim('a > b > c', ('any',), (('a',), ('b',), ('c',)), ('x',))


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (dict(a=[9, 9.1, 9.2], b=[5, 5.1, 5.2], c=[1, 1.1, 1.2]), HOLDS),
        (dict(a=[9, 9.1, 9.2], b=[5, 5.1, 5.2], c=[7, 7.1, 7.2]), FAILS),
        (dict(a=[9, 9.1, 9.2], b=[5, 5.1, 5.2], c=[4, 5.0, 6]), UNDECIDED),
        (dict(a=[9], b=[5], c=[1]), UNDECIDED),
        (dict(a=[9, 9.1, 9.2], b=[5, 5.1, 5.2], c=[1]), UNDECIDED),
        (dict(a=[9, 9.1, 9.2], b=[5, 5.1, 5.2]), UNDECIDED),
        # What contradicts needs no other row.
        (dict(a=[1, 1.1, 1.2], b=[5, 5.1, 5.2]), FAILS),
    ],
)
def test_verdicts(values, expected):
    assert judge(CHAIN, figures(**values), lambda column: True).verdict == expected


def test_lower_is_better():
    found = judge(CHAIN, figures(a=[1, 1.1, 1.2], b=[5, 5.1, 5.2], c=[9, 9.1, 9.2]), lambda column: False)
    assert found.verdict == HOLDS
    assert [comparison.gain for comparison in found.comparisons] == pytest.approx([4, 4])


def test_groups_compare_each_with_each():
    claim = Claim('a, b > c, d', ('any',), (('a', 'b'), ('c', 'd')), ('x', 'y'))
    assert claim.pairs == [('a', 'c'), ('a', 'd'), ('b', 'c'), ('b', 'd')]
    assert len(judge(claim, figures(), lambda column: True).comparisons) == 8


def test_a_contradiction_must_be_clearer_when_more_is_compared():
    """With p = 0.03 the other way, one comparison contradicts and one of four does not."""
    values = dict(a=[1.0, 1.6, 2.2], b=[2.1, 2.9, 3.7])
    one = Claim('a > b', ('any',), (('a',), ('b',)), ('x',))
    found = judge(one, figures(**values), lambda column: True)
    assert 0.0125 < 1 - found.comparisons[0].p < 0.05
    assert found.verdict == FAILS
    four = Claim('a > b', ('any',), (('a',), ('b',)), ('x', 'x', 'x', 'x'))
    assert judge(four, figures(**values), lambda column: True).verdict == UNDECIDED


def test_words():
    assert str(judge(CHAIN, figures(a=[9], b=[5], c=[1]), lambda column: True)) == (
        'undecided at 1 seed: a > b > c (open: a > b in x; b > c in x)'
    )
    assert str(judge(CHAIN, figures(a=[9]), lambda column: True)) == 'undecided, runs are missing: a > b > c'


ORDER = ['stl', 'mtl', 'padnet', 'three_ways', 'xtam']


def runs(make_record, seeds, gain=0.05):
    found = []
    for seed in range(1, seeds + 1):
        wobble = 0.002 * (seed - 2)
        found += [make_record('stl/s_vkitti2', 0.5 + wobble, seed=seed)]
        found += [make_record('stl/d_vkitti2', 6.0 - wobble, seed=seed)]
        for number, name in enumerate(ORDER[1:], 1):
            scores = (0.5 + gain * number + wobble, 6.0 - 0.3 * number + wobble)
            found += [make_record(f'{name}/sd_vkitti2', *scores, seed=seed)]
    return found


def test_a_claim_of_a_table_from_records(make_record):
    suite = find_suite('xtam_t1_vkitti2_sd')
    (grid,) = tables(suite, runs(make_record, 3))
    (found,) = grid.verdicts
    assert (found.verdict, found.seeds) == (HOLDS, 3)
    assert [(c.better, c.worse) for c in found.comparisons][-1] == ('MTL', 'STL')
    (grid,) = tables(suite, runs(make_record, 1))
    assert str(grid.verdicts[0]).startswith('undecided at 1 seed')
    (grid,) = tables(suite, runs(make_record, 3, gain=-0.1))
    assert grid.verdicts[0].verdict == FAILS


def test_a_claim_about_a_config_of_another_table(make_record):
    found = [record for seed in (1, 2, 3) for record in _three_tasks(make_record, seed)]
    (grid,) = tables(find_suite('xtam_t1_vkitti2_sdn'), found)
    third_task = next(verdict for verdict in grid.verdicts if 'third task' in verdict.claim.says)
    assert third_task.verdict == HOLDS
    assert [row[0].text for row in grid.rows].count('xtam/sd_vkitti2') == 0


def _three_tasks(make_record, seed):
    wobble = 0.002 * (seed - 2)
    yield make_record('stl/s_vkitti2', 0.5 + wobble, seed=seed)
    yield make_record('stl/d_vkitti2', 6.0 + wobble, seed=seed)
    yield make_record('stl/n_vkitti2', 20.0 + wobble, seed=seed)
    yield make_record('xtam/sd_vkitti2', 0.6 + wobble, 5.0, seed=seed)
    yield make_record('xtam/sdn_vkitti2', 0.7 + wobble, 4.0, 15.0, seed=seed)


@pytest.mark.parametrize('text', ['- [', '- {says: x}', '- {says: x, suites: [], order: [], columns: [], more: 1}'])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, text):
    (tmp_path / 'mine.yaml').write_text(text)
    monkeypatch.setattr(module, 'FOLDER', tmp_path)
    with pytest.raises(DataError, match=r'mine\.yaml'):
        claims.__wrapped__()
