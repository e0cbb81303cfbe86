from __future__ import annotations

import pytest

from mtlbench.errors import DataError
from mtlbench.evaluation.delta import delta, shares_of
from mtlbench.leaderboard.published import published_tables as module
from mtlbench.leaderboard.published.published_tables import (
    PublishedCell,
    PublishedColumn,
    PublishedTable,
    published_tables,
)

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


def baseline(table: PublishedTable, task: str, key: str) -> PublishedCell:
    return TABLES[table.baseline_table].cell(table.baselines[task], key)


def weights(column: PublishedColumn) -> dict[str, float]:
    """The weight of each metric in a delta, as the papers define it."""
    sizes = {key: len(keys) for keys in column.delta_of.values() for key in keys}
    if column.definition == 'flat':
        return dict.fromkeys(sizes, 1 / len(sizes))
    return {key: 1 / (len(column.delta_of) * size) for key, size in sizes.items()}


@pytest.mark.parametrize(('table_id', 'method', 'key'), DELTA_CELLS)
def test_every_delta_follows_from_the_printed_means(table_id, method, key):
    table = TABLES[table_id]
    cell = table.cell(method, key)
    columns = {column.key: column for column in table.columns}
    share = weights(columns[key])
    scores = {name: table.cell(method, name) for name in share}
    baselines = {name: baseline(table, task, name) for task, names in columns[key].delta_of.items() for name in names}
    means = [value.mean for value in (*scores.values(), *baselines.values())]
    assert (None in means) == ((table_id, method) in WITHOUT_MEANS)
    if None in means:
        return
    value = rounding = 0.0
    for name, base in baselines.items():
        gain = (scores[name].mean - base.mean) / base.mean
        value += 100 * share[name] * (gain if columns[name].higher_is_better else -gain)
        # Half a unit in the last printed digit of each mean, carried through (m - b) / b.
        ends = [0.5 * 10.0**-one.decimals for one in (scores[name], base)]
        rounding += 100 * share[name] * (ends[0] / base.mean + ends[1] * scores[name].mean / base.mean**2)
    rounding += 0.5 * 10.0**-cell.decimals
    if not columns[key].higher_is_better:
        value = -value
    if cell.status == 'computed':
        assert value == pytest.approx(cell.mean, abs=0.005 + 1e-9)
    elif cell.recomputed is None:
        # Two deltas, printed with two digits, miss that bound by up to 0.003: 0.021 in all.
        assert abs(value - cell.mean) <= max(rounding, 0.021)
    else:
        assert value == pytest.approx(cell.recomputed, abs=0.005 + 1e-9)
        assert abs(value - cell.mean) > 0.15


# The single-task networks behind the shared tables, with more digits of the depth than these print.
SINGLE = {
    'balancers_nyuv2_sdn': (0.3830, 0.6376, 0.6754, 0.2780, 25.01, 19.21, 0.3014, 0.5720, 0.6915),
    'balancers_cityscapes_sd': (0.7401, 0.9316, 0.0125, 27.77),
}


@pytest.mark.parametrize(
    ('table_id', 'method', 'definition', 'loss'),
    [
        ('balancers_cityscapes_sd', 'LS', 'flat', 22.621),
        ('balancers_cityscapes_sd', 'FAMO', 'flat', 8.125),
        ('balancers_cityscapes_sd', 'SAMO-FairGrad', 'flat', -0.640),
        ('balancers_nyuv2_sdn', 'LS', 'flat', 5.749),
        ('balancers_nyuv2_sdn', 'UW', 'flat', 4.140),
        ('balancers_nyuv2_sdn', 'FAMO', 'flat', -4.033),
        ('balancers_nyuv2_sdn', 'Nash-MTL', 'flat', -3.867),
        ('balancers_nyuv2_sdn', 'FairGrad', 'flat', -4.762),
        ('balancers_nyuv2_sdn', 'LS', 'by_task', -0.639),
        ('balancers_nyuv2_sdn', 'FAMO', 'by_task', -6.693),
    ],
)
def test_the_definition_decides_even_the_sign(table_id, method, definition, loss):
    table = TABLES[table_id]
    column = next(column for column in table.columns if column.delta_of)
    metrics = [one for one in table.columns if not one.delta_of]
    scale = {one.key: 0.01 if one.unit == '%' else 1.0 for one in metrics}
    value = delta(
        {key: table.cell(method, key).mean * factor for key, factor in scale.items()},
        dict(zip(scale, SINGLE[table_id], strict=True)),
        {one.key: one.higher_is_better for one in metrics},
        shares_of(column.delta_of, definition),
    )
    # The golden values are rounded to three digits.
    assert -value == pytest.approx(loss, abs=0.0005 + 1e-9)


def test_a_printed_loss_is_negated_with_its_digits():
    cell = TABLES['balancers_nyuv2_sdn'].cell('LS', 'delta_m')
    assert (cell.printed, cell.negated.printed, cell.negated.mean) == ('5.46', '-5.46', -5.46)
    assert TABLES['balancers_cityscapes_sd'].cell('COST', 'delta_m').negated.printed == '-4.30'
    assert PublishedCell('-1.20 ± 0.10', recomputed=-1.3).negated == PublishedCell('+1.20 ± 0.10', recomputed=1.3)
    assert PublishedCell(status='missing').negated == PublishedCell(status='missing')


def test_famo_is_not_moco_and_fairgrad_has_two_figures():
    table = TABLES['balancers_nyuv2_sdn']
    assert table.cell('FAMO', 'miou').printed == '38.88'
    assert table.cell('MoCo', 'miou').printed == '40.30'
    assert 'MoCo' in table.sources['FAMO']
    cell = table.cell('FairGrad', 'delta_m')
    assert (cell.mean, cell.status) == (-4.66, 'ambiguous')
    assert '-4.96' in cell.note
    for name in ('balancers_nyuv2_sdn', 'balancers_cityscapes_sd'):
        own = {'IMGrad', 'COST', 'SAMO-FairGrad'}
        assert all(('second-hand' in TABLES[name].sources[row]) == (row not in own) for row in TABLES[name].rows)


def test_a_row_that_ran_out_of_memory_has_no_means():
    table = TABLES['balancers_libmtl_nyuv2_sdn_cgc']
    assert table.cell('Nash-MTL', 'miou') == PublishedCell(status='not_reported', note='printed as OOM: out of memory')
    assert table.cell('Nash-MTL', 'delta_m').mean is None
    assert table.cell('EW', 'delta_m').mean is None  # the baseline itself


def test_the_papers_headline():
    table = TABLES['xtam_t1_vkitti2_sd']
    assert (table.cell('Ours', 'semseg').mean, table.cell('Ours', 'semseg').std) == (97.0, 0.1)
    assert table.cell('Ours', 'semseg').printed == '97.00 ± 0.10'
    assert table.cell('Ours', 'delta_sd').mean == 27.47
    assert [column.key for column in table.columns] == ['semseg', 'depth', 'delta_sd']
    assert table.source.endswith('WACV 2023')


def test_all_four_papers_and_the_tables_of_balancers_are_there():
    assert {name.split('_')[0] for name in TABLES} == {'xtam', 'ccam', 'robust', 'semimtl', 'balancers'}
    assert len({table.source for table in TABLES.values()}) == 6


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
