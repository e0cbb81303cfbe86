from __future__ import annotations

import pytest

from mtlbench.errors import DataError
from mtlbench.evaluation.delta import delta
from mtlbench.leaderboard.published import published_tables as module
from mtlbench.leaderboard.published.published_tables import PublishedCell, PublishedTable, published_tables

TABLES = published_tables()
DELTA_CELLS = [
    (table.id, method, column.key)
    for table in TABLES.values()
    for column in table.columns
    for method in table.rows
    if column.delta_of and table.cell(method, column.key).status not in ('not_applicable', 'missing', 'not_reported')
]
# Their means, or those of their single-task rows, are not legible, so no delta can be recomputed.
WITHOUT_MEANS = {
    *(('xtam_t1_vkitti2_sdn', row) for row in ('MTL', 'PAD-Net', '3-ways_PAD-Net')),
    *(('xtam_t1_cityscapes_sdn', row) for row in ('MTL', 'PAD-Net', '3-ways_PAD-Net', 'Ours')),
    *(('xtam_t6_synthia2cityscapes_sd', row) for row in ('MTL-UDA',)),
    *(('xtam_t6_vkitti22cityscapes_sd', row) for row in ('MTL source', 'MTL-UDA')),
    ('semimtl_t2_vaihingen_sd', 'DA_Seg'),
}


def baseline(table: PublishedTable, task: str) -> PublishedCell:
    return TABLES[table.baseline_table].cell(table.baselines[task], task)


@pytest.mark.parametrize(('table_id', 'method', 'key'), DELTA_CELLS)
def test_every_delta_follows_from_the_printed_means(table_id, method, key):
    table = TABLES[table_id]
    cell = table.cell(method, key)
    column = next(column for column in table.columns if column.key == key)
    scores = {task: table.cell(method, task) for task in column.delta_of}
    baselines = {task: baseline(table, task) for task in column.delta_of}
    means = [value.mean for value in (*scores.values(), *baselines.values())]
    assert (None in means) == ((table_id, method) in WITHOUT_MEANS)
    if None in means:
        return
    value = delta(
        {task: score.mean for task, score in scores.items()},
        {task: score.mean for task, score in baselines.items()},
        {column.key: column.higher_is_better for column in table.columns if column.key in scores},
    )
    # Half a unit in the last printed digit of each mean, carried through (m - b) / b, and of the delta itself.
    rounding = 0.5 * 10.0**-cell.decimals + 100 / len(scores) * sum(
        0.5 * 10.0 ** -scores[task].decimals / base.mean + 0.5 * 10.0**-base.decimals * scores[task].mean / base.mean**2
        for task, base in baselines.items()
    )
    if cell.recomputed is None:
        # Two deltas, printed with two digits, miss that bound by up to 0.003: 0.021 in all.
        assert abs(value - cell.mean) <= max(rounding, 0.021)
    else:
        assert value == pytest.approx(cell.recomputed, abs=0.005 + 1e-9)
        assert abs(value - cell.mean) > 0.15


def test_the_papers_headline():
    table = TABLES['xtam_t1_vkitti2_sd']
    assert (table.cell('Ours', 'semseg').mean, table.cell('Ours', 'semseg').std) == (97.0, 0.1)
    assert table.cell('Ours', 'semseg').printed == '97.00 ± 0.10'
    assert table.cell('Ours', 'delta_sd').mean == 27.47
    assert [column.key for column in table.columns] == ['semseg', 'depth', 'delta_sd']
    assert table.source.endswith('WACV 2023')


def test_all_four_papers_are_there():
    assert {name.split('_')[0] for name in TABLES} == {'xtam', 'ccam', 'robust', 'semimtl'}
    assert len({table.source for table in TABLES.values()}) == 4


@pytest.mark.parametrize('table', TABLES.values(), ids=TABLES)
def test_cells_belong_to_columns_and_numbers_parse(table):
    keys = {column.key for column in table.columns}
    for cells in table.rows.values():
        assert set(cells) <= keys
        for cell in cells.values():
            assert (cell.mean is None) == (cell.status in ('missing', 'not_reported') or cell.printed is None)
            assert cell.std is None or cell.std >= 0
    for task, method in table.baselines.items():
        assert task in {'semseg', 'depth', 'normals', 'edges'}
        assert method in TABLES[table.baseline_table].rows


def test_a_dash_and_an_illegible_cell_have_no_number():
    assert TABLES['semimtl_t1_cityscapes_sd'].cell('STL_Seg', 'depth') == PublishedCell(status='not_reported')
    assert TABLES['xtam_t1_vkitti2_sdn'].cell('MTL', 'semseg') == PublishedCell(status='missing')
    assert (PublishedCell('3.139').mean, PublishedCell('3.139').std) == (3.139, None)


@pytest.mark.parametrize('text', ['tables: [', 'paper: x', 'paper: x\nvenue: y\ntables: [{id: z}]'])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, text):
    (tmp_path / 'mine.yaml').write_text(text)
    monkeypatch.setattr(module, 'FOLDER', tmp_path)
    with pytest.raises(DataError, match=r'mine\.yaml'):
        published_tables.__wrapped__()
