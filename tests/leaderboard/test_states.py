from __future__ import annotations

import subprocess
import sys

import pytest

from mtlbench.leaderboard.suites import find_suite
from mtlbench.leaderboard.tables.table import tables
from mtlbench.records.lock import try_lock
from mtlbench.records.paths import run_dir
from mtlbench.records.unfinished import find_unfinished, state_of

SUITE = find_suite('xtam_t1_vkitti2_sd')


@pytest.fixture
def start(tmp_path):
    """Makes the folder of a run that has begun."""

    def one(name, seed=1, profile='full'):
        folder = run_dir(tmp_path, name, profile, 'paper', seed)
        folder.mkdir(parents=True)
        (folder / 'train.log').write_text('error: the disk is full\n')
        (folder / 'run.lock').touch()
        return folder

    return one


def test_failed_running_and_finished_are_told_apart(start, tmp_path, make_record):
    start('xtam/sd_vkitti2')
    finished = start('mtl/sd_vkitti2')
    make_record('mtl/sd_vkitti2').write(finished / 'result.json')
    (run_dir(tmp_path, 'stl/s_vkitti2', 'full', 'paper', 1)).mkdir(parents=True)
    with try_lock(start('padnet/sd_vkitti2', seed=2) / 'run.lock'):
        found = find_unfinished(tmp_path)
    assert {(run.name, run.seed): run.state for run in found} == {
        ('padnet/sd_vkitti2', 2): 'running',
        ('xtam/sd_vkitti2', 1): 'failed',
    }
    assert {run.state for run in find_unfinished(tmp_path)} == {'failed'}


def test_the_look_changes_nothing_and_holds_nothing(start, tmp_path):
    folder = start('xtam/sd_vkitti2')
    (folder / 'run.lock').unlink()
    assert [run.state for run in find_unfinished(tmp_path)] == ['failed']
    assert not (folder / 'run.lock').exists()
    (folder / 'run.lock').touch()
    find_unfinished(tmp_path)
    with try_lock(folder / 'run.lock') as lock:
        assert lock is not None


def test_the_look_needs_no_torch():
    code = 'import sys, mtlbench.records.unfinished; assert not {"torch", "mmengine"} & set(sys.modules)'
    subprocess.run([sys.executable, '-c', code], check=True)


def test_cells_tell_missing_running_failed_and_missing_parts_apart(start, tmp_path, make_record):
    failed = start('xtam/sd_vkitti2')
    start('three_ways/sd_vkitti2', profile='mini')
    with try_lock(start('padnet/sd_vkitti2') / 'run.lock'):
        unfinished = find_unfinished(tmp_path)
    (grid,) = tables(SUITE, [make_record('mtl/sd_vkitti2', 0.5, 5.0)], unfinished)
    cells = {row[0].text: row[1] for row in grid.rows}
    assert str(cells['MTL']) == '50.00 (1)'
    assert str(cells['xTAM']) == 'failed'
    assert str(cells['PAD-Net']) == 'running'
    # The failed run of another profile is no business of this table.
    assert cells['3-ways_PAD-Net'].raw['state'] == 'missing'
    assert any(str(failed / 'train.log') in note for note in grid.notes)
    (grid,) = tables(find_suite('ccam_t3_cityscapes_s'), [], unfinished)
    assert {cell.raw['state'] for row in grid.rows for cell in row[1::2]} <= {'config missing', 'missing'}


def test_seeds_that_failed_beside_finished_ones_are_told(start, tmp_path, make_record):
    start('xtam/sd_vkitti2', seed=2)
    (grid,) = tables(SUITE, [make_record('xtam/sd_vkitti2', 0.5, 5.0)], find_unfinished(tmp_path))
    row = next(row for row in grid.rows if row[0].text == 'xTAM')
    assert str(row[1]) == '50.00 (1)'
    assert 'seed 2 failed' in grid.notes[row[0].notes[0] - 1]


def test_running_wins_over_failed(start, tmp_path):
    start('xtam/sd_vkitti2')
    with try_lock(start('xtam/sd_vkitti2', seed=2) / 'run.lock'):
        assert state_of(['xtam/sd_vkitti2'], find_unfinished(tmp_path)) == 'running'
    assert state_of(['mtl/sd_vkitti2'], find_unfinished(tmp_path)) == ''
