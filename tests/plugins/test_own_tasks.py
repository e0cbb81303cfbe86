"""Tasks of a plugin, by registration alone: soft saliency, and albedo of three channels with unknown pixels."""

from __future__ import annotations

import functools
import importlib
import json
import math
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import layout_vkitti2
import numpy as np
import pytest
import torch
from forked import Run
from PIL import Image

from mtlbench.class_sets import class_set
from mtlbench.config import config_dir
from mtlbench.datasets import VKITTI2Dataset
from mtlbench.datasets.transforms import PackSample, RandomFlip, Resize
from mtlbench.errors import ConfigError
from mtlbench.mixers import Views
from mtlbench.registry import DATASETS, MIXERS, TASKS, all_registries
from mtlbench.structures import FieldKind, field_kind, register_class_set
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.tasks import DepthTask, Task

PLUGIN = Path(__file__).parent / 'toy_plugin'
HEIGHT, WIDTH = 36, 60
KNOWN = 48
"""Columns from here on are unknown."""
SHADES = {0.25: (59, 82, 139), 1.0: (253, 231, 37), None: (0, 0, 0)}
"""Viridis at the values of the saliency maps; black for unknown pixels."""
ALBEDO = (0.2, 0.4, 0.6)
CONFIG = """
_base_ = [
    '{bases}/default_runtime.py', '{bases}/datasets/vkitti2.py', '{bases}/methods/learner.py',
    '{bases}/objectives/alignment.py', '{bases}/schedules/adam_90k_critics.py']
custom_imports = dict(imports=['mtlbench_toy.tasks'])
method = 'Toy'
tasks = dict(
    semseg=dict(type='SemSegTask', critic_view='probability'), depth=dict(type='DepthTask'),
    saliency=dict(type='SaliencyTask'), albedo=dict(type='AlbedoTask'))
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=1, saliency=1, albedo=1))
__pipeline = [dict(type='Resize', size=(32, 64)), dict(type='PackSample')]
__loader = dict(num_workers=0, persistent_workers=False, batch_size=2)
__data = dict(type='ToyDataset', pipeline=__pipeline)
__target = dict(__data, split='all', tasks=[], class_set='vkitti2_14', data_root='{{{{$MTLBENCH_DATA:data}}}}/vkitti2')
train_dataloader = dict(
    labeled=dict(**__loader, dataset=__data),
    target=dict(**__loader, sampler=dict(type='StreamSampler'), dataset=__target))
val_dataloader = dict(**__loader, dataset=__data)
model = dict(
    network=dict(
        encoder=dict(depth=18, weights=None),
        decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8, 8), aspp_channels=8), head_levels=(0,)))
objectives = dict(
    alignment=dict(critic=dict(channels=(4, 4))),
    pseudo=dict(type='PseudoLabelObjective', mixer=dict(type='ClassMixer'), stream='target',
                also=['saliency', 'albedo']))
default_hooks = dict(teacher=dict(type='MeanTeacherHook'), logger=dict(interval=1))
train_cfg = dict(max_iters=3, val_interval=3, dynamic_intervals=None)
"""


def write_data(root):
    layout_vkitti2.write(root)
    saliency = np.full((HEIGHT, WIDTH), 0.25, np.float32)
    saliency[:, WIDTH // 2 :] = 1
    albedo = np.broadcast_to(np.float32(ALBEDO), (HEIGHT, WIDTH, 3)).copy()
    for values in (saliency, albedo):
        values[:, KNOWN:] = np.nan
    for number, image in enumerate(root.rglob('rgb_*.jpg')):
        saliency[0, 0] = albedo[0, 0] = 0.3 + number / 100  # no two maps are the same
        for field, values in (('saliency', saliency), ('albedo', albedo)):
            path = Path(str(image.with_suffix('.npy')).replace('rgb', field))
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, values)
    return root


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp('toy'))


@pytest.fixture
def plugin(monkeypatch):
    """The module of the plugin's tasks; all that it has registered is forgotten afterwards."""
    monkeypatch.syspath_prepend(PLUGIN)
    TASKS.import_from_location()
    kinds = dict(FIELD_KINDS)
    yield importlib.import_module('mtlbench_toy.tasks')
    FIELD_KINDS.clear()
    FIELD_KINDS.update(kinds)
    for registry in all_registries().values():
        for name, member in [*registry.module_dict.items()]:
            if member.__module__.startswith(('mtlbench_toy', __name__)):
                del registry.module_dict[name]
    for name in [name for name in sys.modules if name.startswith('mtlbench_toy')]:
        del sys.modules[name]


class Workplace:
    """A finished run, and the commands on it."""

    def __init__(self, folder, data_root):
        self.folder, self.data_root = folder, data_root
        self.config = folder / 'toy/sdla_toy.py'
        self.config.parent.mkdir()
        self.config.write_text(CONFIG.format(bases=config_dir() / '_base_'))
        self.root = ['--data-root', str(data_root)]

    def __call__(self, name, *arguments, plugin=True):
        """Return what a command prints; it starts with the plugin on its path, or without."""
        output = self.folder / f'{name}.txt'
        output.unlink(missing_ok=True)
        before = functools.partial(site.addsitedir, str(PLUGIN)) if plugin else None
        status = Run(name, arguments, self.folder, output, {'OMP_NUM_THREADS': '1'}, before).wait(300)
        printed = output.read_text()
        assert status == 0, printed
        return printed


@pytest.fixture(scope='module')
def run(tmp_path_factory, data_root):
    """A network of four tasks, trained with critics, pseudo-labels and a mixer by the real command."""
    found = Workplace(tmp_path_factory.mktemp('run'), data_root)
    options = [*found.root, '--work-dir', 'w', '--seed', '1']
    command = [sys.executable, '-m', 'mtlbench', 'train', str(found.config), *options]
    paths = os.pathsep.join(filter(None, (str(PLUGIN), os.environ.get('PYTHONPATH'))))
    environment = {**os.environ, 'PYTHONPATH': paths, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(command, env=environment, cwd=found.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return found


def read_record(run):
    return json.loads((run.folder / 'w/result.json').read_text())


def colors_in(path):
    return {tuple(color) for color in np.array(Image.open(path).convert('RGB')).reshape(-1, 3).tolist()}


def test_training_is_recorded(run):
    record = read_record(run)
    assert record['task_set'] == 'sdla'
    assert record['metrics_of_record']['saliency'] == 'mae' and record['metrics_of_record']['albedo'] == 'psnr_db'
    assert 0 < record['metrics']['saliency/mae'] < 1
    (log,) = (run.folder / 'w').glob('*/vis_data/scalars.json')
    terms = json.loads(log.read_text().splitlines()[0])
    for task in ('saliency', 'albedo'):
        assert {f'loss_{task}', f'loss_adversarial_{task}', f'loss_pseudo_{task}'} <= terms.keys()


def test_check_describes_the_labels_by_their_kind(run):
    printed = run('check_dataset', str(run.config), *run.root, '--jobs', '1')
    assert '80.0% known; 0.25 .. 1, mean of image means 0.53' in printed  # (30 * 0.25 + 18) / 48
    assert '80.0% known; 0.2 .. 0.6, mean of image means 0.4' in printed
    assert 'no problems found' in printed


def test_browse_draws_the_labels_by_their_kind(run):
    run('browse_dataset', str(run.config), *run.root, '--count', '1', '--out', 'browse')
    colors = colors_in(run.folder / 'browse/labeled_000.png')
    assert {*SHADES.values(), tuple(round(255 * value) for value in ALBEDO)} <= colors


def test_test_and_predict(run):
    printed = run('test', str(run.config), 'w/iter_3.pth', *run.root)
    assert f'{read_record(run)["metrics"]["saliency/mae"]:.4f}' in printed
    image = next(run.data_root.rglob('rgb_*.jpg'))
    outputs = ['--outputs', 'panels', 'maps']
    run('predict', 'w/iter_3.pth', str(image), '--config', str(run.config), '--out', 'drawn', *outputs)
    (panel,) = (run.folder / 'drawn/panels').glob('*.png')
    assert len(colors_in(panel)) > 50
    for task, shape in (('saliency', (HEIGHT, WIDTH)), ('albedo', (HEIGHT, WIDTH, 3))):
        values = np.load(run.folder / f'drawn/maps/{task}/{panel.stem}.npy')
        assert values.shape == shape
        assert np.isfinite(values).all()


def test_robustness(run):
    attacks = ['--perturbations', 'gaussian', 'fgsm', '--attack', 'saliency', 'albedo', '--epsilons', '4']
    run('test_robustness', str(run.config), 'w/iter_3.pth', *run.root, *attacks, '--images', '1')
    found = json.loads((run.folder / 'w/robustness.json').read_text())
    record = read_record(run)['metrics']
    for curve in found['curves'][1:]:
        metric = {'saliency': 'saliency/mae', 'albedo': 'albedo/rmse'}[curve['attacked']]
        assert curve['points'][0]['scores'][metric] > record[metric]  # an attack makes errors larger
    measures = {f'{task}/q_{name}_4' for task in ('saliency', 'albedo') for name in ('gaussian', 'fgsm')}
    assert measures <= found['metrics'].keys()
    assert (run.folder / 'w/robustness_fgsm_albedo.png').exists()


def test_reports_need_no_plugin(run, tmp_path):
    """Records are read where the plugin is not installed; the unit of a metric follows from its range."""
    shutil.copytree(run.folder / 'w', tmp_path / 'w')
    report = ['report', '--work-dir', str(tmp_path / 'w'), '--format']
    printed = run('benchmark', *report, 'markdown', plugin=False)
    assert 'saliency/mae [%] ↓' in printed and 'albedo/psnr_db [dB] ↑' in printed and 'Δ_SDLA [%] ↑' in printed
    run('benchmark', *report, 'html', '--out', str(tmp_path / 'site'), plugin=False)
    page = next(path for path in (tmp_path / 'site').glob('*.html') if 'Δ_SDLA' in path.read_text())
    assert 'saliency/mae' in page.read_text()


def test_registration_brings_the_field(plugin, data_root):
    assert field_kind('saliency') is field_kind('albedo') is FieldKind.CONTINUOUS
    options = dict(data_root=str(data_root), split='val', pipeline=[dict(type='PackSample')], class_set='vkitti2_14')
    dataset = DATASETS.build(dict(type='ToyDataset', tasks=['saliency', 'albedo'], **options))
    sample = dataset[0]['data_samples']
    assert sample.label('saliency').shape == (1, HEIGHT, WIDTH)
    assert sample.label('albedo')[:, 0, 1].tolist() == pytest.approx(ALBEDO)
    assert sample.label('albedo').isnan()[:, :, KNOWN:].all()
    advice = r'for saliency, add label_fields and read_saliency\(\) to a subclass, or use FolderDataset'
    with pytest.raises(ConfigError, match=advice) as error:
        VKITTI2Dataset(tasks=['saliency'], **options)
    assert '\n' not in str(error.value)


def test_labels_after_transforms(plugin, data_root):
    """A ramp doubled in size and mirrored: the pixel at x shows x' = (W - 1/2 - x) / 2 - 1/2 of the ramp."""
    ramp = np.tile(np.arange(WIDTH, dtype=np.float32) / WIDTH, (HEIGHT, 1))
    results = {
        'image': np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        'gt_saliency': ramp,
        'kinds': {'image': FieldKind.IMAGE, 'gt_saliency': field_kind('saliency')},
        'tasks': ('saliency',),
        'rng': np.random.default_rng(0),
    }
    for step in (Resize((2 * HEIGHT, 2 * WIDTH)), RandomFlip(prob=1.0), PackSample()):
        results = step.transform(results)
    found = results['data_samples'].label('saliency')[0]
    for x in range(1, 2 * WIDTH - 1):
        expected = ((2 * WIDTH - 0.5 - x) / 2 - 0.5) / WIDTH
        assert found[:, x].tolist() == pytest.approx([expected] * 2 * HEIGHT, abs=1e-6)  # float32 of values below 1


@pytest.mark.parametrize('name', ['SaliencyTask', 'AlbedoTask'])
def test_losses_and_gradients_ignore_unknown_pixels(plugin, name):
    task, draw = TASKS.build(dict(type=name)), torch.Generator().manual_seed(0)
    label = torch.rand(2, task.out_channels, 4, 6, generator=draw)
    unknown = torch.rand(2, 1, 4, 6, generator=draw) < 0.3
    prediction = torch.randn(label.shape, generator=draw).requires_grad_()
    loss = task.loss(prediction, label.masked_fill(unknown, math.nan))
    loss.backward()
    errors = []
    for place in np.ndindex(*label.shape):
        if not unknown[place[0], 0, place[2], place[3]]:
            guess, truth = 1 / (1 + math.exp(-prediction[place].item())), label[place].item()
            cross_entropy = -truth * math.log(guess) - (1 - truth) * math.log(1 - guess)
            errors.append(cross_entropy if name == 'SaliencyTask' else abs(guess - truth))
    assert loss.item() == pytest.approx(sum(errors) / len(errors), rel=1e-5)  # float32 sums of 100 terms
    assert torch.equal(prediction.grad == 0, unknown.expand_as(label))
    nothing = task.loss(prediction, torch.full_like(label, math.nan))
    assert nothing == 0 and nothing.requires_grad


@pytest.mark.parametrize('name', ['SaliencyTask', 'AlbedoTask'])
def test_critics_see_decoded_predictions_and_labels(plugin, name):
    task = TASKS.build(dict(type=name))
    prediction = torch.linspace(-3, 3, 2 * task.out_channels).reshape(1, task.out_channels, 1, 2)
    assert task.critic_channels == task.out_channels
    assert torch.equal(task.critic_input(prediction), prediction.sigmoid())
    label = prediction.sigmoid()
    label[..., 1] = math.nan
    maps, valid = task.critic_label(label)
    assert valid.tolist() == [[[[True, False]]]]
    assert torch.equal(maps[..., 0], label[..., 0]) and not maps[..., 1].any()


def views():
    draw = torch.Generator().manual_seed(1)
    labels = torch.randint(4, (3, 1, 8, 10), generator=draw)
    depth = 1 + 9 * torch.rand(3, 1, 8, 10, generator=draw)
    fields = {'saliency': torch.rand(3, 1, 8, 10, generator=draw), 'place': torch.arange(240.0).reshape(3, 1, 8, 10)}
    return Views(
        torch.rand(3, 3, 8, 10, generator=draw),
        labels,
        torch.ones(3, 1, 8, 10),
        depth,
        torch.full((3, 2), 4.5),
        ('person', 'car', 'road', 'sky'),
        {**fields, 'range': depth.clone()},
        {'saliency': FieldKind.CONTINUOUS, 'place': FieldKind.CONTINUOUS, 'range': FieldKind.DEPTH},
    )


@pytest.mark.parametrize('name', ['ClassMixer', 'CutMixer', 'DepthMixer', 'CutOutMixer', 'AffineMixer'])
def test_mixers_move_the_fields_with_the_pixels(name):
    before = views()
    after = MIXERS.build(dict(type=name))(before, torch.Generator().manual_seed(3))
    assert not torch.equal(after.images, before.images)
    place = after.fields['place']
    assert torch.equal(place.isnan(), (after.confidence == 0))
    source = place.nan_to_num(0).long().flatten()
    for moved, original in ((after.labels, before.labels), (after.fields['saliency'], before.fields['saliency'])):
        seen = moved.flatten()[~place.isnan().flatten()]
        assert torch.equal(seen, original.flatten()[source][~place.isnan().flatten()])
    assert torch.equal(after.fields['range'], after.depth)


NOT_USED = dict.fromkeys(('out_channels', 'decode', 'loss', 'statistics', 'scores'))
"""Methods that a class must have to be registered, where a test calls none of them."""


@pytest.mark.parametrize(
    ('own', 'message'),
    [
        (dict(name='parts', kind=FieldKind.IDS), "Mine cannot be registered: it has no 'letter'"),
        (dict(name='parts', letter='s', kind=FieldKind.IDS), "the letter 's' belongs to the task 'semseg'"),
        (dict(name='parts', letter='P', kind=FieldKind.IDS), "its letter 'P' one lowercase letter"),
        (dict(name='my parts', letter='p', kind=FieldKind.IDS), "its name 'my parts' must be an identifier"),
        (dict(name='parts', letter='p', kind='ids'), "its kind is 'ids', expected an instance of FieldKind"),
        (dict(name='depth', letter='z', kind=FieldKind.DEPTH), "the letter of the task 'depth' is 'd'; use that"),
        (dict(name='depth', letter='d', kind=FieldKind.CONTINUOUS), "'depth' is registered as DEPTH, not CONTINUOUS"),
    ],
)
def test_contradictions_are_rejected(plugin, own, message):
    mine = type('Mine', (Task,), {**NOT_USED, **own})
    with pytest.raises(ConfigError, match=message) as error:
        TASKS.register_module(module=mine)
    assert '\n' not in str(error.value)
    assert 'Mine' not in TASKS.module_dict


def test_a_variant_of_a_task_shares_its_letter_and_field(plugin):
    variant = type('Mine', (DepthTask,), {'__module__': __name__})
    TASKS.register_module(module=variant)
    assert TASKS.build(dict(type='Mine')).letter == 'd'


def test_pseudo_labels_need_classes(plugin):
    from mtlbench.objectives import PseudoLabelObjective

    objective = PseudoLabelObjective(dict(type='ClassMixer'), task='saliency')
    tasks = {'depth': DepthTask(), 'saliency': TASKS.build(dict(type='SaliencyTask'))}
    with pytest.raises(ConfigError, match=r"the task 'saliency' has no classes; set task to one that has, and also="):
        objective.prepare(tasks, {})


class FlowKind(FieldKind):
    """Optical flow in pixels, right and down."""

    name, padding = 'FLOW', np.nan

    def resize(self, field, size, at_corner=False):
        factors = [new / old for new, old in zip(size[::-1], field.shape[1::-1], strict=True)]
        return super().resize(field, size) * np.float32(factors)

    def mirror(self, field):
        return super().mirror(field) * np.float32([-1, 1])


def test_a_kind_of_ones_own(plugin):
    """Its transforms are used, and everything that it does not say has a default."""
    own = dict(name='flow', letter='f', kind=FlowKind(), __module__=__name__)
    TASKS.register_module(module=type('Mine', (Task,), {**NOT_USED, **own}))
    kind = field_kind('flow')
    field = np.float32([[[1, 2], [3, 4]]])
    results = {
        'image': np.zeros((1, 2, 3), np.uint8),
        'gt_flow': field,
        'kinds': {'image': FieldKind.IMAGE, 'gt_flow': kind},
        'tasks': ('flow',),
        'rng': np.random.default_rng(0),
    }
    for step in (Resize((2, 6)), RandomFlip(prob=1.0), PackSample()):
        results = step.transform(results)
    right, down = results['data_samples'].label('flow')
    assert right.tolist() == [[-9, -9, -9, -3, -3, -3]] * 2 and down.tolist() == [[8, 8, 8, 4, 4, 4]] * 2
    assert np.isnan(kind.pad(field, 1, 0)[1]).all()
    assert list(kind.faults(field, None)) == [] and not kind.is_blank(field)
    drawn = kind.draw(np.float32([[[7, 9, np.nan]], [[7, 5, 0]]]))  # means of 7, 7 and unknown
    assert drawn.tolist() == [[[68, 1, 84], [68, 1, 84], [0, 0, 0]]]


def test_the_drawn_range_of_a_task(plugin):
    kelvin = torch.tensor([[[250.0, 310.0, 400.0, math.nan]]])
    own = dict(drawn_range=(250.0, 310.0))
    task = type('Warmth', (plugin.SaliencyTask,), own)()
    assert task.draw(kelvin).tolist() == [[[68, 1, 84], [253, 231, 37], [253, 231, 37], [0, 0, 0]]]


def test_labels_of_other_channels_are_rejected(plugin, data_root):
    from types import SimpleNamespace

    from mtlbench.preflight.data import open_source
    from mtlbench.preflight.parts import check_channels

    task = TASKS.build(dict(type='SaliencyTask'))
    dataset = dict(type='ToyDataset', data_root=str(data_root), split='val', tasks=['saliency', 'albedo'])
    dataset |= dict(pipeline=[dict(type='PackSample')], class_set='vkitti2_14')
    source = open_source('val_dataloader', dict(dataset=dataset))
    check_channels(SimpleNamespace(tasks={'saliency': task}), source)
    with pytest.raises(ConfigError, match='labels of albedo with 3 channels, but SaliencyTask decodes 1'):
        check_channels(SimpleNamespace(tasks={'albedo': task}), source)


def test_a_second_field_of_ids_has_classes_of_its_own(plugin, data_root):
    """The check compares each field with its own class set."""
    from mtlbench.datasets.check.frame import FrameGroup

    register_class_set('toy_parts', ('left', 'right'), [(9, 9, 9), (5, 5, 5)])

    def read_parts(self, frame):
        return np.broadcast_to(np.uint8([[0, self.largest]]).repeat(WIDTH // 2, 1), (HEIGHT, WIDTH))

    def class_set_of(self, field):
        return class_set('toy_parts') if field == 'parts' else plugin.ToyDataset.class_set_of(self, field)

    own = dict(name='parts', letter='p', kind=FieldKind.IDS, __module__=__name__)
    TASKS.register_module(module=type('Mine', (Task,), {**NOT_USED, **own}))
    fields = {'semseg': 'semseg', 'parts': 'parts'}
    members = dict(label_fields=fields, read_parts=read_parts, class_set_of=class_set_of, largest=1)
    kind = type('Own', (plugin.ToyDataset,), members)
    dataset = kind(str(data_root), 'val', ['semseg', 'parts'], [], class_set='vkitti2_14')
    dataset.frames = dataset.frames[:1]
    assert FrameGroup(dataset)()[0].faults == []
    dataset.largest = 2
    ((field, message),) = FrameGroup(dataset)()[0].faults
    assert field == 'parts' and message.endswith("ids 2, expected 0 .. 1 and 255 of 'toy_parts'; use the original file")
