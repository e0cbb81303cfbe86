from __future__ import annotations

import pytest

from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard.jobs import Composer, Overlay, plan, trivial_name
from mtlbench.leaderboard.suites import find_suite

MINI = Overlay('mini', 'reference', 'data/here')


def test_commands_and_folders(tmp_path):
    (job,) = plan(['configs/xtam/sd_vkitti2.py'], [3], MINI, tmp_path, trivial=False, command=['train'])
    folder = tmp_path / 'mini/reference/xtam/sd_vkitti2/seed3'
    options = ['--profile', 'mini', '--recipe', 'reference', '--data-root', 'data/here', '--seed', '3']
    assert job.folder == folder
    assert job.command == ('train', 'configs/xtam/sd_vkitti2.py', *options, '--work-dir', str(folder), '--resume')
    assert str(job) == 'xtam/sd_vkitti2 seed 3'


def test_a_suite_needs_one_trivial_run(tmp_path):
    jobs = plan(find_suite('xtam_t1_vkitti2_sdn').configs, [1, 2], Overlay(), tmp_path)
    assert [job.name for job in jobs[:2]] == ['trivial/sdn_vkitti2', 'stl/s_vkitti2']
    assert len(jobs) == 1 + 2 * 7
    assert jobs[0].seed == 0


def test_each_run_once(tmp_path):
    assert len(plan(['a/s_x', 'a/s_x'], [1, 1], Overlay(), tmp_path, trivial=False)) == 1


def test_trivial_rows_are_of_data_that_no_config_changes(tmp_path):
    """Source and target of an adaptation, or few labels, are other data than the data set's own."""
    configs = ['mtl/sd_cityscapes_vkitti2_source', 'three_ways_semi/sd_cityscapes_372', 'mtl/sd_cityscapes']
    jobs = plan(configs, [1], Overlay(), tmp_path)
    assert [job.name for job in jobs] == ['trivial/sd_cityscapes', *configs]
    assert 'mtl/sd_cityscapes' in jobs[0].command
    assert trivial_name(configs[0]) == 'trivial/sd_cityscapes_vkitti2_source'


def test_a_record_of_another_run_is_no_result(tmp_path, make_record):
    (job,) = plan(['xtam/sd_vkitti2'], [1], Overlay(), tmp_path, trivial=False)
    assert job.result() is None
    make_record('xtam/sd_vkitti2', seed=2).write(job.folder / 'result.json')
    with pytest.raises(DataError, match=r'seed1.result\.json is of the run'):
        job.result()


def test_a_run_stands_behind_the_runs_it_starts_from(tmp_path):
    sources = {'m/sd_x': 'm/d_stage2', 'm/d_stage2': 'm/d_stage1'}
    jobs = plan(['m/sd_x'], [1, 2], MINI, tmp_path, trivial=False, command=['train'], composer=Composer(sources.get))
    assert [job.name for job in jobs] == ['m/d_stage1', 'm/d_stage2', 'm/sd_x'] * 2
    assert [job.after for job in jobs] == [None, jobs[0], jobs[1], None, jobs[3], jobs[4]]
    assert jobs[5].command[-2:] == ('--starts-from', str(tmp_path / 'mini/reference/m/d_stage2/seed2'))


def test_a_circle_of_stages_is_told(tmp_path):
    sources = {'m/a_x': 'm/b_x', 'm/b_x': 'm/a_x'}
    with pytest.raises(ConfigError, match='m/a_x from m/b_x from m/a_x'):
        plan(['m/a_x'], [1], MINI, tmp_path, trivial=False, composer=Composer(sources.get))
