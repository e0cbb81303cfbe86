from __future__ import annotations

import json
import math
import re
import shutil
import subprocess

import pytest

from mtlbench.leaderboard.suites import all_suites, find_suite
from mtlbench.leaderboard.tables.formats import FORMATS
from mtlbench.leaderboard.tables.table import tables

SUITE = find_suite('xtam_t1_vkitti2_sd')
METHODS = {'mtl': (0.60, 5.5), 'padnet': (0.61, 5.6), 'three_ways': (0.70, 5.0), 'xtam': (0.75, 4.5)}


@pytest.fixture
def grids(make_record):
    found = []
    for seed in (1, 2, 3):
        wobble = 0.01 * (seed - 2)
        found += [make_record('stl/s_vkitti2', 0.6 + wobble, seed=seed), make_record('stl/d_vkitti2', 6.0, seed=seed)]
        found += [make_record(f'{k}/sd_vkitti2', v[0] + wobble, v[1] + wobble, seed=seed) for k, v in METHODS.items()]
    return tables(SUITE, found)


def cell(grid, label, key):
    return next(row['cells'][key] for row in grid['rows'] if row['label'] == label)


def test_json_holds_raw_numbers(grids):
    (grid,) = json.loads(FORMATS['json'](grids), parse_constant=pytest.fail)
    assert grid['suite'] == 'xtam_t1_vkitti2_sd'
    assert grid['setting']['profile'] == 'full'
    assert grid['columns'][0]['metric'] == 'semseg/miou'
    found = cell(grid, 'xTAM', 'semseg')
    measured = found['measured']
    assert measured['values'] == {'1': pytest.approx(74), '2': pytest.approx(75), '3': pytest.approx(76)}
    assert (measured['mean'], measured['std'], measured['n']) == (pytest.approx(75), pytest.approx(1), 3)
    assert measured['state'] == 'measured'
    published = found['published']
    assert (published['mean'], published['std'], published['status']) == (97.0, 0.1, 'read')
    difference = measured['against_reference']
    assert difference['difference'] == pytest.approx(15)
    assert difference['significant'] is True
    assert 0 < difference['p'] < 0.05
    assert grid['claims'][0]['verdict'] in ('holds', 'undecided', 'does not hold')
    assert len(grid['claims'][0]['comparisons']) == 4


def test_json_of_a_single_run_and_of_none(make_record):
    found = [make_record('xtam/sd_vkitti2', math.nan, 5.0)]
    (grid,) = json.loads(FORMATS['json'](tables(SUITE, found)), parse_constant=pytest.fail)
    assert cell(grid, 'xTAM', 'semseg')['measured']['mean'] is None
    assert cell(grid, 'xTAM', 'depth')['measured']['std'] is None
    assert cell(grid, 'MTL', 'depth')['measured']['state'] == 'missing'


def test_best_and_second_best_are_marked(grids):
    (grid,) = grids
    ranks = {row[0].text: row[1].rank for row in grid.rows}
    assert ranks == {'trivial': 0, 'STL': 0, 'MTL': 0, 'PAD-Net': 0, '3-ways_PAD-Net': 2, 'xTAM': 1}
    text, markdown, latex = (FORMATS[name](grids) for name in ('text', 'markdown', 'latex'))
    assert '75.00 ± 1.00 (3) ★†' in text
    assert '70.00 ± 1.00 (3) ☆†' in text
    assert '**75.00 ± 1.00 (3)**†' in markdown
    assert '*70.00 ± 1.00 (3)*†' in markdown
    assert r'\textbf{75.00 $\pm$ 1.00 (3)}' in latex
    assert r'\underline{70.00 $\pm$ 1.00 (3)}' in latex


def test_the_legend_names_the_test_and_the_row_compared_with(grids):
    (grid,) = grids
    assert "† differs from STL, ≈ does not: two-sided Welch's t-test at 5 %" in '\n'.join(grid.lines)
    cells = {row[0].text: row[1] for row in grid.rows}
    assert (cells['MTL'].differs, cells['xTAM'].differs, cells['STL'].differs) == (False, True, None)


def test_with_one_seed_nothing_is_said_to_differ(make_record):
    found = [make_record('stl/s_vkitti2', 0.6), make_record('mtl/sd_vkitti2', 0.7, 5.0)]
    (grid,) = tables(SUITE, found)
    assert all(each.differs is None for row in grid.rows for each in row)
    assert not any("Welch's" in line for line in grid.lines)


def test_ties_share_a_rank(make_record):
    found = [
        make_record(f'{name}/sd_vkitti2', score, 5.0) for name, score in (('mtl', 0.7), ('xtam', 0.7), ('padnet', 0.6))
    ]
    (grid,) = tables(SUITE, found)
    assert {row[0].text: row[1].rank for row in grid.rows if row[1].rank} == {'MTL': 1, 'xTAM': 1, 'PAD-Net': 2}


def test_latex_escapes_every_special_character():
    text = FORMATS['latex']([grid for suite in all_suites().values() for grid in tables(suite, [])])
    body = [line for line in text.split('\n') if not line.startswith(('%', r'\label'))]
    assert text.count(r'\caption{') == len(all_suites())
    assert not [line for line in body if re.search(r'(?<!\\)[%#_]|[^\x00-\x7f]', line)]
    assert text.count(r'\begin{tabular}') == text.count(r'\end{tabular}') == len(all_suites())


def _has_booktabs():
    if not (shutil.which('pdflatex') and shutil.which('kpsewhich')):
        return False
    return subprocess.run(['kpsewhich', 'booktabs.sty'], capture_output=True).returncode == 0


@pytest.mark.skipif(not _has_booktabs(), reason='needs pdflatex and booktabs')
def test_latex_compiles(grids, tmp_path):
    start = '\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n'
    (tmp_path / 'table.tex').write_text(f'{start}{FORMATS["latex"](grids)}\n\\end{{document}}\n')
    command = ['pdflatex', '-interaction=nonstopmode', '-halt-on-error', 'table.tex']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_latex_table_cannot_lose_what_its_numbers_are_of(make_record):
    grids = tables(SUITE, [make_record('xtam/sd_vkitti2', 0.7, 5.0, rendered=True, profile='mini')])
    (caption,) = [line for line in FORMATS['latex'](grids).split('\n') if line.startswith(r'\caption')]
    assert 'RENDERED' in caption
    assert 'MINI' in caption
    assert 'not comparable' in caption
