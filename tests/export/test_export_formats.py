"""Files of every format compute what the network computes, for images of any number and size."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch.nn import functional as F

from mtlbench.errors import ExportError, MissingExtraError
from mtlbench.export import FORMATS, export, load_network
from mtlbench.export.formats import FACTS_FILE
from mtlbench.export.network import ExportedNetwork

SHAPES = [(1, 64, 96), (2, 96, 64), (3, 128, 160)]


def images(batch, height, width):
    generator = np.random.default_rng(batch)
    return torch.from_numpy(generator.integers(0, 256, (batch, 3, height, width), dtype=np.uint8))


def expected(learner, batch):
    """The outputs by the definition of each encoding, from the raw predictions of the network."""
    with torch.no_grad():
        raw = {name: levels[0] for name, levels in learner.network(batch.float() / 255).items()}
    vectors = raw['normals'].double()
    return {
        'semseg': raw['semseg'].argmax(1, keepdim=True),
        'depth': 655.36 / raw['depth'].double() - 0.01,
        'normals': vectors / vectors.square().sum(1, keepdim=True).sqrt(),
    }


def onnx_of(folder):
    session = onnxruntime.InferenceSession(folder / 'model.onnx', providers=['CPUExecutionProvider'])
    names = [one.name for one in session.get_outputs()]
    return lambda batch: dict(
        zip(names, map(torch.from_numpy, session.run(names, {'images': batch.numpy()})), strict=True)
    )


LOADERS = {
    'safetensors': load_network,
    'onnx': onnx_of,
    'torch-export': lambda folder: torch.export.load(folder / 'model.pt2').module(),
}


@pytest.fixture(scope='module')
def loaded(exported):
    """Each file as a user loads it, once for all tests."""
    return cache(lambda name: LOADERS[name](exported.folder))


@pytest.mark.parametrize('name', FORMATS)
@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_a_file_computes_the_network_with_its_decoding(run, loaded, name, shape):
    batch = images(*shape)
    wanted, found = expected(run.learner, batch), loaded(name)(batch)
    assert list(found) == ['semseg', 'depth', 'normals']
    assert [value.dtype for value in found.values()] == [torch.int64, torch.float32, torch.float32]
    assert [tuple(value.shape[1:]) for value in found.values()] == [(channels, *shape[1:]) for channels in (1, 1, 3)]
    # Ids may flip where two logits agree to 7 digits: none of 14 classes does in a thousand pixels of random weights.
    assert (found['semseg'] == wanted['semseg']).double().mean() > 0.999
    # Float32 in another order of summation: 1e-4 of the encoded depth, 655.36 / (d + 0.01), and of a unit vector.
    encoded = [655.36 / (depth.double() + 0.01) for depth in (found['depth'], wanted['depth'])]
    assert torch.allclose(*encoded, rtol=1e-4, atol=1e-4)
    assert torch.allclose(found['normals'].double(), wanted['normals'], rtol=0, atol=1e-4)


def test_the_agreement_is_that_of_the_files(exported):
    assert [(one.format, one.task) for one in exported.agreements] == [
        (name, task) for name in FORMATS for task in ('semseg', 'depth', 'normals')
    ]
    by_format = {one.format: one for one in exported.agreements if one.task == 'normals'}
    assert by_format['safetensors'].largest == 0  # the same weights in the same code
    assert 0 < by_format['onnx'].largest < 1e-4  # another runtime
    assert all(one.share < 1e-3 for one in exported.agreements)


def test_every_file_says_what_it_is(exported):
    with safe_open(exported.folder / 'model.safetensors', 'pt') as file:
        header = file.metadata()
        names = file.keys()
    assert names and not any(name.startswith('objectives') for name in names)
    properties = {one.key: one.value for one in onnx.load(exported.folder / 'model.onnx').metadata_props}
    extra = {FACTS_FILE: ''}
    torch.export.load(exported.folder / 'model.pt2', extra_files=extra)
    facts = json.loads(extra[FACTS_FILE])
    for key in ('run', 'signature', 'class_sets', 'versions', 'results', 'seed', 'iter'):
        assert header[key] == properties[key] == facts[key]
    run = json.loads(header['run'])
    assert (run['name'], list(run['config']['tasks'])) == ('mtl/sdn_vkitti2', ['semseg', 'depth', 'normals'])
    assert json.loads(header['class_sets'])['semseg']['classes'][:2] == ['Terrain', 'Sky']
    assert json.loads(header['signature'])['size_multiple'] == 16
    assert '/home/me' not in str(header)


def test_the_axes_of_an_onnx_file_are_named(exported):
    graph = onnx.load(exported.folder / 'model.onnx').graph
    shapes = {
        one.name: [axis.dim_param or axis.dim_value for axis in one.type.tensor_type.shape.dim]
        for one in [*graph.input, *graph.output]
    }
    assert shapes == {
        'images': ['batch', 3, 'height', 'width'],
        'semseg': ['batch', 1, 'height', 'width'],
        'depth': ['batch', 1, 'height', 'width'],
        'normals': ['batch', 3, 'height', 'width'],
    }


def test_normals_are_unit_vectors_with_the_reference_metric_too(run):
    learner, batch = run.learner, images(1, 64, 96)
    usual = ExportedNetwork(learner)(batch)['normals']
    learner.tasks['normals'].with_reference = True
    try:
        assert not torch.allclose(learner.tasks['normals'].decode(2 * usual), usual)
        assert torch.equal(ExportedNetwork(learner)(batch)['normals'], usual)
    finally:
        learner.tasks['normals'].with_reference = False
    assert torch.allclose(usual.norm(dim=1), torch.ones(1, 64, 96), atol=1e-6)  # float32


def test_one_size_is_the_only_one(run, tmp_path, capfd):
    export(run.folder, ['torch-export'], tmp_path, size=(64, 96))
    assert capfd.readouterr() == ('', '')
    program = torch.export.load(tmp_path / 'model.pt2').module()
    for batch in (1, 4):
        outputs = program(images(batch, 64, 96))
        assert torch.equal(outputs['semseg'], load_network(run.folder)(images(batch, 64, 96))['semseg'])
    with pytest.raises((RuntimeError, AssertionError)):
        program(images(1, 96, 96))
    assert 'Image sides: 64x96' in (tmp_path / 'README.md').read_text()


def test_images_that_are_scaled_already_are_rejected(loaded):
    for name in FORMATS:
        with pytest.raises(Exception, match=r'uint8|Byte'):
            loaded(name)(images(1, 64, 96).float() / 255)


def test_a_program_rejects_sides_that_the_network_would(loaded):
    with pytest.raises((RuntimeError, AssertionError)):
        loaded('torch-export')(images(1, 64, 100))


def test_a_missing_package_is_told_before_the_run_is_read(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxscript', None)
    monkeypatch.setattr('mtlbench.export.formats.find_spec', lambda name: None if name == 'onnxscript' else name)
    with pytest.raises(MissingExtraError, match=r"'onnxscript' is not installed.*mtlbench\[onnx\]"):
        export(tmp_path / 'none', ['onnx'])


def test_an_older_torch_is_told_for_onnx(monkeypatch):
    monkeypatch.setattr(torch, '__version__', '2.4.1+cu121')
    with pytest.raises(ExportError, match=r'needs torch 2\.6 or newer, not 2\.4\.1'):
        FORMATS['onnx'].require()


def test_the_onnx_file_needs_neither_torch_nor_mtlbench(exported):
    save_image(exported.folder)
    ban = "import sys\nfor name in ('torch', 'mtlbench'): sys.modules[name] = None\n"
    command = [sys.executable, '-c', ban + code_with(exported, 'onnxruntime')]
    done = subprocess.run(command, cwd=exported.folder, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        'semseg int64 (1, 1, 64, 96)',
        'depth float32 (1, 1, 64, 96)',
        'normals float32 (1, 3, 64, 96)',
    ], done.stderr


def test_the_program_needs_no_mtlbench(exported, monkeypatch, capsys):
    save_image(exported.folder)
    code = code_with(exported, 'torch.export.load')
    for name in [name for name in sys.modules if name.split('.')[0] == 'mtlbench']:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.chdir(exported.folder)
    exec(code, {})  # noqa: S102  the example of our own page
    assert 'depth torch.float32 (1, 1, 64, 96)' in capsys.readouterr().out


def test_the_example_of_the_weights_runs(exported, monkeypatch, capsys):
    save_image(exported.folder)
    monkeypatch.chdir(exported.folder)
    exec(code_with(exported, 'load_network'), {})  # noqa: S102
    assert 'depth torch.float32 (1, 1, 64, 96)' in capsys.readouterr().out


def save_image(folder):
    Image.new('RGB', (50, 40), 'gray').save(folder / 'image.jpg')


def code_with(exported, word):
    """The example of the model card that has a word."""
    parts = (exported.folder / 'README.md').read_text().split('```python\n')[1:]
    (found,) = [code for code in (part.partition('```')[0] for part in parts) if word in code]
    return found


def test_pooling_and_padding_equal_those_they_stand_for():
    timm_layers = pytest.importorskip('timm.layers')
    from mtlbench.export.traceable import FixedPadding, MatrixPooling

    generator = torch.Generator().manual_seed(0)
    for height, width in ((24, 40), (21, 25), (6, 7)):
        maps = torch.randn(2, 3, height, width, generator=generator, dtype=torch.float64)
        for size in (1, 2, 3, 6, (2, 3), (None, 2)):
            pool = torch.nn.AdaptiveAvgPool2d(size)
            assert torch.allclose(MatrixPooling(pool)(maps), F.adaptive_avg_pool2d(maps, size), rtol=1e-12, atol=1e-12)
    for kernel, stride, dilation in ((3, 1, 1), (3, 2, 1), (5, 2, 1), (3, 1, 2), (4, 2, 1), (1, 2, 1)):
        conv = timm_layers.Conv2dSame(3, 4, kernel, stride, dilation=dilation)
        maps = torch.randn(2, 3, 8, 12, generator=generator)
        assert torch.equal(FixedPadding(conv)(maps), conv(maps))
