from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mtlbench.config import load_config
from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard import ResultRecord, find_records, run_dir, without_per_run_keys
from mtlbench.records.package import export_records, import_records

IMPORT_FOR_EVER = """
import shutil, sys
from pathlib import Path
from mtlbench.records.package import import_records
package, work_dir = map(Path, sys.argv[1:])
print('started', flush=True)
while True:
    import_records(package, work_dir)
    shutil.rmtree(work_dir)
"""


@pytest.fixture(scope='module')
def resolved():
    """The config that the trainer writes into a record."""
    return without_per_run_keys(load_config('xtam/sd_vkitti2', 'mini').to_dict())


@pytest.fixture
def genuine(make_record, resolved):
    """Records as the trainer writes them."""
    config = load_config('xtam/sd_vkitti2', 'mini')

    def build(name='xtam/sd_vkitti2', **changes):
        values = dict(
            method='xTAM',
            profile='mini',
            config=resolved,
            iterations=config.train_cfg.max_iters,
            resolution=list(config.val_dataloader.dataset.pipeline[0]['size']),
        )
        return make_record(name, 0.5, 4.0, **{**values, **changes})

    return build


@pytest.fixture
def pack(tmp_path):
    """Packs texts by hand, as somebody could who does not mean well; ``index`` and ``names`` replace what is right."""

    def build(*texts, index=None, names=None, extra=()):
        names = names or [f'records/{hashlib.sha256(text.encode()).hexdigest()}.json' for text in texts]
        index = index or {'format': 'mtlbench records', 'version': 1, 'records': sorted(names)}
        path = tmp_path / 'package.zip'
        with zipfile.ZipFile(path, 'w') as package:
            package.writestr('package.json', json.dumps(index))
            for name, text in [*zip(names, texts, strict=True), *extra]:
                package.writestr(name, text)
        return path

    return build


def altered(record, **changes):
    """The text of a record with other values, its own digest made right again where the config changed."""
    values = {**json.loads(record.to_json()), **changes}
    values['config_digest'] = hashlib.sha256(json.dumps(values['config'], sort_keys=True).encode()).hexdigest()
    return json.dumps(values, indent=1) + '\n'


def refused(package, work_dir, reason):
    with pytest.raises(DataError, match=reason) as error:
        import_records(package, work_dir)
    assert str(package) in str(error.value)
    assert not work_dir.exists() or not list(work_dir.rglob('*.json'))


def test_round_trip(tmp_path, genuine):
    records = [genuine(seed=seed, gflops=None, best={'depth/rmse_m': math.nan}) for seed in (1, 2)]
    assert export_records(records, tmp_path / 'ours.zip') == 2
    done = import_records(tmp_path / 'ours.zip', tmp_path / 'theirs')
    assert len(done.added) == 2
    found, damaged = find_records(tmp_path / 'theirs')
    assert not damaged
    assert {record.to_json() for record in found} == {record.to_json() for record in records}
    assert {record.origin for record in found} == {'ours.zip'}
    (note,) = (tmp_path / 'theirs').rglob('imported.json')
    assert json.loads(note.read_text())['sha256'] == hashlib.sha256((tmp_path / 'ours.zip').read_bytes()).hexdigest()


def test_a_package_is_the_same_file_each_time_and_goes_on_to_others(tmp_path, genuine):
    export_records([genuine(seed=1), genuine(seed=2)], tmp_path / 'one.zip')
    import_records(tmp_path / 'one.zip', tmp_path / 'theirs')
    export_records(find_records(tmp_path / 'theirs').records, tmp_path / 'two.zip')
    assert (tmp_path / 'one.zip').read_bytes() == (tmp_path / 'two.zip').read_bytes()


def test_importing_again_adds_only_what_is_new(tmp_path, genuine):
    genuine(seed=1).write(run_dir(tmp_path / 'runs', 'xtam/sd_vkitti2', 'mini', 'paper', 1) / 'result.json')
    export_records([genuine(seed=seed) for seed in (1, 2, 3)], tmp_path / 'ours.zip')
    done = import_records(tmp_path / 'ours.zip', tmp_path / 'runs')
    assert [len(done.added), len(done.known)] == [2, 1]
    assert [len(part) for part in import_records(tmp_path / 'ours.zip', tmp_path / 'runs')] == [0, 3]
    assert len(find_records(tmp_path / 'runs').records) == 3


def test_another_record_of_the_same_run_is_refused(tmp_path, genuine):
    genuine(seed=2, parameters=7).write(
        run_dir(tmp_path / 'runs', 'xtam/sd_vkitti2', 'mini', 'paper', 2) / 'result.json'
    )
    export_records([genuine(seed=1), genuine(seed=2)], tmp_path / 'ours.zip')
    with pytest.raises(DataError, match='a different record of the run'):
        import_records(tmp_path / 'ours.zip', tmp_path / 'runs')
    assert len(find_records(tmp_path / 'runs').records) == 1
    assert not (tmp_path / 'runs/imported').exists()
    with pytest.raises(ConfigError, match='two different records'):
        export_records([genuine(), genuine(parameters=7)], tmp_path / 'two.zip')


def test_an_altered_record_is_refused(tmp_path, genuine, pack):
    record = genuine()
    (name,) = [f'records/{hashlib.sha256(record.to_json().encode()).hexdigest()}.json']
    better = altered(record, metrics={'semseg/miou': 0.99, 'depth/rmse_m': 1.0})
    refused(pack(better, names=[name]), tmp_path / 'runs', 'was changed')
    # The digest of the package made right, but not the record's own.
    text = json.dumps({**json.loads(record.to_json()), 'config': {**record.config, 'x': 1}}, indent=1) + '\n'
    refused(pack(text), tmp_path / 'runs', "'config_digest'")
    # One bit of the file.
    package = pack(record.to_json())
    data = bytearray(package.read_bytes())
    data[data.index(b'"metrics"') + 40] ^= 1
    package.write_bytes(data)
    refused(package, tmp_path / 'runs', 'damaged')


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'iterations': 7}, "'iterations' is 7, expected"),
        ({'resolution': [320, 1024]}, "'resolution'"),
        ({'task_set': 'sdn'}, "'task_set'"),
        ({'method': 'Better'}, "'method'"),
        ({'profile': 'full'}, "'profile'"),
        ({'recipe': 'reference'}, "'recipe'"),
        ({'dataset': 'cityscapes'}, "'dataset'"),
        ({'rendered': True}, "'rendered'"),
        ({'metrics_of_record': {'semseg': 'miou'}}, "'tasks'"),
        ({'metrics_of_record': {'semseg': 'miou', 'depth': 'abs_rel'}}, "'metrics_of_record' has 'abs_rel'"),
        (
            {'metrics': {'semseg/miou': 0.5, 'depth/rmse_m': 4.0, 'depth/abs_rel': 1.0, 'edges/odsf': 1.0}},
            "'edges/odsf'",
        ),
        ({'higher_is_better': {'semseg/miou': True, 'depth/rmse_m': True, 'depth/abs_rel': False}}, "'depth/rmse_m'"),
        ({'name': '../../evil/sd_vkitti2'}, "'name' is '../../evil/sd_vkitti2'"),
        ({'name': 'trivial/sd_vkitti2'}, "'method'"),
        ({'balancer': {'type': 'PCGrad'}}, "'balancer' has 'PCGrad' for 'type', expected 'FixedWeights'"),
        ({'balancer': {'type': 'FixedWeights', 'constant': {'semseg': 1, 'depth': 1}}}, "for 'constant', expected"),
        ({'balancer': {'type': 'FixedWeights', 'gradients_on': 'parameters'}}, "for 'gradients_on', expected 'maps'"),
        (
            {'balancer': {'type': 'FixedWeights', 'weights': {'depth': {'mean': 1, 'last': 1, 'share': 1}}}},
            "weights of \\['depth'\\]",
        ),
        ({'balancer': 'PCGrad'}, "'balancer' is 'PCGrad', expected"),
        ({'config': 'import os\n'}, "'config' is 'import os.*', expected an object"),
        ({'config': {'method': 'xTAM'}}, "has no 'tasks'"),
        ({'config': {'tasks': [1]}}, "has no 'tasks'"),
    ],
)
def test_a_record_that_does_not_fit_its_config_is_refused(tmp_path, genuine, pack, changes, reason):
    record = genuine()
    scored = {'metrics': {**record.metrics, 'depth/abs_rel': 0.1}, 'higher_is_better': {**record.higher_is_better}}
    scored['higher_is_better']['depth/abs_rel'] = False
    refused(pack(altered(record, **{**scored, **changes})), tmp_path / 'runs', reason)


def test_weights_travel(tmp_path, genuine):
    balancer = {'type': 'FixedWeights', 'constant': {'semseg': 50.0, 'depth': 1.0}}
    export_records([genuine(balancer=balancer)], tmp_path / 'ours.zip')
    (record,) = import_records(tmp_path / 'ours.zip', tmp_path / 'runs').added
    assert record.balancer == balancer


def test_a_part_that_is_not_installed_is_named(tmp_path, genuine, pack):
    config = json.loads(json.dumps(genuine().config).replace('"DepthTask"', '"TheirTask"'))
    refused(pack(altered(genuine(), config=config)), tmp_path / 'runs', "'TheirTask', which is not registered")


def test_one_bad_record_keeps_the_good_ones_out(tmp_path, genuine, pack):
    refused(pack(genuine().to_json(), altered(genuine(seed=2), iterations=7)), tmp_path / 'runs', "'iterations'")


@pytest.mark.parametrize(
    'name', ['../result.json', '/result.json', 'records/../../x.json', 'a/result.json', 'records/']
)
def test_entries_that_lead_elsewhere_are_refused(tmp_path, genuine, pack, name):
    before = sorted(tmp_path.parent.rglob('*'))
    package = pack(genuine().to_json(), extra=[(name, '{}')])
    refused(package, tmp_path / 'runs', 'is not a record')
    assert sorted(tmp_path.parent.rglob('*')) == sorted([*before, package])


def test_a_list_that_does_not_agree_is_refused(tmp_path, genuine, pack):
    index = {'format': 'mtlbench records', 'version': 1, 'records': []}
    refused(pack(genuine().to_json(), index=index), tmp_path / 'runs', 'added or removed')
    refused(pack(genuine().to_json(), index={**index, 'version': 2}), tmp_path / 'runs', 'does not have the format')


def test_what_is_no_package_is_refused(tmp_path):
    path = tmp_path / 'ours.zip'
    refused(path, tmp_path / 'runs', 'not a package of records')
    path.write_bytes(b'no zip')
    refused(path, tmp_path / 'runs', 'not a package of records')
    with zipfile.ZipFile(path, 'w') as package:
        package.writestr('records/' + 64 * '0' + '.json', '{}')
    refused(path, tmp_path / 'runs', "no 'package.json'")
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as package:
        package.writestr('package.json', b'0' * 2**25)
    refused(path, tmp_path / 'runs', 'too much for a record')


def test_nothing_to_export_and_nothing_overwritten(tmp_path, genuine):
    with pytest.raises(ConfigError, match='no finished runs'):
        export_records([], tmp_path / 'ours.zip')
    (tmp_path / 'ours.zip').write_text('something else')
    with pytest.raises(ConfigError, match='already exists'):
        export_records([genuine()], tmp_path / 'ours.zip')
    assert [path.name for path in tmp_path.iterdir()] == ['ours.zip']


def test_a_trivial_row_travels_too(tmp_path, genuine):
    record = genuine('trivial/sd_vkitti2', method='trivial', iterations=0, parameters=0, seed=0)
    export_records([record], tmp_path / 'ours.zip')
    assert import_records(tmp_path / 'ours.zip', tmp_path / 'runs').added == [record]


def test_a_killed_import_leaves_all_or_nothing(tmp_path, genuine):
    export_records([genuine(seed=seed) for seed in range(30)], tmp_path / 'ours.zip')
    for attempt in range(4):
        command = [sys.executable, '-c', IMPORT_FOR_EVER, str(tmp_path / 'ours.zip'), str(tmp_path / f'runs{attempt}')]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            # The first import loads the registries, which takes seconds; then one follows upon the other.
            wait_for_hidden_folder(tmp_path / f'runs{attempt}' / 'imported')
            time.sleep(0.003 * attempt)
            os.kill(process.pid, signal.SIGKILL)
        found = find_records(tmp_path / f'runs{attempt}')
        assert len(found.records) in (0, 30)
        assert not found.damaged
        import_records(tmp_path / 'ours.zip', tmp_path / f'runs{attempt}')
        assert len(find_records(tmp_path / f'runs{attempt}').records) == 30


def wait_for_hidden_folder(path):
    for _ in range(30000):
        if path.exists() and any(entry.name.startswith('.') for entry in path.iterdir()):
            return
        time.sleep(0.001)
    pytest.fail('waited 30 s in vain')


def test_origin_is_no_part_of_a_record(tmp_path, genuine):
    text = json.dumps({**json.loads(genuine().to_json()), 'origin': 'x'})
    (tmp_path / 'result.json').write_text(text)
    with pytest.raises(DataError, match='origin'):
        ResultRecord.read(tmp_path / 'result.json')


def test_the_tool(tmp_path, genuine):
    for record in (genuine(seed=1), genuine('mine/sd_vkitti2', seed=1)):
        record.write(run_dir(tmp_path / 'runs', record.name, 'mini', 'paper', 1) / 'result.json')
    tool = [sys.executable, str(Path(__file__).parents[2] / 'tools/benchmark.py')]

    def call(*arguments):
        return subprocess.run([*tool, *arguments], cwd=tmp_path, capture_output=True, text=True)

    done = call('export', 'ours.zip', '--suite', 'xtam_t1_vkitti2_sd', '--work-dir', 'runs')
    assert done.stdout == '1 records in ours.zip\n', done.stderr
    done = call('import', 'ours.zip', '--work-dir', 'theirs')
    assert done.stdout == '1 records imported, 0 already present\n', done.stderr
    (tmp_path / 'ours.zip').write_text('')
    done = call('import', 'ours.zip', '--work-dir', 'theirs')
    assert done.returncode == 1
    assert done.stderr.startswith('error: ')
