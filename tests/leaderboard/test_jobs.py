from __future__ import annotations

import dataclasses

import pytest

from mtlbench.config import load_config
from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard import without_per_run_keys
from mtlbench.leaderboard.suites import find_suite
from mtlbench.records.paths import trivial_name
from mtlbench.scheduling.jobs import Composer, Overlay, plan

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


@pytest.fixture
def finished(tmp_path, make_record):
    """The job of a config, and a function that writes its record as of a run made with some options."""

    def job(options=None, data_root='data/vkitti2', **terms):
        composed = load_config('xtam/sd_vkitti2', 'mini', options=options, data_root=data_root).to_dict()

        def config_of(config, seed):
            return {**composed, 'randomness': {'seed': seed}}

        composer = Composer(config_of=config_of, **terms)
        return plan(['xtam/sd_vkitti2'], [1], Overlay('mini'), tmp_path, trivial=False, composer=composer)[0]

    def write(root='data/vkitti2', **changes):
        config = without_per_run_keys(load_config('xtam/sd_vkitti2', 'mini').to_dict())
        part = {'dataset': 'vkitti2', 'rendered': True, 'samples': 8, 'split_digest': 'aa', 'root': root}
        record = make_record('xtam/sd_vkitti2', profile='mini', rendered=True, config=config, iterations=500, **changes)
        record = dataclasses.replace(record, data={'train': part, 'labeled': part, 'val': part})
        record.write(job().folder / 'result.json')

    return job, write


def test_a_finished_run_with_the_settings_of_its_config_is_a_result(finished):
    job, write = finished
    write()
    assert job().result() is not None


@pytest.mark.parametrize(
    ('change', 'key'),
    [
        (dict(options={'optim_wrapper.optimizer.lr': 1.0}), 'optim_wrapper.optimizer.lr was'),
        (dict(options={'train_cfg.max_iters': 900}), 'train_cfg.max_iters was 500, now 900'),
        (dict(data_root='elsewhere'), 'data_root was'),
    ],
)
def test_a_finished_run_with_other_settings_is_told(finished, change, key):
    job, write = finished
    write()
    with pytest.raises(DataError, match=key):
        job(**change).result()


def test_longer_runs_asked_for_by_name_have_yet_to_go_on(finished):
    job, write = finished
    write()
    longer = job(options={'train_cfg.max_iters': 900}, may_change=('train_cfg.max_iters',))
    assert longer.result() is None
    assert longer.command[-2:] == ('--change', 'train_cfg.max_iters')


def test_workers_and_logs_are_no_other_settings(finished):
    job, write = finished
    write()
    assert job(options={'train_dataloader.labeled.num_workers': 9, 'log_level': 'ERROR'}).result() is not None


def test_two_configs_never_share_a_folder(tmp_path):
    for place in ('one', 'other'):
        (tmp_path / place / 'mine').mkdir(parents=True)
        (tmp_path / place / 'mine' / 'sd_x.py').touch()
    configs = [str(tmp_path / place / 'mine' / 'sd_x.py') for place in ('one', 'other')]
    with pytest.raises(ConfigError, match="would share the run 'mine/sd_x'"):
        plan(configs, [1], Overlay(), tmp_path, trivial=False)
