"""Contract of every writer: equal requests produce equal files, despite interruptions, and only in their folder."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS
from mtlbench.world.writers import WRITERS, render_shot, render_world
from mtlbench.world.writers.files import claim_folder

READERS = {dataset.name: dataset for dataset in DATASETS.module_dict.values() if hasattr(dataset, 'label_fields')}

PACKAGES = {'nyuv2_mtan': ('nyudv2', 'nyudv2_13'), 'cityscapes_mtan': ('cityscapes', 'cityscapes_7')}
"""The data set and a class set of writers of a further package."""
RESAMPLED = {'potsdam': (27, 13)}
"""The size read where it is not the rendered one: pixels of 5 cm become pixels of 9 cm."""


def smallest(name):
    """The cheapest request."""
    return WRITERS[name](frames=max(2, WRITERS[name]().fewest_frames), size=(48, 24))


def digests(root):
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob('*') if p.is_file()
    }


@pytest.fixture(scope='module', params=sorted(WRITERS))
def world(request, tmp_path_factory):
    """A rendered folder and what was asked for."""
    root = tmp_path_factory.mktemp('contract') / request.param
    wanted = smallest(request.param)
    assert render_world(wanted, root)
    return root, wanted


def test_note_says_what_was_rendered(world):
    root, request = world
    note = json.loads((root / 'RENDERED.json').read_text())
    assert note['rendered'] is True
    assert note == json.loads(json.dumps(request.settings))
    assert (note['dataset'], note['seed'], tuple(note['size'])) == (request.name, request.seed, request.size)
    assert isinstance(note['generator_version'], int)


def test_all_images_are_there(world):
    root, request = world
    files = {path for shot in request.shots() for path in request.paths(root, shot)}
    assert all(path.stat().st_size for path in files)
    assert not list(root.rglob('*.tmp'))
    assert not (root / 'RENDERED.started.json').exists()


def test_interrupted_rendering_goes_on_to_the_same_bytes(world, tmp_path, monkeypatch):
    root, request = world
    real, calls = type(request).write, []

    def dies(writer, folder, shot, rendering):
        calls.append(shot)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(writer, folder, shot, rendering)

    broken = tmp_path / 'broken'
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(request), 'write', dies)
        render_world(request, broken)
    assert not (broken / 'RENDERED.json').exists()
    (broken / 'half.png.1.tmp').write_bytes(b'half')
    with pytest.raises(DataError, match="'seed' is 0, requested 1"):
        render_world(replace(request, seed=1), broken)
    assert render_world(request, broken)
    assert digests(broken) == digests(root)


@pytest.mark.slow
def test_same_bytes_from_several_processes(world, tmp_path):
    root, request = world
    render_world(request, tmp_path / 'other', jobs=2)
    assert digests(tmp_path / 'other') == digests(root)


def test_another_seed_gives_other_images(world):
    _, request = world
    shot = request.shots()[0]
    first, second = (render_shot(writer, shot).rgb for writer in (request, replace(request, seed=1)))
    assert np.abs(first.astype(int) - second).mean() > 1


def test_finished_rendering_is_left_alone(world):
    root, request = world
    before = digests(root)
    assert not render_world(request, root)
    with pytest.raises(DataError, match="'size' is"):
        render_world(replace(request, size=(64, 32)), root)
    assert digests(root) == before


def test_foreign_folder_is_refused(world, tmp_path):
    _, request = world
    (tmp_path / 'precious').mkdir()
    with pytest.raises(DataError, match=r"not empty and contains no rendered world.*'precious'"):
        render_world(request, tmp_path)
    assert [p.name for p in tmp_path.rglob('*')] == ['precious']


def test_a_file_or_a_damaged_note_is_refused(tmp_path):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(DataError, match='use another folder'):
        claim_folder(tmp_path / 'file', {})
    (tmp_path / 'RENDERED.json').write_text('{')
    with pytest.raises(DataError, match=r'not strict JSON.*delete the folder'):
        claim_folder(tmp_path, {})


def test_invalid_requests_are_refused(world):
    _, request = world
    with pytest.raises(ConfigError, match='at least'):
        replace(request, frames=request.fewest_frames - 1)
    with pytest.raises(ConfigError, match='at least 16x16'):
        replace(request, size=(8, 8))


@pytest.mark.parametrize('name', WRITERS)
def test_default_request_is_in_order(name, tmp_path):
    request = WRITERS[name]()
    shots = request.shots()
    scenes = [shot.scene for shot in shots]
    assert len({shot.stem for shot in shots}) == len(shots)
    # The images of a scene stand together, so that it is built once.
    assert len([1 for one, other in zip([None, *scenes], scenes, strict=False) if one != other]) == len(set(scenes))
    files = [path for shot in shots for path in request.paths(tmp_path, shot)]
    assert len(set(files)) == len(files)
    assert all(path.is_relative_to(tmp_path) for path in files)


def test_the_real_reader_reads_it(world):
    root, request = world
    name, class_set = PACKAGES.get(request.name, (request.name, None))
    reader = READERS[name]
    class_set = class_set or next(iter(reader.class_sets), None)
    dataset = reader(str(root), 'train', tuple(reader.label_fields), (), class_set)
    assert dataset.rendered
    results = dataset.read(0)
    width, height = RESAMPLED.get(request.name, request.size)
    assert results['image'].shape == (height, width, 3)
    for field in {reader.label_fields[task] for task in dataset.tasks}:
        assert results[f'gt_{field}'].shape[:2] == (height, width)
    assert any(f'mtlbench render {request.name} ' in command for command in dataset.render_commands)
