from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtlbench.cli import benchmark, benchmark_run
from mtlbench.errors import ConfigError
from mtlbench.records.paths import run_dir
from mtlbench.scheduling.jobs import Overlay, plan

STAND_IN = (sys.executable, str(Path(__file__).with_name('stand_in.py')))
WITHOUT_TORCH = """
import sys
from mtlbench.cli.benchmark import main
try:
    main()
finally:
    loaded = sorted({'torch', 'mmengine', 'cv2'} & set(sys.modules))
    print('LOADED', loaded)
"""


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Runs the tool with a stand-in for the trainer; gives the exit status and what it printed."""

    def planned(configs, seeds, overlay, work_dir, trivial, command, composer, follow_ups):
        # The records of the stand-in are of no config.
        composer = dataclasses.replace(composer, config_of=lambda config, seed: None)
        return plan(configs, seeds, overlay, work_dir, trivial, STAND_IN, composer, follow_ups)

    monkeypatch.setattr(benchmark_run, 'plan', planned)

    def run(command, *arguments):
        monkeypatch.setattr(sys, 'argv', ['benchmark.py', command, *arguments, '--work-dir', str(tmp_path / 'runs')])
        with pytest.raises(SystemExit) as exit_status:
            benchmark.main()
        printed = capsys.readouterr()
        return exit_status.value.code, printed.out, printed.err

    return run


@pytest.fixture
def write(tmp_path, make_record):
    """Writes a record where its run would live."""

    def one(name, *scores, **changes):
        record = make_record(name, *scores, **changes)
        folder = run_dir(tmp_path / 'runs', name, record.profile, record.recipe, record.seed)
        record.write(folder / 'result.json')

    return one


def test_run_then_report(call, tmp_path, monkeypatch, make_record):
    make_record('any/sd_vkitti2', 0.5, 4.0).write(tmp_path / 'any.json')
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'any.json'))
    arguments = ('xtam/sd_vkitti2', 'mtl/sd_vkitti2', '--seeds', '2', '--jobs', '2', '--no-trivial')
    status, out, _ = call('run', *arguments)
    assert status == 0
    assert '[4/4]' in out
    status, out, _ = call('run', *arguments)
    assert out.count('already finished') == 4
    status, out, _ = call('report', 'xtam/sd_vkitti2', '--format', 'json')
    (grid,) = json.loads(out)
    row = next(row for row in grid['rows'] if row['label'] == 'any (xtam/sd_vkitti2)')
    assert row['cells']['depth']['measured']['values'] == {'1': 4.0, '2': 4.0}
    assert row['cells']['delta_sd']['measured']['state'] == 'missing'
    assert 'single-task runs missing' in grid['notes'][row['cells']['delta_sd']['measured']['notes'][0] - 1]


def test_a_failing_run_ends_in_status_1(call, tmp_path, monkeypatch):
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'nowhere.json'))
    status, _, err = call('run', 'xtam/sd_vkitti2', '--seeds', '1', '--no-trivial')
    assert status == 1
    assert 'xtam/sd_vkitti2 seed 1: failed' in err
    assert 'nowhere.json' in err


def test_a_misspelt_config_or_suite_is_told_before_anything_runs(call, tmp_path):
    with pytest.raises(ConfigError, match='xtam/sd_vkitti2'):
        call('run', 'xtam/sd_vkiti2')
    with pytest.raises(ConfigError, match='xtam_t1_vkitti2_sd'):
        call('run', 'xtam_t1_vkiti2_sd')
    with pytest.raises(ConfigError, match='padnet/sd_vkitti2'):
        call('run', 'sd_vkiti2')
    with pytest.raises(ConfigError, match="profile is 'nonsense'"):
        call('run', 'xtam/sd_vkitti2', '--profile', 'nonsense')
    assert not (tmp_path / 'runs').exists()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['run', 'xtam/sd_vkitti2', '--jobs', '0'], '--jobs: expected a whole number of at least 1'),
        (['run', 'xtam/sd_vkitti2', '--seeds', '0'], '--seeds: expected a whole number of at least 1'),
        (['run', 'xtam/sd_vkitti2', '--seeds', 'many'], "--seeds: expected a whole number of at least 1, got 'many'"),
        (['run', 'xtam/sd_vkitti2', '--seed', '-1'], '--seed: expected a whole number of at least 0'),
        (['run', 'xtam/sd_vkitti2', '--seed', '1', '2', '1'], '--seed: 1 is given twice'),
        (['run', 'xtam/sd_vkitti2', '--seed', '1', '--seeds', '2'], 'not allowed with'),
        (['run', 'xtam/sd_vkitti2', '--gpus', ','], "--gpus: expected a list of GPUs such as 0,1, got ','"),
        (['run'], 'SUITE|CONFIG'),
        (['report', '--fromat', 'csv'], 'unrecognized arguments: --fromat; did you mean --format'),
        (['reprot'], "invalid choice: 'reprot'"),
        (['export'], 'OUT.zip'),
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_line_and_status_2(call, arguments, message):
    status, _, err = call(*arguments)
    assert status == 2
    assert message in err
    assert err.startswith('error: ')
    assert err.count('\n') == 1


def test_only_some_rows_of_a_suite(call, tmp_path, monkeypatch, make_record):
    make_record('any/sd_vkitti2').write(tmp_path / 'any.json')
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'any.json'))
    status, out, _ = call('run', 'xtam_t1_vkitti2_sd', '--rows', 'stl', 'xTAM', '--seeds', '1', '--no-trivial')
    assert status == 0
    assert [out.count(f'{name} seed 1: finished') for name in ('stl/s_vkitti2', 'xtam/sd_vkitti2')] == [1, 1]
    assert '[3/3]' in out
    with pytest.raises(ConfigError, match=r'unknown row xtan; choose from: .*xTAM'):
        call('run', 'xtam_t1_vkitti2_sd', '--rows', 'xtan')


def test_an_imported_run_is_not_made_again(call, tmp_path, monkeypatch, make_record):
    make_record('any/sd_vkitti2').write(tmp_path / 'any.json')
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'any.json'))
    make_record('xtam/sd_vkitti2', seed=2).write(tmp_path / 'runs/imported/ours/0123/result.json')
    status, out, _ = call('run', 'xtam/sd_vkitti2', '--seeds', '2', '--no-trivial')
    assert status == 0
    assert 'xtam/sd_vkitti2 seed 2: skipped, its record was imported' in out
    assert '[1/1] xtam/sd_vkitti2 seed 1: finished' in out


def test_gpus_jobs_and_launchers_must_agree(call, monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '0,1')
    for arguments, message in (
        (['--gpus', '1,2'], 'no GPU 2; available: 0, 1'),
        (['--gpus', '0,1', '--jobs', '3'], '--gpus lists 2'),
        (['--launcher', 'slurm', '--gpus', '0'], '--gpus applies to local runs only'),
        (['--slurm', 'partition=big'], '--launcher slurm'),
    ):
        with pytest.raises(ConfigError, match=message):
            call('run', 'xtam/sd_vkitti2', *arguments)
    for arguments in (['--gpus', '0,0'], ['--gpus', '0,'], ['--slurm', 'partition']):
        assert call('run', 'xtam/sd_vkitti2', *arguments)[0] == 2


def test_report_of_everything_recorded(call, write):
    write('xtam/sd_vkitti2', 0.9, 3.0)
    write('stl/s_vkitti2', 0.5)
    write('stl/d_vkitti2', 6.0)
    write('mine/sd_vkitti2', 0.6, 5.0)
    write('mine/sd_own', 0.7, 5.0, profile='mini', rendered=True)
    status, out, _ = call('report')
    assert status == 0
    assert 'xTAM, Table 1: VKITTI2, S-D\n' in out
    assert 'vkitti2: selected runs' in out
    assert '+18.33 (1)' in out
    assert 'own (RENDERED images), profile MINI' in out


def test_own_rows_under_a_suite(call, write):
    write('xtam/sd_vkitti2', 0.9, 3.0)
    write('mine/sd_vkitti2', 0.6, 5.0)
    _, out, _ = call('report', 'mine/sd_vkitti2', '--suite', 'xtam_t1_vkitti2_sd', '--format', 'csv')
    assert any('mine (mine/sd_vkitti2),60.00 (1),' in line for line in out.splitlines())


def test_only_one_profile(call, write):
    write('mine/sd_own', 0.7, 5.0)
    write('mine/sd_own', 0.6, 5.0, profile='mini')
    _, out, _ = call('report', '--profile', 'mini')
    assert '60.00 (1)' in out
    assert '70.00 (1)' not in out


def test_a_damaged_record_is_told_and_left_out(call, write, tmp_path):
    write('xtam/sd_vkitti2')
    damaged = tmp_path / 'runs/full/paper/mtl/sd_vkitti2/seed1/result.json'
    damaged.parent.mkdir(parents=True)
    damaged.write_text('{"name": ')
    status, out, err = call('report')
    assert status == 0
    assert '50.00 (1)' in out
    assert str(damaged) in err


def test_report_of_nothing(call, tmp_path):
    for command in (['report'], ['list'], ['export', 'records.zip']):
        with pytest.raises(ConfigError, match=r'--work-dir .*runs: no such folder'):
            call(*command)
    (tmp_path / 'runs').mkdir()
    with pytest.raises(ConfigError, match=r'no finished runs in .*: mtlbench benchmark run SUITE'):
        call('report')
    with pytest.raises(ConfigError, match=r'no finished runs of these in .*: mtlbench benchmark run xtam/sd_vkitti2'):
        call('report', 'xtam/sd_vkitti2')
    with pytest.raises(ConfigError, match='no finished runs to export'):
        call('export', 'records.zip')


def test_what_a_report_does_not_know_is_told_apart_from_what_has_no_runs(call, write, tmp_path, monkeypatch):
    write('xtam/sd_vkitti2', 0.9, 3.0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'own.py').write_text('')
    _, out, _ = call('report', 'xtam_t1_vkitti2_sd', 'mine/own.py', '--format', 'json')
    (grid,) = json.loads(out)
    own = next(row for row in grid['rows'] if row['label'] == 'no run (mine/own)')
    assert {cell['measured']['state'] for cell in own['cells'].values()} == {'missing'}
    with pytest.raises(ConfigError, match=r"no config 'mine/other\.py'"):
        call('report', 'xtam_t1_vkitti2_sd', 'mine/other.py')
    with pytest.raises(ConfigError, match=r"no config 'xtam/sd_vkiti2'.*did you mean xtam/sd_vkitti2"):
        call('report', 'xtam/sd_vkiti2')
    with pytest.raises(ConfigError, match=r"no suite 'nonsense'; .*mtlbench benchmark list"):
        call('report', 'nonsense')
    with pytest.raises(ConfigError, match="no suite 'xtam_t1_vkiti2_sd'; did you mean xtam_t1_vkitti2_sd"):
        call('list', 'xtam_t1_vkiti2_sd')
    with pytest.raises(ConfigError, match="with the profile 'nonsense'; profiles with runs: full"):
        call('report', '--profile', 'nonsense')
    with pytest.raises(ConfigError, match="with the profile 'nonsense'; profiles with runs: full"):
        call('export', 'records.zip', '--profile', 'nonsense')
    write('gone/sd_vkitti2')
    assert call('report', 'gone/sd_vkitti2')[0] == 0  # a record without its config, such as an imported one


@pytest.mark.parametrize('width', [60, 80, 100])
def test_text_is_no_wider_than_the_terminal(call, write, monkeypatch, width):
    write('xtam/sd_vkitti2', 0.9, 3.0)
    write('mine/sd_own', 0.7, 5.0, profile='mini', rendered=True)
    monkeypatch.setenv('COLUMNS', str(width))
    for command in (['report'], ['report', 'xtam_t1_vkitti2_sd'], ['list'], ['list', 'xtam_t1_vkitti2_sd']):
        _, out, _ = call(*command)
        assert max(map(len, out.splitlines())) <= width, command
    _, out, _ = call('report', 'xtam_t1_vkitti2_sd')
    assert 'method: xTAM' in out
    assert '  semseg/miou [%] ↑   90.00 (1)' in out
    monkeypatch.setenv('COLUMNS', '400')
    _, out, _ = call('report', 'xtam_t1_vkitti2_sd')
    assert '| xTAM ' in out


def test_list_shows_what_has_finished(call, write):
    write('xtam/sd_vkitti2')
    write('xtam/sd_vkitti2', seed=2, profile='mini', rendered=True)
    _, out, _ = call('list')
    assert 'full/paper: 1; mini/paper rendered: 1' in out
    assert 'xtam_t1_cityscapes_sdn' in out
    _, out, _ = call('list', 'xtam_t1_vkitti2_sd')
    assert 'full/paper: 1; mini/paper rendered: 2' in out


@pytest.mark.parametrize('arguments', [['--help'], ['run', '--help'], ['list'], ['report', 'xtam_t1_vkitti2_sd']])
def test_help_list_and_report_load_no_torch(arguments):
    command = [sys.executable, '-c', WITHOUT_TORCH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 'LOADED []' in done.stdout


def test_trivial_rows_come_first(tmp_path):
    jobs = plan(['xtam/sd_vkitti2'], [1], Overlay('mini'), tmp_path)
    assert jobs[0].command[1:4] == ('-m', 'mtlbench.cli.trivial', 'xtam/sd_vkitti2')
