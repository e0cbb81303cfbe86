"""The model card says what the run was, in the layout of public model hubs; nothing is overwritten or left behind."""

from __future__ import annotations

import sys

import pytest
import torch
import yaml

from mtlbench.cli import export as tool
from mtlbench.engine.launch import RunRequest
from mtlbench.errors import CheckpointError, ConfigError, DataError, ExportError
from mtlbench.export import FORMATS, export
from mtlbench.export.agreement import compare
from mtlbench.export.card import origin_of, require_license
from mtlbench.export.network import ExportedNetwork

ALONE = RunRequest(config=None)


@pytest.fixture(scope='module')
def card(exported):
    return (exported.folder / 'README.md').read_text()


def test_the_front_matter(card):
    _, front, _ = card.split('---\n', 2)
    found = yaml.safe_load(front)
    assert found['license'] == 'cc-by-4.0'
    assert found['library_name'] == 'mtlbench'
    assert found['datasets'] == ['vkitti2']
    assert found['metrics'] == ['miou', 'rmse_m', 'mean_deg']
    assert found['tags'] == ['multi-task-learning', 'dense-prediction', 'semseg', 'depth', 'normals']
    results = found['model-index'][0]['results']
    assert [(one['task']['type'], one['metrics'][0]) for one in results] == [
        ('semseg', {'type': 'miou', 'value': 0.5}),
        ('depth', {'type': 'rmse_m', 'value': 1.5}),
        ('normals', {'type': 'mean_deg', 'value': 2.5}),
    ]
    assert results[0]['dataset'] == {'type': 'vkitti2', 'name': 'vkitti2'}


@pytest.mark.parametrize(
    'line',
    [
        '| config | mtl/sdn_vkitti2 |',
        '| seed | 42 |',
        '| updates | 4 |',
        '| features start from | random weights |',
        '| trained with | mtlbench 0.1.0, torch 2.4.0, commit abc1234 |',
        '| `images` | uint8 | (batch, 3, height, width) | RGB images, 0..255 |',
        '| `depth` | float32 | (batch, 1, height, width) | depth along the optical axis in meters |',
        '| `normals` | float32 | (batch, 3, height, width) | unit vectors: x right, y down, z towards the camera |',
        '| 0 | Terrain | `(210, 0, 200)` |',
        '| labeled | vkitti2 | rendered | 8 | aa |',
        '| depth/rmse_m | 1.5000 | yes |',
        '- Weights: `cc-by-4.0`',
    ],
)
def test_the_card_has_the_line(card, line):
    assert f'\n{line}\n' in card


def test_the_card_names_the_run_that_the_weights_start_from(card):
    source = {'name': 'xtam/sdn_vkitti2', 'seed': 42, 'iterations': 500, 'config_digest': 'ab'}
    assert origin_of(source) == 'xtam/sdn_vkitti2, seed 42, 500 updates'
    assert origin_of({}) == ''
    assert 'weights start from' not in card


def test_no_path_of_this_machine_is_given_away(exported, run):
    for file in exported.files:
        content = file.read_bytes()
        assert b'/home/me' not in content
        assert str(run.folder).encode() not in content


def test_a_record_of_another_checkpoint_is_not_its_own(run, tmp_path):
    moved = tmp_path / 'run'
    moved.mkdir()
    checkpoint = torch.load(run.folder / 'iter_4.pth', weights_only=True)
    torch.save({**checkpoint, 'optimizer': {}}, moved / 'iter_4.pth')
    (moved / 'result.json').write_bytes((run.folder / 'result.json').read_bytes())
    export(moved, ['safetensors'])
    text = (moved / 'export/README.md').read_text()
    assert '0.5000' not in text
    assert text.count('Not recorded: no result record belongs to these weights.') == 2
    front = yaml.safe_load(text.split('---\n')[1])
    assert front['license'] == 'unknown' and 'model-index' not in front
    assert 'Fill in the field `license`' in text


def test_nothing_is_overwritten(exported, run):
    with pytest.raises(DataError, match=r'README\.md exists already'):
        export(run.folder, ['safetensors'], exported.folder)


def test_a_failing_export_leaves_nothing(run, tmp_path, monkeypatch, capfd):
    def fail(*_, **__):
        sys.stdout.write('many lines\n' * 200)
        raise RuntimeError('first line\n' + 'second line\n' * 200)

    monkeypatch.setattr('torch.export.export', fail)
    with pytest.raises(ExportError) as told:
        export(run.folder, ['safetensors', 'torch-export'], tmp_path / 'out')
    assert str(told.value) == (
        'this network cannot be exported as torch-export (first line); export it for one size with --size HxW, or use '
        '--format safetensors'
    )
    assert capfd.readouterr() == ('', '')
    assert list(tmp_path.rglob('*')) == [tmp_path / 'out']
    assert not list((tmp_path / 'out').iterdir())


def test_a_file_that_disagrees_is_not_written(run):
    network = ExportedNetwork(run.learner)
    images = torch.zeros(1, 3, 64, 96, dtype=torch.uint8)

    def with_border(images):
        """A border of one pixel is 5 % of these images."""
        outputs = network(images)
        outputs['depth'][..., 0, :] += 1e6
        return outputs

    kind = FORMATS['onnx']
    assert [one.share for one in compare(kind, network, network, [images])] == [0, 0, 0]
    with pytest.raises(ExportError, match=r"model\.onnx disagrees with the network: 1.56 % of 'depth' differ"):
        compare(kind, network, with_border, [images])
    with pytest.raises(ExportError, match=r"gives 'semseg' as torch\.int32"):
        compare(kind, network, lambda batch: {**network(batch), 'semseg': network(batch)['semseg'].int()}, [images])
    with pytest.raises(ExportError, match="100 % of 'normals' differ"):
        compare(
            kind, network, lambda batch: {**network(batch), 'normals': network(batch)['normals'] * torch.nan}, [images]
        )
    with pytest.raises(ExportError, match='fails on images of shape'):
        compare(kind, network, lambda batch: 1 / 0, [images])


@pytest.mark.parametrize('text', ['', 'my license', 'x\ny', '-x', 'a' * 99])
def test_a_license_is_an_identifier(text):
    with pytest.raises(ConfigError, match='--license is'):
        require_license(text)
    assert require_license('Apache-2.0') == 'apache-2.0'


def test_wrong_input_is_told(run, tmp_path):
    out = tmp_path / 'out'
    with pytest.raises(ConfigError, match=r"--format is 'onx', expected one of .*did you mean onnx\?"):
        export(run.folder, ['onx'], out)
    with pytest.raises(ConfigError, match=r'--size 65x96: this network needs multiples of 16 .*such as 64x96'):
        export(run.folder, ['onnx'], out, (65, 96))
    with pytest.raises(CheckpointError, match=r'has no checkpoint iter_<k>\.pth and no model\.safetensors'):
        export(tmp_path, ['safetensors'], out)
    (tmp_path / 'file').write_text('')
    with pytest.raises(DataError, match='cannot write to this folder'):
        export(run.folder, ['safetensors'], tmp_path / 'file/out')
    assert not out.exists()


def test_the_tool_prints_files_and_differences_and_other_files_stay(run, tmp_path, monkeypatch, capfd):
    (tmp_path / '.gitattributes').write_text('x')
    monkeypatch.setattr(sys, 'argv', ['export', str(run.folder), '--out', str(tmp_path)])
    tool.main()
    printed = capfd.readouterr()
    assert printed.err == ''
    assert f'{tmp_path}/model.safetensors\n' in printed.out
    assert '| safetensors | depth   | 0                  | 0 %       |' in printed.out
    assert printed.out.endswith('note: the card states no license; set it with --license, or edit README.md\n')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['.gitattributes', 'README.md', 'model.safetensors']
    assert (tmp_path / 'model.safetensors').stat().st_mode == (tmp_path / 'README.md').stat().st_mode
