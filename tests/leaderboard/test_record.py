from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard import ResultRecord, find_records, run_dir, run_name, without_per_run_keys
from mtlbench.leaderboard.tables.comparability import by_setting, variants

WRITE_FOR_EVER = """
import dataclasses, sys
from pathlib import Path
from mtlbench.leaderboard import ResultRecord
record = ResultRecord.read(sys.argv[1])
path = Path(sys.argv[2])
print('started', flush=True)
for i in range(10**9):
    path.unlink(missing_ok=True)
    dataclasses.replace(record, config={'text': 'x' * 2_000_000 + str(i)}).write(path)
"""


def edit(path: Path, **changes: object) -> None:
    values = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in values.items() if value != 'DROP'}))


@pytest.mark.parametrize(
    ('encoder', 'expected'),
    [
        ({'type': 'ResNetEncoder', 'depth': 18, 'weights': 'IMAGENET1K_V1'}, ('ResNetEncoder (IMAGENET1K_V1)',)),
        ({'type': 'TimmEncoder', 'name': 'lite0', 'weights': '/home/me/w.pth'}, ('lite0 (w.pth)',)),
        ({'type': 'TimmEncoder', 'name': 'lite0', 'weights': None}, ()),
        ({'type': 'Wrapper', 'encoder': {'type': 'Inner', 'weights': 'w'}, 'weights': {'a': 1}}, ('Inner (w)',)),
        (3, ()),
        (None, ()),
    ],
)
def test_pretrained_weights_are_read_from_the_config(make_record, encoder, expected):
    record = make_record('xtam/sd_vkitti2', config={'model': {'network': {'encoder': encoder}}})
    assert record.pretrained == expected
    assert make_record('xtam/sd_vkitti2', config={'model': 1}).pretrained == ()


def test_round_trip(make_record, tmp_path):
    record = make_record('xtam/sd_vkitti2', 0.8123456789012345, 3.4, gflops=12.5, best={'depth/rmse_m': 3.1})
    record.write(tmp_path / 'deep/er/result.json')
    assert ResultRecord.read(tmp_path / 'deep/er/result.json') == record
    assert [path.name for path in (tmp_path / 'deep/er').iterdir()] == ['result.json']


def test_nan_is_null_in_the_file_and_nan_when_read(make_record, tmp_path):
    path = tmp_path / 'result.json'
    make_record('xtam/sd_vkitti2', math.nan, 3.4).write(path)
    assert json.loads(path.read_text(), parse_constant=pytest.fail)['metrics']['semseg/miou'] is None
    read = ResultRecord.read(path)
    assert math.isnan(read.metrics['semseg/miou'])
    assert read.gflops is None


def test_infinity_is_refused(make_record):
    with pytest.raises(DataError, match='metrics'):
        make_record('xtam/sd_vkitti2', math.inf, 3.4)


def test_the_same_record_may_be_written_twice_another_may_not(make_record, tmp_path):
    path = tmp_path / 'result.json'
    record = make_record('xtam/sd_vkitti2')
    record.write(path)
    record.write(path)
    with pytest.raises(ConfigError, match=r'result\.json .*another run'):
        make_record('xtam/sd_vkitti2', seed=2).write(path)
    assert ResultRecord.read(path) == record


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'seed': 1.5}, "'seed'"),
        ({'seed': True}, "'seed'"),
        ({'rendered': 'no'}, "'rendered'"),
        ({'metrics': {'semseg/miou': 'high'}}, "'metrics'"),
        ({'metrics': {'depth/rmse_m': 1.0}}, "'metrics' lacks 'semseg/miou'"),
        ({'resolution': [320]}, "'resolution'"),
        ({'data': {'val': {}}}, "'data'"),
        ({'created': 'yesterday'}, "'created'"),
        ({'config': {'tampered': 1}}, "'config_digest'"),
        ({'config': 'lr = 1'}, "'config' is 'lr = 1', expected an object"),
        ({'schema': 99}, "'schema' is 99"),
        ({'method': 'DROP'}, r"missing fields: \['method'\]"),
        ({'extra': 1}, r"unknown fields: \['extra'\]"),
    ],
)
def test_a_changed_file_is_told_with_file_and_field(make_record, tmp_path, changes, message):
    path = tmp_path / 'result.json'
    make_record('xtam/s_vkitti2').write(path)
    edit(path, **changes)
    with pytest.raises(DataError, match=message) as error:
        ResultRecord.read(path)
    assert str(path) in str(error.value)


LEARNED = {'mean': 1.25, 'last': 0.123456789012345, 'share': 0.5}
BALANCER = {
    'type': 'PCGrad',
    'gradients_on': 'maps',
    'weights': {'semseg': LEARNED, 'depth': {'mean': None, 'last': None, 'share': 0.0}},
    'conflict': 0.25,
    'failures': 0,
}


@pytest.mark.parametrize('balancer', [BALANCER, {'type': 'FixedWeights', 'constant': {'semseg': 50, 'depth': 0.0}}])
def test_a_balancer_is_read_as_it_was_written(make_record, tmp_path, balancer):
    record = make_record('xtam/sd_vkitti2', balancer=balancer)
    record.write(tmp_path / 'result.json')
    assert ResultRecord.read(tmp_path / 'result.json').balancer == balancer


@pytest.mark.parametrize(
    'changes',
    [
        {'type': ''},
        {'type': None},
        {'gradients_on': 1},
        {'constant': {'semseg': None}},
        {'constant': {'semseg': math.nan}},
        {'constant': {'semseg': 1e31}},
        {'weights': [1.0]},
        {'weights': {'semseg': 1.0}},
        {'weights': {'semseg': {'mean': 1.0, 'last': 1.0}}},
        {'weights': {'semseg': {**LEARNED, 'share': 1.5}}},
        {'weights': {'semseg': {**LEARNED, 'last': '1'}}},
        {'weights': {'semseg': {**LEARNED, 'first': 1.0}}},
        {'conflict': -0.1},
        {'conflict': None},
        {'failures': -1},
        {'failures': 0.5},
        {'other': 1},
    ],
)
def test_a_balancer_that_cannot_be_is_refused(make_record, changes):
    with pytest.raises(DataError, match=r"field 'balancer' is .*, expected {'type', \.\.\.} with 'constant'"):
        make_record('xtam/sd_vkitti2', balancer={**BALANCER, **changes})


def test_a_record_of_a_version_without_balancers_is_valid_and_comparable(make_record, tmp_path):
    old, new = make_record('xtam/sd_vkitti2'), make_record('xtam/sd_vkitti2', seed=2, balancer=BALANCER)
    assert 'balancer' not in json.loads(old.to_json())
    for record in (old, new):
        record.write(tmp_path / str(record.seed) / 'result.json')
    found = find_records(tmp_path).records
    assert found == [old, new]
    assert len(by_setting(found)) == 1
    ((group,),) = [variants(found)]
    assert [record.seed for record in group] == [1, 2]


@pytest.mark.parametrize('content', [b'', b'{"schema": 1', b'[]', b'\xff\xfe', b'null'])
def test_find_records_reports_damaged_files_and_goes_on(make_record, tmp_path, content):
    make_record('xtam/s_vkitti2').write(tmp_path / 'a/result.json')
    (tmp_path / 'b').mkdir()
    (tmp_path / 'b/result.json').write_bytes(content)
    found = find_records(tmp_path)
    assert [record.name for record in found.records] == ['xtam/s_vkitti2']
    assert len(found.damaged) == 1
    assert 'b/result.json' in found.damaged[0]


def test_no_folder_no_records(tmp_path):
    assert find_records(tmp_path / 'nowhere') == ([], [])


def test_a_killed_writer_never_leaves_half_a_record(make_record, tmp_path):
    source = tmp_path / 'source.json'
    make_record('xtam/sd_vkitti2').write(source)
    path = tmp_path / 'out/result.json'
    for attempt in range(6):
        command = [sys.executable, '-c', WRITE_FOR_EVER, str(source), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(0.05 + 0.013 * attempt)
            os.kill(process.pid, signal.SIGKILL)
        if path.exists():
            ResultRecord.read(path)


def test_run_folders():
    assert run_name('configs/xtam/sd_vkitti2.py') == run_name('/x/configs/xtam/sd_vkitti2.py') == 'xtam/sd_vkitti2'
    assert run_dir('w', 'xtam/sd_vkitti2', None, 'paper', 3) == Path('w/full/paper/xtam/sd_vkitti2/seed3')
    assert run_dir('w', 'my/a.b_c.py', 'own/tiny.py', 'paper', 0) == Path('w/tiny/paper/my/a.b_c/seed0')


def test_a_config_in_a_folder_above_has_the_name_of_that_folder(tmp_path, monkeypatch):
    (tmp_path / 'mine' / 'below').mkdir(parents=True)
    monkeypatch.chdir(tmp_path / 'mine' / 'below')
    assert run_name('../sd_x.py') == 'mine/sd_x'


def test_seeds_of_an_experiment_share_their_config():
    config = {'model': {'lr': 1}, 'work_dir': 'a', 'randomness': {'seed': 1}, 'loader': [{'data_root': 'x', 'k': 2}]}
    assert without_per_run_keys(config) == {'model': {'lr': 1}, 'loader': [{'k': 2}]}


def test_a_resumed_run_has_the_config_of_an_uninterrupted_one():
    config = {'model': {'lr': 1}, 'resume': False, 'load_from': None}
    resumed = {**config, 'resume': True, 'load_from': 'iter_100.pth'}
    assert without_per_run_keys(resumed) == without_per_run_keys(config)
    assert without_per_run_keys({'load_from': 'pretrained.pth'}) == {'load_from': 'pretrained.pth'}


def test_the_leaderboard_needs_no_torch():
    code = 'import sys, mtlbench.leaderboard as l; assert "torch" not in sys.modules and l.ResultRecord'
    subprocess.run([sys.executable, '-c', code], check=True)
