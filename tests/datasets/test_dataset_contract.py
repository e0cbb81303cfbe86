"""What every registered dataset and transform promises."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from genuine_layout import write_cityscapes, write_vkitti2
from mmengine.config import Config
from mmengine.runner import Runner
from plain_sample import sample

from mtlbench.datasets import Draw, MultiTaskDataset, StreamSampler
from mtlbench.datasets.transforms import GeometricTransform
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS, TRANSFORMS
from mtlbench.structures import class_set

WRITERS = {'VKITTI2Dataset': write_vkitti2, 'CityscapesDataset': write_cityscapes}
OPTIONS = {'Resize': {'size': (16, 24)}, 'RandomFlip': {'prob': 1}, 'RandomCrop': {'size': (16, 24)}}
PIPELINE = [
    {'type': 'Resize', 'size': (16, 24)},
    {'type': 'RandomFlip'},
    {'type': 'NormalsFromDepth'},
    {'type': 'PackSample'},
]
CONFIGS = Path(__file__).parents[2] / 'configs' / '_base_' / 'datasets'


def own(registry, base):
    """Registered members of the package, without what tests register."""
    members = {name: registry.get(name) for name in registry.names()}
    return [
        name
        for name, member in members.items()
        if issubclass(member, base) and member.__module__.startswith('mtlbench')
    ]


@pytest.fixture(params=own(DATASETS, MultiTaskDataset))
def build(request, tmp_path):
    if request.param not in WRITERS:
        pytest.fail(f'add a writer of the genuine layout of {request.param} to WRITERS')
    WRITERS[request.param](tmp_path)
    member = DATASETS.get(request.param)

    def make(**changes):
        options = {'split': 'train', 'tasks': tuple(member.label_fields), 'pipeline': PIPELINE}
        return member(**{'data_root': str(tmp_path), 'class_set': member.class_sets[0], **options, **changes})

    return make


def test_sample_of_a_dataset(build):
    dataset = build()
    sample = dataset[Draw(1, 7)]
    labels = sample['data_samples']
    assert sample['inputs'].shape == (3, 16, 24)
    assert all(labels.has_label(task) for task in dataset.tasks)
    classes = len(class_set(dataset.class_set_name))
    ids = labels.label('semseg')
    assert ((ids < classes) | (ids == 255)).all()
    assert (labels.label('depth') >= 0).all()
    lengths = labels.label('normals').norm(dim=0)
    assert (torch.isclose(lengths, torch.ones(())) | (lengths == 0)).all()
    assert (labels.label('normals')[2] >= 0).all()
    assert len(dataset.metainfo['palette']) == len(dataset.metainfo['classes']) == classes
    assert {'dataset', 'rendered', 'root', 'samples', 'split_digest'} == set(dataset.fingerprint())


def test_ticket_decides_the_sample(build):
    dataset, again = build(), build()
    pictures = [dataset[Draw(0, key)]['inputs'] for key in range(8)]
    assert all(torch.equal(picture, again[Draw(0, key)]['inputs']) for key, picture in enumerate(pictures))
    assert len({picture.numpy().tobytes() for picture in pictures}) == 2


def test_workers_give_the_samples_of_their_tickets(build):
    """The loader of a run: two processes that stay alive, in the order and with the keys of the sampler."""
    dataset = build()
    member = {'type': type(dataset).__name__, 'data_root': str(dataset.root), 'split': 'train', '_scope_': 'mtlbench'}
    member |= {'tasks': dataset.tasks, 'class_set': dataset.class_set_name, 'pipeline': PIPELINE}
    sampler = {'type': 'StreamSampler', '_scope_': 'mtlbench'}
    loader = {'dataset': member, 'sampler': sampler, 'batch_size': 2, 'num_workers': 2, 'persistent_workers': True}
    batches = islice(Runner.build_dataloader(loader, seed=1), 4)
    pictures = [picture for batch in batches for picture in batch['inputs']]
    draws = islice(StreamSampler(dataset, seed=1), 8)
    assert all(torch.equal(picture, dataset[draw]['inputs']) for picture, draw in zip(pictures, draws, strict=True))


@pytest.mark.parametrize('task', ['semseg', 'depth', 'normals'])
def test_each_task_alone(build, task):
    labels = build(tasks=[task])[Draw(0, 0)]['data_samples']
    assert [name for name in ('semseg', 'depth', 'normals', 'edges') if labels.has_label(name)] == [task]


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
    assert not np.array_equal(results['intrinsics'], sample()['intrinsics'])
    for field in results['kinds']:
        assert np.asarray(results[field]).dtype == np.asarray(sample()[field]).dtype


@pytest.mark.parametrize('path', sorted(CONFIGS.glob('*.py')), ids=lambda path: path.stem)
def test_dataset_configs(path, tmp_path):
    cfg = Config.fromfile(path)
    assert set(cfg.keys()) == {'dataset_name', 'task_settings', 'train_dataloader', 'val_dataloader'}
    train, val = cfg.train_dataloader.labeled.dataset, cfg.val_dataloader.dataset
    assert (train.split, val.split) == ('train', 'val')
    assert train.class_set == val.class_set == cfg.task_settings.semseg.class_set
    WRITERS[train.type](tmp_path)
    train.update(data_root=str(tmp_path), tasks=['semseg', 'depth', 'normals'])
    packed = DATASETS.build(train)[Draw(0, 0)]
    assert tuple(packed['inputs'].shape[1:]) == tuple(train.pipeline[0].size)
