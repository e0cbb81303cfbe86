"""The Python of the pages works: configs can be loaded, everything else runs."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import small_scenes
import tiny_predictor
import torch
from pages import Part, fences
from PIL import Image

from mtlbench.config import config_dir, load_data_config
from mtlbench.models.decoders import DeepLabDecoder
from mtlbench.preflight import check_config
from mtlbench.registry import all_registries

BLOCKS = [block for block in fences() if block.language == 'python' and not block.page.endswith('.ipynb')]
BASE = 'xtam/sd_vkitti2'
BASES = {
    'docs/adaptation.md': 'semimtl/sd_cityscapes_synscapes',
    'docs/datasets/cityscapes.md': 'ccam/sd_cityscapes_372_affinemix_or',
    'docs/datasets/kitti_raw.md': '_base_/datasets/kitti_raw',
    'docs/modules/mixers.md': 'ccam/sd_cityscapes_372_affinemix',
    'docs/objectives.md': 'three_ways/sd_cityscapes_sde',
    'docs/semimtl.md': 'semimtl/sd_cityscapes_synscapes',
    'docs/video.md': '_base_/datasets/folder_video',
}
"""The config that the lines of a page are added to where they name no ``_base_``; otherwise :data:`BASE`."""


def decoder_at_work() -> dict:
    """Return what the line of the page on decoders uses."""
    decoder = DeepLabDecoder(encoder_channels=(8,), encoder_strides=(8,), channels=4).eval()
    return dict(decoder=decoder, level=0, features=[torch.rand(1, 8, 4, 4)], state=None)


def attack_at_work() -> dict:
    """Return what the lines of the page on robustness use."""
    images, labels = small_scenes.scenes(1)
    learner = SimpleNamespace(network=small_scenes.build(), tasks=small_scenes.tasks())
    return dict(learner=learner, images=images, labels=list(labels['depth']))


def run_at_work() -> dict:
    """Write the run and the image of the pages on prediction and export."""
    tiny_predictor.write_mini_run(Path('RUN'))
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save('street.jpg')
    return {}


GIVEN = {
    'docs/export.md': run_at_work,
    'docs/inference.md': run_at_work,
    'docs/modules/decoders.md': decoder_at_work,
    'docs/robustness.md': attack_at_work,
}
"""What the text of a page has introduced before its code uses it."""


def is_config(block: Part) -> bool:
    """Return whether a block is (part of) a config: it assigns literals and dicts to names, and nothing else."""
    try:
        body = ast.parse(block.text).body
    except SyntaxError:  # which the test reports that runs it
        return False
    calls = {ast.unparse(one.func) for line in body for one in ast.walk(line) if isinstance(one, ast.Call)}
    return calls <= {'dict'} and all(isinstance(line, ast.Assign) for line in body)


def cases(config: bool) -> list:
    """Return a parameter for each block that is a config, or that is none."""
    return [
        pytest.param(block, id=str(block))
        for block in BLOCKS
        if is_config(block) == config and not block.text.startswith('# tests/')  # run by tests/plugins/test_page.py
    ]


@pytest.fixture(autouse=True)
def clean_registries():
    """Forgets the classes that a block has registered."""
    yield
    for registry in all_registries().values():
        for name, member in [*registry.module_dict.items()]:
            if member.__module__.split('.')[0] in ('page', 'my_package'):
                del registry.module_dict[name]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes the blocks of a page that begin with the name of a file as that file, and imports the classes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def write(page: str) -> None:
        for block in BLOCKS:
            if (name := re.match(r'# (my_package/\w+\.py)\n', block.text)) and block.page == page:
                (tmp_path / 'my_package').mkdir(exist_ok=True)
                (tmp_path / name[1]).write_text(block.text)
        if Path('my_package/modules.py').exists():
            importlib.import_module('my_package.modules')

    yield write
    for name in [name for name in sys.modules if name.split('.')[0] == 'my_package']:
        del sys.modules[name]


@pytest.mark.parametrize('block', cases(config=True))
def test_a_config_can_be_loaded(block, package):
    """It lies in a folder beside those of the project."""
    package(block.page)
    for folder in config_dir().iterdir():
        Path(folder.name).symlink_to(folder)
    text = re.sub(r'/path/to/(mtlbench/)?configs', str(config_dir()), block.text)
    if '_base_' not in text:
        text = f"_base_ = '../{BASES.get(block.page, BASE)}.py'\n{text}"
    Path('own').mkdir()
    Path('own/sd_vkitti2.py').write_text(text)
    cfg = load_data_config('own/sd_vkitti2.py')
    if 'model' in cfg:
        check_config(cfg)


@pytest.mark.parametrize('block', cases(config=False))
def test_code_runs(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = GIVEN.get(block.page, dict)()
    exec(compile(block.text, str(block), 'exec'), {'__name__': 'page', **given})  # noqa: S102 - of our own pages
