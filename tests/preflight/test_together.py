"""Parts that are right by themselves and do not go together are refused before anything is built."""

import inspect
import shutil

import cv2
import pytest

from mtlbench.config.arguments import arguments_of
from mtlbench.errors import CheckpointError, ConfigError, DataError, MTLBenchError
from mtlbench.models.encoders import Encoder
from mtlbench.preflight import check_evaluation, placed
from mtlbench.registry import ENCODERS, OBJECTIVES

SD = ('_base_/default_runtime', '_base_/datasets/vkitti2', '_base_/tasks/sd', '_base_/methods/mtl')
SCHEDULE = '_base_/schedules/adam_40k'
DEPTH_FROM_VIDEO = """
tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='DisparityDepthTask'))
__pose = dict(type='PoseNetwork', encoder=dict(type='ResNetEncoder', depth=18, weights=None))
objectives = dict(photometric=dict(type='PhotometricObjective', stream='labeled', pose=__pose{objective}))
train_dataloader = dict(labeled=dict(dataset=dict(tasks=['semseg']{dataset})))
"""
NEIGHBORS = ', neighbor_offsets=(-1, 1), require_neighbors=True'
PSEUDO = """
__mixer = dict(type='{mixer}')
objectives = dict(pseudo=dict(type='PseudoLabelObjective', mixer=__mixer, stream='labeled'{more}))
train_dataloader = dict(labeled=dict(batch_size={batch}))
"""


@pytest.mark.parametrize(
    ('lines', 'message'),
    [
        (DEPTH_FROM_VIDEO.format(objective='', dataset=''), r'photometric: .*lacks \[-1, 1\].*require_neighbors'),
        (DEPTH_FROM_VIDEO.format(objective='', dataset=NEIGHBORS).replace("['semseg']", "['depth']"), 'has some'),
        (DEPTH_FROM_VIDEO.format(objective=", task='depht'", dataset=NEIGHBORS), 'depht'),
        (
            DEPTH_FROM_VIDEO.format(objective='', dataset=NEIGHBORS)
            + "val_dataloader = dict(dataset=dict(tasks=['semseg']))",
            r"val_dataloader: VKITTI2Dataset has no labels of 'depth'",
        ),
        (
            PSEUDO.format(mixer='DepthMixer', more=', colors=dict(prob=0.0)', batch=2),
            'none of the movable classes',
        ),
        (PSEUDO.format(mixer='AffineMixer', more='', batch=2), 'none of the movable classes'),
        (PSEUDO.format(mixer='ClassMixer', more='', batch=1), r'batch_size is 1, expected 2'),
        (PSEUDO.format(mixer='DepthMixer', more=", depth='height'", batch=2), "depth is 'height', but the tasks are"),
        (PSEUDO.format(mixer='DepthMixer', more=", frozen=('decoders.heigth',)", batch=2), 'no such part'),
        (
            "__critic = dict(type='PatchDiscriminator')\n"
            "objectives = dict(a=dict(type='DomainAlignment', critic=__critic, target='labeled'))",
            'an objective has critics, but optim_wrapper has none',
        ),
        (
            "further_dataloaders = dict(more=dict(batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', "
            "shuffle=False), dataset=dict(type='VKITTI2Dataset', data_root='data/vkitti2', split='val', tasks=[], "
            "class_set='vkitti2_14', pipeline=[dict(type='Resize', size=(32, 64)), dict(type='PackSample')])))",
            r'further_dataloaders\.more: VKITTI2Dataset has no labels of any task',
        ),
        (
            'model = dict(routes=dict(joint=True))\n'
            "train_dataloader = dict(more=dict(batch_size=2, sampler=dict(type='StreamSampler'), dataset=dict("
            "type='VKITTI2Dataset', data_root='data/vkitti2', split='train', tasks=[], class_set='vkitti2_14', "
            "pipeline=[dict(type='Resize', size=(32, 64)), dict(type='RandomCrop', size=(32, 32)), "
            "dict(type='PackSample')])))\nobjectives = dict(more=dict(type='SupervisedObjective', stream='more'))",
            r'model\.routes\.joint needs images of one size',
        ),
        (
            'model = dict(routes=dict(in_turn=True))\noptim_wrapper = dict(accumulative_counts=2)',
            r'set optim_wrapper\.accumulative_counts=1',
        ),
        ('param_scheduler = dict(_delete_=True, network=[], critics=[])', 'param_scheduler names network, critics'),
        ("tasks = dict(depth=dict(type='SemSegTask', class_set='vkitti2_14'))", r'tasks\.depth is a SemSegTask'),
        ('task_settings = dict(depth=dict(near_m=1))', r'task_settings\.depth\.near_m: DepthTask takes no'),
        (
            'balancer = dict(weights=dict(depth=None))',
            r'balancer: balancer\.weights has no weight for depth|no weight for',
        ),
    ],
    ids=range(17),
)
def test_it_is_refused(lines, message, bases, prepare):
    with pytest.raises(MTLBenchError, match=message) as caught:
        prepare(bases(*SD, SCHEDULE, lines=lines))
    assert '\n' not in str(caught.value)


def test_depth_from_video_with_labels_for_validation_passes(bases, prepare):
    prepare(bases(*SD, SCHEDULE, lines=DEPTH_FROM_VIDEO.format(objective='', dataset=NEIGHBORS)))


def test_small_images_are_refused_with_the_smallest_that_go(prepare):
    network = {
        'model.network.encoder.output_stride': 32,
        'model.network.decoder': dict(
            _delete_=True, type='SkipDecoder', channels=(16, 16, 16, 16, 8), aspp_channels=None
        ),
    }
    with pytest.raises(ConfigError, match=r'labeled: images of \(32, 64\) .* too small .* of at least 64'):
        prepare('mtl/sd_vkitti2', network)
    sizes = {f'{loader}.dataset.pipeline.0.size': [64, 64] for loader in ('train_dataloader.labeled', 'val_dataloader')}
    prepare('mtl/sd_vkitti2', {**network, **sizes})


def test_images_of_different_sizes_in_a_batch_are_refused(prepare, tmp_path, tiny_vkitti2):
    root = tmp_path / 'vkitti2'
    shutil.copytree(tiny_vkitti2, root)
    for path in sorted(root.rglob('*_0000[0-4].*')):
        cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[:32])
    options = {'val_dataloader.dataset.split': 'all'}
    steps = [dict(type='NormalsFromDepth'), dict(type='PackSample')]
    with pytest.raises(ConfigError, match=r'val_dataloader: the images of one batch differ in size'):
        prepare('mtl/sd_vkitti2', {**options, 'val_dataloader.dataset.pipeline': steps}, data_root=str(root))


def test_missing_data_and_weights_are_told_before_the_folder_is_made(prepare, tmp_path, monkeypatch):
    with pytest.raises(DataError, match='no such folder'):
        prepare('mtl/sd_vkitti2', data_root=str(tmp_path / 'none'))
    monkeypatch.setenv('MTLBENCH_WEIGHTS', str(tmp_path))
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    with pytest.raises(CheckpointError, match=r'no pretrained weights .*encoder\.weights=None'):
        prepare('mtl/sd_vkitti2', {'model.network.encoder.weights': 'IMAGENET1K_V1'})
    (tmp_path / 'text.pth').write_text('no weights')
    with pytest.raises(CheckpointError, match=r'text\.pth is rejected'):
        prepare('mtl/sd_vkitti2', {'model.network.encoder.weights': str(tmp_path / 'text.pth')})
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(
    'folder', ['{tmp}/file/run', '{tmp}/file', '/proc/none/run', '{tmp}/' + 'x' * 300, '{tmp}/a\0b']
)
def test_a_folder_that_cannot_be_written_to_is_refused(folder, prepare, tmp_path):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(ConfigError, match=r'is not writable.*--work-dir'):
        prepare('mtl/sd_vkitti2', work_dir=folder.format(tmp=tmp_path))


def test_an_evaluation_is_checked_too(prepare):
    cfg = prepare('mtl/sd_vkitti2')
    root, cfg.test_dataloader.dataset.data_root = cfg.test_dataloader.dataset.data_root, '/none'
    with pytest.raises(DataError, match='/none'):
        check_evaluation(cfg)
    cfg.test_dataloader.dataset.data_root = root
    cfg.model.eval_level = 3
    with pytest.raises(ConfigError, match=r'model\.eval_level is 3'):
        check_evaluation(cfg)


class Wide(Encoder):
    """An encoder of a third party: its options go on to the base, or anywhere."""

    def __init__(self, width: int, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def features(self, normalized):
        """None."""
        return []


class Anything(Encoder):
    """An encoder of a third party that reads its options by itself."""

    def __init__(self, **options):
        self.width = options.pop('width', 3)
        super().__init__(**options)
        raise LookupError(f'nothing of width {self.width}')

    def features(self, normalized):
        """None."""
        return []


@pytest.fixture
def registered():
    for cls in (Wide, Anything):
        ENCODERS.register_module(module=cls)
    yield
    for cls in (Wide, Anything):
        del ENCODERS.module_dict[cls.__name__]


def test_the_arguments_of_a_third_partys_class_are_known_as_far_as_they_can_be():
    assert list(arguments_of(Wide).named) == ['width', 'mean', 'std']
    assert not arguments_of(Wide).open
    assert arguments_of(Wide).missing(()) == ['width']
    assert arguments_of(Anything).open


@pytest.mark.usefixtures('registered')
@pytest.mark.parametrize(
    ('encoder', 'message'),
    [
        ({'type': 'Wide', 'widht': 3}, r'model\.network\.encoder\.widht: Wide takes no .*did you mean width'),
        ({'type': 'Wide'}, "Wide needs 'width'"),
        ({'type': 'Wide', 'width': 'x'}, "is 'x', but Wide expects int"),
        ({'type': 'Anything', 'width': 5}, r'model\.network\.encoder: Anything: LookupError: nothing of width 5'),
        ({'type': 'Anything', 'other': 5}, r'model\.network\.encoder: Anything: TypeError: .*other'),
    ],
)
def test_a_third_partys_class_is_checked_like_any_other(encoder, message, prepare):
    with pytest.raises(ConfigError, match=message):
        prepare('mtl/sd_vkitti2', {'model.network.encoder': {'_delete_': True, **encoder}})


def test_what_is_no_part_of_a_config_keeps_its_error(prepare):
    cfg = prepare('mtl/sd_vkitti2')
    with pytest.raises(ZeroDivisionError), placed(cfg):
        1 / 0  # noqa: B018


def test_every_objective_tells_what_it_reads():
    for name in OBJECTIVES.names():
        cls = OBJECTIVES.get(name)
        assert 'streams' in vars(cls) or 'self.streams' in inspect.getsource(cls.__init__), name
