"""Curves and images of real runs in each back end, read back from its files."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import defaultdict
from functools import partial

import cv2
import numpy as np
import pytest
from tiny_runs import die_alone_after_update, read_record

from mtlbench.engine.launch import RunRequest, train
from mtlbench.errors import ConfigError

BACKENDS = ('tensorboard', 'wandb', 'mlflow')
SHORT = dict(
    train_cfg__max_iters=6,
    train_cfg__val_interval=3,
    default_hooks__checkpoint__interval=2,
    default_hooks__logger__interval=1,
    # The workers of a killed trainer would hold the lock of the run for some seconds.
    train_dataloader__labeled__num_workers=0,
    val_dataloader__num_workers=0,
    test_dataloader__num_workers=0,
)
LOSSES = {'loss/total', 'loss/semseg', 'loss/depth'}
WEIGHTS = {'weight/semseg', 'weight/depth'}
PANELS = {'predictions/00000_rgb_00000', 'predictions/00001_rgb_00001', 'predictions/00002_rgb_00010'}


@pytest.fixture(scope='module')
def listener():
    """A proxy that the environment names, and what is sent to it."""
    received = []
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen()

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    received.append(connection.recv(200))

        threading.Thread(target=listen, daemon=True).start()
        address = f'http://127.0.0.1:{server.getsockname()[1]}'
        names = ('http_proxy', 'https_proxy', 'all_proxy')
        yield {name: address for one in names for name in (one, one.upper())}, received
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope='module')
def runs(tool_of, train_arguments_of, tmp_path_factory, listener):
    """The same run without a log, with all, and with all but killed and resumed."""
    pytest.importorskip('wandb')
    pytest.importorskip('mlflow')
    folder = tmp_path_factory.mktemp('watch')
    # A user may have set the first ones for other work. By default, wandb writes to its file every 15 s.
    env = {'WANDB_MODE': 'online', 'WANDB_RUN_ID': 'other', 'MLFLOW_RUN_ID': '0' * 32}
    env |= {**listener[0], 'WANDB_X_TRANSACTION_LOG_FLUSH_INTERVAL': '0.1'}

    def run(name, *more, before=None):
        arguments = train_arguments_of('xtam/sd_vkitti2', folder / name, *more, **SHORT)
        return tool_of(folder)('train', *arguments, before=before, env=env)

    for name, log in (('plain', ()), ('logged', ('--log', *BACKENDS))):
        done = run(name, *log)
        assert done.returncode == 0, done.stdout
    log = [f'--log={name}' for name in BACKENDS]
    assert run('resumed', '--resume', *log, before=partial(die_alone_after_update, 5)).returncode == -9
    done = run('resumed', '--resume', *log)
    assert done.returncode == 0, done.stdout
    return folder


def read_tensorboard(run):
    """Curves ``{name: {step: values}}``, names of images by step, and the config."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / 'tensorboard'), size_guidance={'scalars': 0, 'images': 0, 'tensors': 0})
    events.Reload()
    curves, images = defaultdict(lambda: defaultdict(list)), defaultdict(dict)
    tags = events.Tags()
    for name in tags['scalars']:
        for event in events.Scalars(name):
            curves[name][event.step].append(event.value)
    for name in tags['images']:
        for event in events.Images(name):
            content = np.frombuffer(event.encoded_image_string, np.uint8)
            images[event.step][name] = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]
    config = events.Tensors('config/text_summary')[0].tensor_proto.string_val[0].decode()
    return curves, images, config


def records_of(path):
    """Yield the records of a wandb file, which has the format of LevelDB's logs: blocks of parts of records."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, position, whole = path.read_bytes(), 7, b''
    while position < len(content):
        left = 32768 - position % 32768
        if left < 7:
            position += left
            continue
        length, kind = struct.unpack('<HB', content[position + 4 : position + 7])
        whole += content[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # a whole record, or its last part
            yield Record.FromString(whole)
            whole = b''


def read_wandb(run):

    curves, images, ids, config = defaultdict(lambda: defaultdict(list)), defaultdict(dict), set(), {}
    for path in sorted(run.glob('wandb/offline-run-*/*.wandb')):
        for record in records_of(path):
            if record.HasField('run'):
                ids.add(record.run.run_id)
                config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
            config |= {item.key: json.loads(item.value_json) for item in record.config.update}
            row = {'/'.join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
            for name, value in row.items():
                if name.endswith('/path'):
                    file = path.parent / 'files' / value
                    images[row['_step']][name.removesuffix('/path')] = cv2.imread(str(file))[..., ::-1]
                elif not name.startswith(('_', 'predictions/')):
                    curves[name][row['_step']].append(value)
    assert len(ids) == 1
    return curves, images, str(config)


def read_mlflow(run):
    curves, images = defaultdict(lambda: defaultdict(list)), defaultdict(dict)
    (folder,) = {path.parent.parent for path in run.glob('mlflow/*/*/params/*')}
    for path in (path for path in (folder / 'metrics').rglob('*') if path.is_file()):
        for line in path.read_text().splitlines():
            _, value, step = line.split()[:3]
            curves[str(path.relative_to(folder / 'metrics'))][int(step)].append(float(value))
    for path in folder.glob('artifacts/images/*.png'):
        name, _, step = path.name.split('+')[:3]
        images[int(step)][name.replace('~', '/')] = cv2.imread(str(path))[..., ::-1]
    assert 'status: 3' in (folder / 'meta.yaml').read_text()  # finished
    return curves, images, (folder / 'params/model.type').read_text() + (folder / 'artifacts/config.py').read_text()


READERS = {'tensorboard': read_tensorboard, 'wandb': read_wandb, 'mlflow': read_mlflow}


def local_scalars(run):
    """Values in mmengine's own log, by name and iteration."""

    found = defaultdict(dict)
    for path in sorted(run.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            for name, value in row.items():
                found[name][row['step']] = value
    return found


@pytest.mark.parametrize('backend', BACKENDS)
def test_curves_and_images_are_those_of_the_run(runs, backend):
    curves, images, config = READERS[backend](runs / 'logged')
    assert {*LOSSES, *WEIGHTS} <= curves.keys()
    # The interval is one, so the curves are the losses themselves; TensorBoard stores float32.
    own = local_scalars(runs / 'logged')
    for name in LOSSES:
        logged = own[name.replace('/total', '').replace('/', '_')]
        # mmengine's own log holds means over the last ten updates.
        values = [curves[name][step][0] for step in range(1, 7)]
        means = [np.mean(values[:step]) for step in range(1, 7)]
        assert means == pytest.approx([logged[step] for step in range(1, 7)], rel=1e-6)
    for name, value in read_record(runs / 'logged')['metrics'].items():
        if value is None:
            assert name not in curves
        else:
            assert sorted(curves[name]) == [3, 6]
            assert curves[name][6] == [pytest.approx(value, rel=1e-6)]
    for name, weight in {'weight/semseg': 50.0, 'weight/depth': 1.0}.items():
        assert dict(curves[name]) == {step: [weight] for step in range(1, 7)}
    rates = {name: values for name, values in curves.items() if name.startswith('lr/')}
    assert len(rates) == 2
    assert {step: images[step].keys() for step in images} == {3: PANELS, 6: PANELS}
    assert 'Learner' in config


def test_the_last_images_are_the_panels_of_the_run(runs):
    for backend in BACKENDS:
        _, images, _ = READERS[backend](runs / 'logged')
        for name in PANELS:
            drawn = cv2.imread(str(runs / 'logged/images' / f'{name.partition("/")[2]}.png'))[..., ::-1]
            assert np.array_equal(images[6][name], drawn), (backend, name)


@pytest.mark.parametrize('backend', BACKENDS)
def test_a_resumed_run_continues_the_same_curves(runs, backend):
    curves, images, _ = READERS[backend](runs / 'resumed')
    whole, _, _ = READERS[backend](runs / 'logged')
    timeless = {name for name in whole if not name.startswith('seconds/')}
    assert {name for name in curves if not name.startswith('seconds/')} == timeless
    for name in timeless:
        assert curves[name].keys() == whole[name].keys()
        for step, values in curves[name].items():
            # Update 5 was made twice: TensorBoard hides the first, and wandb writes a step when the next one begins.
            times = 2 if step == 5 and backend == 'mlflow' else 1
            assert values == times * whole[name][step], (name, step)
    assert images.keys() == {3, 6}


def test_a_log_changes_nothing_of_a_run(runs):
    plain, *others = (read_record(runs / name) for name in ('plain', 'logged', 'resumed'))
    for other in others:
        for key in ('metrics', 'best', 'config', 'config_digest', 'iterations', 'data'):
            assert other[key] == plain[key], key


def test_constant_weights_are_recorded_as_they_are_and_not_logged(runs):
    constant = {'semseg': 50.0, 'depth': 1.0}
    assert read_record(runs / 'plain')['balancer'] == {'type': 'FixedWeights', 'constant': constant}
    assert not any(name.startswith('weight_') for name in local_scalars(runs / 'plain'))


def test_nothing_goes_out(runs, listener):
    assert runs.exists()
    assert listener[1] == []


def test_a_missing_package_is_told_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.setattr('importlib.util.find_spec', lambda name, *_: None)
    request = RunRequest('stl/d_vkitti2', work_dir=str(tmp_path / 'run'), log=('wandb',))
    with pytest.raises(
        ConfigError, match=r"--log wandb needs the package 'wandb'; run: pip install 'mtlbench\[wandb\]'"
    ):
        train(request)
    assert not (tmp_path / 'run').exists()


def test_an_unknown_one_is_told(tmp_path):
    request = RunRequest('stl/d_vkitti2', work_dir=str(tmp_path / 'run'), log=('tensorbord',))
    with pytest.raises(ConfigError, match=r"--log is 'tensorbord', expected one of .*did you mean tensorboard"):
        train(request)
