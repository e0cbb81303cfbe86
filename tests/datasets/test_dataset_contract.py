"""Contract of every registered dataset and transform."""

from importlib import import_module
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from plain_sample import sample

from mtlbench.class_sets import class_set
from mtlbench.config.reader import read_config, read_overlay
from mtlbench.config.scale import Scale, apply_scale
from mtlbench.datasets import Draw, MultiTaskDataset, StreamSampler
from mtlbench.datasets.transforms import GeometricTransform
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS, TRANSFORMS
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS

SIZE = {'size': (16, 24)}
OPTIONS = {'Resize': SIZE, 'RandomFlip': {'prob': 1}, 'RandomCrop': SIZE, 'CenterCrop': SIZE, 'Pad': {'size': (40, 50)}}
CONFIGS = Path(__file__).parents[2] / 'configs' / '_base_' / 'datasets'
PROFILE = CONFIGS.parent / 'profiles' / 'mini.py'


def own(registry, base):
    """Registered members of the package, without what tests register."""
    members = {name: registry.get(name) for name in registry.names()}
    return [
        name
        for name, member in members.items()
        if issubclass(member, base) and member.__module__.startswith('mtlbench')
    ]


def write(member, root):
    """A tiny copy of a dataset, by ``write(root)`` of the module ``layout_<name>`` in this folder."""
    try:
        import_module(f'layout_{member.name}').write(root)
    except ModuleNotFoundError as error:
        pytest.fail(f'{member.__name__}: add tests/datasets/layout_{member.name}.py, which has write(root) ({error})')
    return root


def pipeline_for(member):
    normals = [{'type': 'NormalsFromDepth'}] if member.label_fields.get('normals') == 'depth' else []
    return [{'type': 'Resize', 'size': (16, 24)}, {'type': 'RandomFlip'}, *normals, {'type': 'PackSample'}]


@pytest.fixture(params=own(DATASETS, MultiTaskDataset))
def build(request, tmp_path):
    member = DATASETS.get(request.param)
    write(member, tmp_path)
    options = {'data_root': str(tmp_path), 'split': 'train', 'tasks': tuple(member.label_fields)}
    options |= {'pipeline': pipeline_for(member), 'class_set': next(iter(member.class_sets), None)}

    def make(**changes):
        return member(**{**options, **changes})

    make.config = {'type': request.param, '_scope_': 'mtlbench', **options}
    return make


def is_ids(label, classes):
    return ((label >= 0) & (label < classes)) | (label == 255)


def is_direction(label, _):
    lengths = label.norm(dim=0)
    return (torch.isclose(lengths, torch.ones(())) | (lengths == 0)) & (label[2] >= 0)


PROMISES = {
    FieldKind.IDS: is_ids,
    FieldKind.DEPTH: lambda label, _: label.isfinite() & (label >= 0),
    FieldKind.DIRECTION: is_direction,
    FieldKind.BOUNDARY: lambda label, _: (label == 0) | (label == 1) | (label == 255),
    FieldKind.HEIGHT: lambda label, _: label.isfinite(),
}


def test_sample_of_a_dataset(build):
    dataset = build()
    sample = dataset[Draw(1, 7)]
    labels, classes = sample['data_samples'], dataset.metainfo['classes']
    assert sample['inputs'].shape == (3, 16, 24)
    for task in dataset.tasks:
        assert PROMISES[FIELD_KINDS[task]](labels.label(task), len(classes)).all()
    assert bool(classes) == ('semseg' in dataset.tasks)
    assert len(dataset.metainfo['palette']) == len(classes)
    assert {'dataset', 'rendered', 'root', 'samples', 'split_digest', 'content'} == set(dataset.fingerprint())


@pytest.mark.parametrize('name', own(DATASETS, MultiTaskDataset))
def test_every_class_set_is_registered(name, tmp_path):
    member = DATASETS.get(name)
    root = write(member, tmp_path)
    for chosen in member.class_sets:
        dataset = member(str(root), 'train', ['semseg'], [], chosen)
        ids = np.unique(dataset.read(0)['gt_semseg'])
        assert set(ids) - {255} <= set(range(len(dataset.metainfo['classes'])))


def test_ticket_decides_the_sample(build):
    dataset, again = build(), build()
    images = [dataset[Draw(0, key)]['inputs'] for key in range(8)]
    assert all(torch.equal(image, again[Draw(0, key)]['inputs']) for key, image in enumerate(images))
    assert len({image.numpy().tobytes() for image in images}) == 2


def test_workers_give_the_samples_of_their_tickets(build):
    """The loader of a run: two processes that stay alive, in the order and with the keys of the sampler."""
    dataset = build()
    sampler = {'type': 'StreamSampler', '_scope_': 'mtlbench'}
    loader = {'dataset': build.config, 'sampler': sampler, 'batch_size': 2}
    loader |= {'num_workers': 2, 'persistent_workers': True}
    batches = islice(Runner.build_dataloader(loader, seed=1), 4)
    images = [image for batch in batches for image in batch['inputs']]
    draws = islice(StreamSampler(dataset, seed=1), 8)
    assert all(torch.equal(image, dataset[draw]['inputs']) for image, draw in zip(images, draws, strict=True))


def test_each_task_alone(build):
    tasks = build().tasks
    for task in tasks:
        labels = build(tasks=[task])[Draw(0, 0)]['data_samples']
        assert [name for name in FIELD_KINDS if labels.has_label(name)] == [task]


def test_missing_root(build, tmp_path):
    with pytest.raises(DataError, match='MTLBENCH_DATA'):
        build(data_root=str(tmp_path / 'missing'))


@pytest.mark.parametrize('name', own(TRANSFORMS, GeometricTransform))
def test_all_fields_change_together(name):
    results = TRANSFORMS.build({'type': name, **OPTIONS.get(name, {})}).transform(sample())
    shape = results['image'].shape[:2]
    fields = [results[field] for field in results['kinds']]
    flat = [member for field in fields for member in (field if isinstance(field, list) else [field])]
    assert all(field.shape[:2] == shape for field in flat)
    camera_stays = name == 'Pad'  # which adds pixels at bottom and right
    assert np.array_equal(results['intrinsics'], sample()['intrinsics']) == camera_stays
    for field in results['kinds']:
        assert np.asarray(results[field]).dtype == np.asarray(sample()[field]).dtype


@pytest.mark.parametrize('path', sorted(CONFIGS.glob('*.py')), ids=lambda path: path.stem)
def test_dataset_configs(path, tmp_path):
    """Every stream reads; a stream's classes are the task's; nothing is both trained on and validated on."""
    cfg = Config.fromfile(path)
    further = cfg.pop('further_dataloaders', {})
    assert set(cfg.keys()) == {'dataset_name', 'task_settings', 'train_dataloader', 'val_dataloader'}
    for loader in further.values():
        built_from(loader.dataset, cfg.task_settings, tmp_path)
    streams, val = [loader.dataset for loader in streams_of(cfg)], cfg.val_dataloader.dataset
    frames = [set(built_from(config, cfg.task_settings, tmp_path)) for config in (*streams, val)]
    # Networks trained on other data are tested on all there is.
    assert cfg.val_dataloader.dataset.split == 'all' or not set(chain(*frames[:-1])) & frames[-1]


@pytest.mark.parametrize('path', sorted(CONFIGS.glob('*.py')), ids=lambda path: path.stem)
def test_mini_profile_knows_the_dataset(path):
    """It reads the rendered stand-in, in images of the scale's size, to the nearest multiple of 32."""
    full, scale = read_config(path)._cfg_dict, Scale.of(read_overlay(PROFILE)[0])
    cfg = apply_scale(full, scale)
    loaders = zip((*streams_of(cfg), cfg.val_dataloader), (*streams_of(full), full.val_dataloader), strict=True)
    for loader, large in loaders:
        assert loader.dataset.data_root.endswith(f'/rendered/{Path(large.dataset.data_root).name}')
        sides, before = (
            [side for step in one.dataset.pipeline for side in step.get('size', ())] for one in (loader, large)
        )
        assert sides
        assert all(abs(side - scale.images * old) <= 16 for side, old in zip(sides, before, strict=True))


def streams_of(cfg):
    """Streams of a config, without those set to None."""
    return [loader for loader in cfg.train_dataloader.values() if loader is not None]


def built_from(config, task_settings, folder):
    """The paths of the frames of one stream, of which one is read."""
    member = DATASETS.get(config.type)
    root = folder / Path(config.data_root).name
    if not root.exists():
        import_module(f'layout_{root.name}').write(root)
    if member.class_sets:
        # Datasets of one run may name their sets differently; the ids must mean the same.
        names = [class_set(name).classes for name in (config.class_set, task_settings.semseg.class_set)]
        assert names[0] == names[1]
    config.update(data_root=str(root))
    computed = {step.type for step in config.pipeline} & {'NormalsFromDepth'}
    read = [task for task, field in member.label_fields.items() if computed or task == field]
    config.setdefault('tasks', read)
    if config.get('subset', 0) > 1:
        config.subset = 0.5  # of the few frames there are
    dataset = DATASETS.build(config)
    packed = dataset[Draw(0, 0)]
    size = next(step.get('size') for step in reversed(config.pipeline) if 'size' in step)
    assert tuple(packed['inputs'].shape[1:]) == tuple(size)
    assert all(packed['data_samples'].has_label(task) for task in dataset.labeled_tasks(dataset.frames[0]))
    return [root / frame for frame in dataset.frames]
