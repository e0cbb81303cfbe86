"""Configs of one's own data, outside of any checkout."""

import json

import layout_folder
import pytest
from layout_folder import IDS

from mtlbench.config import load_config, load_data_config
from mtlbench.config.reader import texts_of
from mtlbench.errors import ConfigError
from mtlbench.registry import DATASETS, TASKS

CONFIG = """
_base_ = [
    'mtlbench::_base_/default_runtime.py', 'mtlbench::_base_/datasets/folder.py', 'mtlbench::_base_/tasks/sd.py',
    'mtlbench::_base_/methods/mtl.py', 'mtlbench::_base_/schedules/adam_40k.py']
__labels = dict(
    semseg=dict(type='IdLabels', files='classes/{{name}}.png', ids={ids}, colors=dict(car=(1, 2, 3))),
    depth=dict(type='DepthLabels', files='depth/{{name}}.png', scale=0.001))
__data = dict(data_root='{root}', labels=__labels)
train_dataloader = dict(labeled=dict(dataset=__data))
val_dataloader = dict(dataset=__data)
{more}
"""


@pytest.fixture
def config(tmp_path):
    layout_folder.write(tmp_path / 'data')

    def write(more='', **changes):
        path = tmp_path / 'mine' / 'sd_own.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(CONFIG.format(**{'ids': IDS, 'root': tmp_path / 'data', 'more': more, **changes}))
        return path

    return write


@pytest.mark.parametrize('load', [load_config, load_data_config])
def test_the_task_has_the_classes_of_the_labels(config, load):
    cfg = load(config())
    task = TASKS.build(cfg.tasks.semseg)
    assert task.class_set.classes == ('road', 'car', 'sky')
    assert task.class_set.palette[1] == (1, 2, 3)
    dataset = DATASETS.build(cfg.train_dataloader.labeled.dataset)
    assert dataset.metainfo['classes'] == task.class_set.classes
    assert dataset.labeled_tasks(dataset.frames[0]) == ['semseg', 'depth']
    assert TASKS.build(json.loads(json.dumps(cfg.tasks.semseg))).class_set == task.class_set


@pytest.mark.parametrize(
    ('camera', 'tasks'), [('None', ['depth']), ("dict(files='camera.json')", ['normals', 'depth'])]
)
def test_a_config_of_data_alone_has_all_labels_that_there_are(config, tmp_path, camera, tasks):
    """Normals are computed from depth only with a camera."""
    path = tmp_path / 'data.py'
    config()
    path.write_text(f"""
_base_ = 'mtlbench::_base_/datasets/folder.py'
__labels = dict(depth=dict(type='DepthLabels', files='depth/{{name}}.png', scale=0.001))
__data = dict(data_root='{tmp_path / 'data'}', labels=__labels, camera={camera})
train_dataloader = dict(labeled=dict(dataset=__data))
val_dataloader = dict(dataset=__data)
""")
    dataset = DATASETS.build(load_data_config(path).val_dataloader.dataset)
    assert dataset.tasks == tuple(tasks)
    assert [dataset[0]['data_samples'].has_label(task) for task in tasks] == [True] * len(tasks)


def test_what_the_config_says_of_the_task_counts(config):
    cfg = load_config(config("tasks = dict(semseg=dict(class_set='cityscapes_19'))"))
    assert cfg.tasks.semseg.class_set == 'cityscapes_19'


def test_a_named_class_set_goes_to_the_task(config):
    more = "train_dataloader = dict(labeled=dict(dataset=dict(class_set='cityscapes_19', **__data)))"
    assert load_config(config(more)).tasks.semseg.class_set == 'cityscapes_19'


def test_profiles_make_images_small_and_keep_the_folder(config, tmp_path):
    cfg = load_config(config(), profile='mini')
    dataset = cfg.train_dataloader.labeled.dataset
    assert dataset.data_root == str(tmp_path / 'data')
    assert dataset.pipeline[0]['size'] == (96, 192)


def test_bases_of_the_package_are_named_in_errors(config, tmp_path):
    path = config()
    assert [one.name for one, _ in texts_of(path)][:4] == ['sd_own.py', 'default_runtime.py', 'folder.py', 'loaders.py']
    path.write_text("_base_ = 'mtlbench::_base_/tasks/nothing.py'")
    with pytest.raises(
        ConfigError, match=r'config .*/_base_/tasks/nothing\.py, a base of .*sd_own\.py, cannot be read'
    ):
        load_config(path)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'ids': 7}, r'labels\.semseg\.ids is 7, but IdLabels expects'),
        ({'ids': '{0: "road"}, idz=3'}, r"labels\.semseg\.idz: IdLabels takes no 'idz'; did you mean ids\?"),
        (
            {'more': '__labels.update(depth=dict(type="DephtLabels"))'},
            r"'DephtLabels' is not .* did you mean DepthLabels",
        ),
        (
            {'more': '__labels.update(depth=dict(type="DepthLabels"))'},
            r"labels\.depth: DepthLabels needs 'files'; it takes",
        ),
        ({'more': '__data.update(camra=1)'}, r"dataset\.camra: FolderDataset takes no 'camra'; did you mean camera\?"),
    ],
)
@pytest.mark.parametrize('load', [load_config, load_data_config])
def test_unknown_settings_are_told_before_files_are_read(config, load, changes, message):
    with pytest.raises(ConfigError, match=message):
        load(config(**changes))


def test_a_codec_of_ones_own(config, tmp_path, monkeypatch):
    """It is registered by a plugin and named in the config."""
    from mtlbench.datasets.folder.codecs import DepthLabels
    from mtlbench.registry import CODECS

    class Millimeters(DepthLabels):
        def __init__(self, files):
            super().__init__(files, scale=0.001)

    monkeypatch.setitem(CODECS.module_dict, 'Millimeters', Millimeters)
    more = "__labels.update(depth=dict(type='Millimeters', files='depth/{name}.png'))"
    plain, own = (load_data_config(config(one)).val_dataloader.dataset for one in ('', more))
    pair = [DATASETS.build(one).read(0)['gt_depth'] for one in (plain, own)]
    assert (pair[0] == pair[1]).all() and pair[0].max() > 1
