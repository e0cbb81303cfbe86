"""An exported file of weights is a checkpoint: it is evaluated, predicts and starts runs, without any other file."""

from __future__ import annotations

import json
import shutil
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_runs import write_tiny_vkitti2
from trained import SEED, UPDATES, write_run

from mtlbench.checkpoint import identity_of, read_checkpoint
from mtlbench.cli import predict
from mtlbench.config import load_config
from mtlbench.engine import launch
from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.engine.resume import course_of
from mtlbench.engine.saved import saved_run, source_of
from mtlbench.engine.start import start_hook
from mtlbench.errors import CheckpointError, ConfigError, MissingExtraError
from mtlbench.export import export
from mtlbench.records.record import ResultRecord
from mtlbench.registry import MODELS

ALONE = RunRequest(config=None)


@pytest.fixture(scope='module')
def weights(run, tmp_path_factory):
    """The file alone, under another name, in a folder of its own."""
    out = tmp_path_factory.mktemp('alone')
    export(run.folder, ['safetensors'], out / 'export')
    return shutil.move(out / 'export/model.safetensors', out / 'mine.safetensors')


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return write_tiny_vkitti2(tmp_path_factory.mktemp('data') / 'vkitti2')


def test_the_file_is_the_checkpoint_without_what_only_trains(run, weights):
    kept = read_checkpoint(run.folder / f'iter_{UPDATES}.pth')
    found = read_checkpoint(weights)
    assert found['state_dict'].keys() == kept['state_dict'].keys()
    assert all(torch.equal(value, kept['state_dict'][name]) for name, value in found['state_dict'].items())
    assert (found['meta']['seed'], found['meta']['iter']) == (SEED, UPDATES)
    assert identity_of(weights)['seed'] == SEED
    assert saved_run(weights).name == 'mtl/sdn_vkitti2'


def test_the_metrics_are_those_of_the_checkpoint(run, weights, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    workers = {'test_dataloader.num_workers': 0}
    found = [
        launch.test(
            RunRequest(config=None, data_root=str(data), work_dir=str(tmp_path / name), options=workers), str(path)
        )
        for name, path in (('one', run.folder), ('other', weights))
    ]
    assert found[0].keys() == found[1].keys()
    assert np.array_equal(list(found[0].values()), list(found[1].values()), equal_nan=True)
    assert not np.isnan(found[0]['depth/rmse_m'])


def test_predictions_need_the_file_alone(run, weights, tmp_path, monkeypatch, capsys):
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'image.png'), image)
    panels = []
    for name, path in (('one', run.folder), ('other', weights)):
        arguments = ['predict', str(path), str(tmp_path / 'image.png'), '--out', str(tmp_path / name)]
        monkeypatch.setattr(sys, 'argv', arguments)
        predict.main()
        panels.append(next((tmp_path / name).rglob('*.png')).read_bytes())
    assert panels[0] == panels[1]


def test_the_folder_of_an_export_stands_for_its_weights(run, exported):
    _, learner = load_learner(ALONE, str(exported.folder))
    assert all(torch.equal(value, run.learner.state_dict()[name]) for name, value in learner.state_dict().items())


def test_an_export_of_an_export_has_the_same_results(weights, tmp_path):
    export(weights, ['safetensors'], tmp_path)
    meta = [read_checkpoint(path)['meta'] for path in (weights, tmp_path / 'model.safetensors')]
    assert meta[0]['results'] == meta[1]['results']
    assert json.loads(meta[0]['results'])['metrics']['semseg/miou'] == 0.5
    assert meta[0]['config_digest'] == meta[1]['config_digest']


def test_the_file_has_the_options_of_its_export(run, tmp_path):
    """Of all networks of this shape, it holds the one that was checked; its run is still the same one."""
    request = RunRequest(config=None, options={'tasks.depth.median_scaling': True})
    export(run.folder, ['safetensors'], tmp_path, request=request)
    _, learner = load_learner(ALONE, str(tmp_path))
    assert learner.tasks['depth'].median_scaling
    assert not run.learner.tasks['depth'].median_scaling
    assert source_of(tmp_path / 'model.safetensors') == source_of(run.folder / f'iter_{UPDATES}.pth')


def test_objectives_stay_behind(tmp_path, tiny):
    """The pose network of depth from video trains the network and is no part of it."""
    options = {'model.network.encoder.depth': 18, 'freeze': ['objectives']}
    learner = write_run(tmp_path / 'run', 'sde/d_cityscapes_whole', tiny, **options)
    assert any(name.startswith('objectives.') for name in learner.state_dict())
    export(tmp_path / 'run', ['safetensors'], tmp_path / 'out')
    names = list(load_file(tmp_path / 'out/model.safetensors'))
    assert set(names) == {name for name in learner.state_dict() if not name.startswith('objectives.')}
    assert saved_run(tmp_path / 'out/model.safetensors').config['model']['objectives'] == {}


class Hub:
    def __init__(self):
        self.runtime_info = {}

    def update_info(self, key, value):
        self.runtime_info[key] = value


def start(cfg, given=None):
    """The learner of a config after the hook that starts it from another run, and what the record will say."""
    torch.manual_seed(1)
    cfg.model.network.encoder.weights = None
    learner, hub = MODELS.build(cfg.model), Hub()
    logger = SimpleNamespace(info=lambda text: None)
    start_hook(cfg, given, 'full').before_train(SimpleNamespace(model=learner, message_hub=hub, logger=logger))
    return learner, hub.runtime_info['started_from']


def config(tiny, **starts_from):
    cfg = load_config('mtl/sdn_vkitti2', str(tiny))
    cfg.starts_from = starts_from
    return cfg


def test_a_run_starts_from_the_file(run, weights, tiny):
    learner, source = start(config(tiny, checkpoint=str(weights)))
    wanted = run.learner.network.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in learner.network.state_dict().items())
    record = ResultRecord.read(run.folder / 'result.json')
    assert source == {
        'name': 'mtl/sdn_vkitti2',
        'seed': SEED,
        'iterations': UPDATES,
        'config_digest': record.config_digest,
    }


def test_a_part_starts_from_the_file_and_the_rest_does_not(run, weights, tiny):
    parts = {'network.encoder': 'network.encoder'}
    learner, _ = start(config(tiny, checkpoint=str(weights), parts=parts))
    own, wanted = learner.network.state_dict(), run.learner.network.state_dict()
    same = {name for name in own if torch.equal(own[name], wanted[name])}
    encoder = {name for name in own if name.startswith('encoder.')}
    assert encoder and encoder <= same
    assert not [name for name in same - encoder if own[name].ndim == 4]  # the random ones


def test_a_checkpoint_or_a_run_starts_one_too_and_the_option_replaces_it(run, weights, tiny, tmp_path):
    for checkpoint in (run.folder, run.folder / f'iter_{UPDATES}.pth'):
        assert start(config(tiny, checkpoint=str(checkpoint)))[1] == source_of(weights)
    gone = config(tiny, checkpoint=str(tmp_path / 'gone.safetensors'))
    assert start(gone, str(weights))[1]['seed'] == SEED
    with pytest.raises(CheckpointError, match=r'gone\.safetensors does not exist'):
        start_hook(gone, None, 'full')


def test_a_start_names_a_config_or_a_checkpoint(tiny):
    for wrong in (dict(config='stl/d_vkitti2', checkpoint='x'), dict(checkpoint='x', weights='y'), dict(parts={})):
        with pytest.raises(ConfigError, match=r'starts_from is .*dict\(checkpoint='):
            start_hook(config(tiny, **wrong), None, 'full')


def test_weights_of_no_run_start_none(run, tiny, tmp_path):
    save_file({'network.x': torch.ones(2)}, tmp_path / 'plain.safetensors')
    with pytest.raises(CheckpointError, match='does not say which config made it'):
        start_hook(config(tiny, checkpoint=str(tmp_path / 'plain.safetensors')), None, 'full')
    assert read_checkpoint(tmp_path / 'plain.safetensors').keys() == {'network.x'}


def test_a_folder_of_exports_is_no_run_to_resume(exported, tiny):
    cfg = load_config('mtl/sdn_vkitti2', str(tiny))
    assert course_of(exported.folder, cfg, resume=True, may_change=()).checkpoint is None


@pytest.mark.parametrize('size', [0, 5, 100, -1000])
def test_a_damaged_file_is_told_in_one_line(weights, tmp_path, size):
    path = tmp_path / 'cut.safetensors'
    path.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(CheckpointError, match=r'cut\.safetensors is damaged') as told:
        load_learner(ALONE, str(path))
    assert '\n' not in str(told.value)


@pytest.mark.parametrize('note', ['', '{', '[]', '{"name": "a/b"}', '{"name": "../x", "config": {}}', '[' * 9999])
def test_a_header_that_describes_no_run_is_told(tmp_path, note):
    save_file({'w': torch.ones(2)}, tmp_path / 'x.safetensors', {'run': note, 'seed': '9' * 5000})
    with pytest.raises(CheckpointError, match=r'x\.safetensors') as told:
        load_learner(ALONE, str(tmp_path / 'x.safetensors'))
    assert '\n' not in str(told.value)


def test_a_header_names_no_code(weights, tmp_path):
    meta = dict(read_checkpoint(weights)['meta'])
    run = json.loads(meta['run'])
    run['config']['model']['network']['encoder']['type'] = 'os.system'
    header = {**{key: str(value) for key, value in meta.items()}, 'run': json.dumps(run)}
    save_file(load_file(weights), tmp_path / 'x.safetensors', header)
    with pytest.raises(CheckpointError, match=r"needs the type 'os.system', which is not registered"):
        load_learner(ALONE, str(tmp_path / 'x.safetensors'))


@pytest.mark.parametrize(
    'results',
    [
        '{',
        '[]',
        '{}',
        {'metrics': {'a/b': 'x'}},
        {'metrics': [1]},
        {'data': []},
        {'pretrained': [{}]},
        {'pretrained': 1},
    ],
)
def test_damaged_results_in_a_header_are_told(weights, tmp_path, results):
    meta = {key: str(value) for key, value in read_checkpoint(weights)['meta'].items()}
    if isinstance(results, dict):
        results = json.dumps({**json.loads(meta['results']), **results})
    save_file(load_file(weights), tmp_path / 'x.safetensors', {**meta, 'results': results})
    with pytest.raises(CheckpointError, match=r"x\.safetensors: 'results' in its header is damaged") as told:
        export(tmp_path / 'x.safetensors', ['safetensors'])
    assert '\n' not in str(told.value)


@pytest.mark.parametrize('name', ['model.onnx', 'model.pt2'])
def test_a_program_is_no_checkpoint(exported, name):
    with pytest.raises(CheckpointError, match=f'{name} is an exported program, not weights'):
        load_learner(ALONE, str(exported.folder / name))


@pytest.mark.parametrize('name', ['sd_mine.py', 'result.json'])
def test_a_config_or_record_is_no_checkpoint(tmp_path, name):
    (tmp_path / name).write_text('{}')
    with pytest.raises(CheckpointError, match=f'{name} is not a checkpoint; pass a checkpoint, or the folder'):
        load_learner(ALONE, str(tmp_path / name))


def test_the_reader_is_asked_for_by_name(weights, monkeypatch):
    monkeypatch.setitem(sys.modules, 'safetensors', None)
    with pytest.raises(MissingExtraError, match=r"'safetensors' is not installed.*mtlbench\[safetensors\]"):
        read_checkpoint(weights)
