"""Contract of every registered dataset and transform."""

from importlib import import_module
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform
from mmengine.config import Config
from mmengine.runner import Runner

from mtlbench.class_sets import class_set
from mtlbench.config.reader import read_config, read_overlay
from mtlbench.config.scale import Scale, apply_scale
from mtlbench.datasets import Draw, MultiTaskDataset, StreamSampler
from mtlbench.datasets.transforms import GeometricTransform
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS, TRANSFORMS
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.testing import DatasetContract, TransformContract

SIZE = {'size': (16, 24)}
OPTIONS = {'Resize': SIZE, 'RandomFlip': {'prob': 1}, 'RandomCrop': SIZE, 'CenterCrop': SIZE, 'Pad': {'size': (40, 50)}}
FURTHER = {
    'FolderDataset': dict(
        images='images/{name}.png',
        labels=dict(
            semseg=dict(type='IdLabels', files='classes/{name}.png', ids={0: 'road', 7: 'car', 300: 'sky'}),
            depth=dict(type='DepthLabels', files='depth/{name}.png', scale=0.001),
        ),
        computed=dict(normals='depth'),
        camera=dict(files='camera.json'),
    )
}
COMPUTED = ('NormalsFromDepth',)
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


def pipeline_for(fields):
    normals = [{'type': 'NormalsFromDepth'}] if fields.get('normals') == 'depth' else []
    return [{'type': 'Resize', 'size': (16, 24)}, {'type': 'RandomFlip'}, *normals, {'type': 'PackSample'}]


def case_of(name):
    """The training split with all labels, after a short pipeline."""
    member, further = DATASETS.get(name), FURTHER.get(name, {})
    fields, class_set_name = member.fields_of(further), next(iter(member.class_sets), None)
    return dict(
        type=name,
        split='train',
        tasks=tuple(fields),
        class_set=class_set_name,
        pipeline=pipeline_for(fields),
        **further,
    )


class TestDatasets(DatasetContract):
    cases = [case_of(name) for name in own(DATASETS, MultiTaskDataset)]

    def write(self, case, root):
        write(DATASETS.get(case['type']), root)

    def faults(self, case):
        """The tiny copies repeat some of their labels."""
        return [message for message in super().faults(case) if 'have the same pixels' not in message]

    def test_normals_have_the_sign_of_visible_surfaces(self, case):
        sample = self.build(case)[Draw(1, 7)]['data_samples']
        for task in case['tasks']:
            label = sample.label(task)
            if FIELD_KINDS[task] is FieldKind.DIRECTION:
                lengths = label.norm(dim=0)
                assert ((torch.isclose(lengths, torch.ones(())) | (lengths == 0)) & (label[2] >= 0)).all()

    def test_draws_flip_the_image(self, case):
        dataset = self.build(case)
        assert len({dataset[Draw(0, key)]['inputs'].numpy().tobytes() for key in range(8)}) == 2

    def test_workers_give_the_samples_of_their_tickets(self, case):
        """The loader of a run: two processes that stay alive, in the order and with the keys of the sampler."""
        dataset = self.build(case)
        sampler = {'type': 'StreamSampler', '_scope_': 'mtlbench'}
        loader = {'dataset': self.config(case, _scope_='mtlbench'), 'sampler': sampler, 'batch_size': 2}
        loader |= {'num_workers': 2, 'persistent_workers': True}
        batches = islice(Runner.build_dataloader(loader, seed=1), 4)
        images = [image for batch in batches for image in batch['inputs']]
        draws = islice(StreamSampler(dataset, seed=1), 8)
        assert all(torch.equal(image, dataset[draw]['inputs']) for image, draw in zip(images, draws, strict=True))

    def test_each_task_alone_has_its_label(self, case):
        for task in case['tasks']:
            labels = self.build(case, tasks=[task])[Draw(0, 0)]['data_samples']
            assert [name for name in FIELD_KINDS if labels.has_label(name)] == [task]

    def test_missing_root_names_the_variable(self, case):
        with pytest.raises(DataError, match='MTLBENCH_DATA'):
            self.build(case, data_root='missing')


class TestNormalsFromDepth(TransformContract):
    cases = [dict(type='NormalsFromDepth')]
    computed = ('gt_normals',)


class TestTransforms(TransformContract):
    cases = [
        dict(type=name, **OPTIONS.get(name, {})) for name in own(TRANSFORMS, BaseTransform) if name not in COMPUTED
    ]

    def test_intrinsics_change_unless_pixels_are_added(self, case):
        transform = self.build(case)
        if isinstance(transform, GeometricTransform):
            results = transform.transform(self.sample())
            assert np.array_equal(results['intrinsics'], self.sample()['intrinsics']) == (case['type'] == 'Pad')


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
    # What a base leaves to the configs that use it.
    config.update(data_root=str(root), **getattr(import_module(f'layout_{root.name}'), 'OPTIONS', {}))
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
