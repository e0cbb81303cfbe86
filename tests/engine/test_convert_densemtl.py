"""Published checkpoints of xTAM: names, shapes and outputs."""

import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from densemtl_reference import predict, published_shapes, random_weights, with_copies

from mtlbench.checkpoint import check_fit, read_checkpoint
from mtlbench.cli.arguments import friendly
from mtlbench.cli.convert_checkpoint import main
from mtlbench.engine.convert import FORMATS
from mtlbench.engine.launch import RunRequest, configure
from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.registry import MODELS

ROOT = Path(__file__).parents[2]
NAMES = ROOT.parent / 'shared' / 'papers' / 'xtam-checkpoint-names.yaml'
SD = dict(semseg=14, depth=1)
SDN = dict(SD, normals=3)
convert = FORMATS['densemtl']


def write(path, weights):
    torch.save(weights, path)
    return path


def load(config, weights):
    learner = MODELS.build(configure(RunRequest(config, recipe='reference')).model)
    check_fit(learner, weights, 'converted')
    learner.load_state_dict(weights)
    return learner.double().eval()


@pytest.fixture(scope='module')
def sdn():
    return random_weights(published_shapes(SDN))


@pytest.fixture(scope='module')
def sdn_file(sdn, tmp_path_factory):
    return write(tmp_path_factory.mktemp('published') / 'vkitti2_densemtl_SDN.pkl', with_copies(sdn))


@pytest.mark.parametrize(('name', 'tasks'), [('SD', SD), ('SDN', SDN)])
def test_the_tests_write_files_as_they_were_published(name, tasks):
    if not NAMES.is_file():
        pytest.skip(f'the list of published names is not at {NAMES}')
    import yaml

    published = {key: tuple(shape) for key, shape in yaml.safe_load(NAMES.read_text())[name].items()}
    assert published_shapes(tasks) == published


@pytest.mark.parametrize('order', [('semseg', 'depth', 'normals'), ('normals', 'semseg', 'depth')])
def test_converted_weights_predict_as_the_published_network(sdn, sdn_file, order):
    converted = convert(sdn_file, source_order=order)
    assert converted.configs == ('xtam/sdn_vkitti2',)
    learner = load('xtam/sdn_vkitti2', converted.state_dict)
    image = torch.rand(3, 64, 96, generator=torch.Generator().manual_seed(1))
    expected = predict(sdn, image, SDN, order)
    with torch.no_grad():
        found = learner.network(image.double()[None])
    for task, levels in expected.items():
        for level, value in levels.items():
            # Outputs are of order one; float64 keeps thirteen digits through the hundred layers.
            assert value.std() > 0.01
            torch.testing.assert_close(found[task][level], value, rtol=1e-9, atol=1e-10)


def test_the_order_of_the_sources_matters_and_is_asked_for(sdn_file):
    assumed = convert(sdn_file)
    assert '--source-order' in assumed.note
    fused = set()
    for order in itertools.permutations(SDN):
        converted = convert(sdn_file, source_order=order)
        assert not converted.note
        fused.add(tuple(converted.state_dict[f'network.exchanges.1.fuse.{t}.0.weight'].sum(0)[0].item() for t in SDN))
    # Each of three targets sees its two sources in one of two orders; six of the eight combinations are permutations.
    assert len(fused) == 6
    with pytest.raises(ConfigError, match='each task'):
        convert(sdn_file, source_order=('semseg', 'depth'))


def test_two_tasks_of_any_dataset(tmp_path):
    for classes, configs in ((14, ('xtam/sd_vkitti2',)), (16, ('xtam/sd_synthia', 'xtam/sd_cityscapes'))):
        weights = random_weights(published_shapes(dict(semseg=classes, depth=1)))
        converted = convert(write(tmp_path / f'{classes}.pkl', weights))
        assert (converted.configs, converted.note) == (configs, '')


def test_heads_in_either_order(sdn, tmp_path):
    """The output heads stand in the order of the authors' config, which may differ between datasets."""
    swapped = {}
    for name, value in sdn.items():
        for here, there in (('.14.', '.15.'), ('.15.', '.14.')):
            if f'decoder{here}' in name:
                name = name.replace(here, there)
                break
        swapped[name] = value
    plain, other = (convert(write(tmp_path / 'w.pkl', weights)).state_dict for weights in (sdn, swapped))
    assert all(torch.equal(value, other[name]) for name, value in plain.items())


def run_tool(*arguments, cwd):
    command = [sys.executable, str(ROOT / 'tools' / 'convert_checkpoint.py'), 'densemtl', *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def damaged(weights, what):
    changed = dict(with_copies(weights))
    if what == 'unknown':
        changed['m.semseg.1.SxTAM_depth.beta'] = torch.zeros(1)
    elif what == 'missing':
        del changed['m.depth.1.SxTAM_normals.alpha'], changed['params.depth.1.1.SxTAM_normals.alpha']
    elif what == 'of another shape':
        changed['backbone.encoder.conv1.weight'] = torch.zeros(64, 3, 3, 3)
    else:
        changed['params.depth.0.decoder.15.bias'] = torch.full((1,), 3.0)
    return changed


@pytest.mark.parametrize(
    ('what', 'named'),
    [
        ('unknown', 'm.semseg.1.SxTAM_depth.beta'),
        ('missing', 'network.exchanges.1.pairs.depth.normals.cross.spatial.alpha'),
        ('of another shape', 'network.encoder.trunk.conv1.weight (64, 3, 3, 3) for (64, 3, 7, 7)'),
        ('unlike their original', 'params.depth.0.decoder.15.bias'),
    ],
)
def test_what_does_not_fit_is_listed(sdn, tmp_path, what, named):
    source = write(tmp_path / 'in.pkl', damaged(sdn, what))
    with pytest.raises(CheckpointError) as error:
        convert(source)
    assert f'1 {what}: {named}' in str(error.value)
    assert 'nothing was written' in str(error.value)


def test_tool_writes_nothing_for_a_file_that_does_not_fit(sdn, tmp_path, monkeypatch, capsys):
    source = write(tmp_path / 'in.pkl', damaged(sdn, 'unknown'))
    monkeypatch.setattr(sys, 'argv', ['convert_checkpoint.py', 'densemtl', str(source), str(tmp_path / 'out.pth')])
    with pytest.raises(SystemExit, match='1'):
        friendly(main)
    assert 'SxTAM_depth.beta' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['in.pkl']


def test_tool_writes_a_checkpoint_and_says_how_to_use_it(sdn_file, tmp_path):
    finished = run_tool(sdn_file, 'new/out.pth', '--source-order', 'depth', 'semseg', 'normals', cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert 'test.py xtam/sdn_vkitti2 new/out.pth --recipe reference' in finished.stdout
    written = read_checkpoint(tmp_path / 'new' / 'out.pth')['state_dict']
    expected = convert(sdn_file, source_order=('depth', 'semseg', 'normals')).state_dict
    assert all(torch.equal(value, written[name]) for name, value in expected.items())


class Hostile:
    def __reduce__(self):
        return (print, ('run',))


@pytest.mark.parametrize('content', [Hostile(), [1, 2], dict(weights=[1.0])], ids=['code', 'list', 'numbers'])
def test_files_that_are_no_state_dict(tmp_path, content, capsys):
    path = tmp_path / 'x.pkl'
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(CheckpointError, match=r'x\.pkl'):
        convert(path)
    path.unlink()
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r'x\.pkl'):
        convert(path)
    assert 'run' not in capsys.readouterr().out
