"""What a user types and nothing reads, or nothing can use, is refused with its place before anything is built."""

import pytest

from mtlbench.config import list_configs, load_config
from mtlbench.errors import ConfigError, MTLBenchError
from mtlbench.preflight import check_config

WRONG = [
    # Keys that nothing reads.
    ({'optim_wraper.optimizer.lr': 9}, "no 'optim_wraper'; did you mean optim_wrapper"),
    ({'tran_cfg.max_iters': 9}, "no 'tran_cfg'; did you mean train_cfg"),
    ({'clip_grad.max_norm': 9}, "no 'clip_grad'"),
    ({'train_cfg.max_itres': 3}, r'train_cfg\.max_itres: StreamTrainLoop takes no .*did you mean max_iters'),
    ({'model.network.decoder.channelss': 3}, r'model\.network\.decoder\.channelss: SkipDecoder.*mean channels'),
    ({'model.network.encoder.wieghts': None}, r'model\.network\.encoder\.wieghts: ResNetEncoder.*mean weights'),
    ({'model.network.encoder.means': [0, 0, 0]}, r'ResNetEncoder takes no .*did you mean mean'),
    ({'model.eval_lvel': 1}, r'Learner takes no .*eval_level'),
    ({'model.routes.jiont': True}, r'model: Learner: .*jiont'),
    ({'model.network.head_levels.smseg': [0]}, r'has no .smseg'),
    ({'train_dataloader.lebeled.batch_size': 3}, "no 'lebeled' in train_dataloader; did you mean labeled"),
    ({'train_dataloader.labeled.batch_sise': 3}, 'did you mean batch_size'),
    ({'train_dataloader.labeled.dataset.splitt': 'train'}, r'VKITTI2Dataset takes no .*did you mean split'),
    ({'val_dataloader.dataset.pipeline.1.foo': 3}, r'pipeline\.1\.foo: NormalsFromDepth takes no'),
    ({'val_dataloader.dataset.pipeline.9.size': 3}, "has no '9'"),
    ({'val_dataloader.sampler.shufle': True}, r'DefaultSampler takes no .*shuffle'),
    ({'objectives.supervised.level_reduc': 'sum'}, r'model\.objectives\.supervised\.level_reduc: .*level_reduce'),
    ({'objectives.supervise.level_reduce': 'sum'}, "supervise has no 'type'.*did you mean supervised"),
    ({'balancer.wieghts': {}}, r'FixedWeights takes no .*weights'),
    ({'tasks.depht.max_depth_m': 3}, 'did you mean depth'),
    ({'default_hooks.checkpoint.intervall': 2}, r'AtomicCheckpointHook takes no .*interval'),
    ({'default_hooks.chekpoint.interval': 2}, 'did you mean checkpoint'),
    ({'custom_hooks': [{'type': 'CompileHok'}]}, r'custom_hooks\.0: type .*did you mean CompileHook'),
    ({'param_scheduler.0.gama': 1}, r'param_scheduler\.0\.gama: MultiStepLR.*gamma'),
    ({'optim_wrapper.optimizer.lrr': 1}, r'optim_wrapper\.optimizer\.lrr: Adam takes no .*lr'),
    ({'optim_wrapper.acumulative_counts': 2}, 'accumulative_counts'),
    ({'optim_wrapper.clip_grad.max_nrom': 3}, r'optim_wrapper\.clip_grad: unknown .*max_norm'),
    ({'optim_wrapper.paramwise_cfg.network.encoder.lrr': 1}, r"paramwise_cfg\.network\.encoder: unknown 'lrr'"),
    ({'optim_wrapper.paramwise_cfg.network.encoderr.lr': 1}, "no parameter's name starts with it"),
    ({'env_cfg.cudnn_bench': True}, 'did you mean cudnn_benchmark'),
    ({'randomness.sed': 3}, 'did you mean seed'),
    ({'visualizer.vis_backends.0.type': 'LocalVisBackendd'}, r'vis_backends\.0: .*LocalVisBackend'),
    ({'starts_from': {'confg': 'x'}}, 'did you mean config'),
    ({'profile': 'mini'}, 'use --profile'),
    ({'custom_imports.imports': ['x']}, 'in a config file'),
    ({'task_settings.depth': {'near_m': 1}}, r'task_settings\.depth\.near_m: DepthTask takes no'),
    # Types of another kind, and none.
    ({'model.network.encoder.type': 'ResNetEncodr'}, r'model\.network\.encoder: .*did you mean ResNetEncoder'),
    ({'model.network.decoder.type': 'ResNetEncoder'}, r"model\.network\.decoder: type 'ResNetEncoder' is not in"),
    ({'model.network.decoder': {'_delete_': True, 'channels': 3}}, r"model\.network\.decoder has no 'type'"),
    ({'optim_wrapper.type': 'OptimWraper'}, 'did you mean OptimWrapper'),
    ({'balancer.type': 'UncertaintyWeights'}, r'balancer\.weights: UncertaintyWeights takes no'),
    ({'model.network.encoder': {'_delete_': True, 'type': 'TimmEncoder'}}, r"TimmEncoder needs 'name'"),
    (
        {'model.network.encoder': {'_delete_': True, 'type': 'TorchvisionEncoder', 'name': 'x', 'stages': 3}},
        "takes no 'stages'",
    ),
    ({'custom_hooks': [3]}, r'custom_hooks\.0 is 3'),
    # Values of another kind.
    ({'train_cfg.max_iters': 'many'}, r"train_cfg\.max_iters is 'many', but StreamTrainLoop expects int"),
    ({'train_cfg.max_iters': 2.5}, r'train_cfg\.max_iters is 2\.5'),
    ({'model': 3}, 'the config has a dict there'),
    ({'tasks': 'sd'}, 'the config has a dict there'),
    ({'balancer.weights.depth': 'x'}, r'balancer\.weights\.depth is .x.*a number'),
    ({'train_dataloader.labeled.dataset.pipeline.0.size': [32]}, r'size is \[32\], but Resize expects'),
    ({'train_dataloader.labeled.dataset.pipeline.0.size': 32}, r'size is 32, but Resize expects'),
    ({'model.network.exchange_levels': 1}, r'exchange_levels is 1'),
    ({'model.network.decoder.channels': 'wide'}, r"channels is 'wide'"),
    ({'train_dataloader.labeled.dataset.tasks': 'depth'}, r"tasks is 'depth', but VKITTI2Dataset expects"),
    ({'train_cfg': 3}, 'the config has a dict there'),
    ({'train_cfg.max_iters.x': 3}, "has no 'x'"),
    # Values that make no run.
    ({'train_dataloader.labeled.batch_size': -2}, r'batch_size is -2, expected a whole number of 1'),
    ({'val_dataloader.batch_size': 0}, r'batch_size is 0'),
    ({'val_dataloader.num_workers': -1}, r'num_workers is -1'),
    ({'train_cfg.max_iters': 0}, r'max_iters is 0'),
    ({'train_cfg.val_interval': 0}, r'val_interval is 0'),
    ({'train_cfg.dynamic_intervals': [(3, 0)]}, r'dynamic_intervals\.0\.interval is 0'),
    ({'optim_wrapper.optimizer.lr': -1}, r'optimizer\.lr is -1'),
    ({'optim_wrapper.optimizer.lr': float('inf')}, r'optimizer\.lr is inf'),
    ({'optim_wrapper.optimizer.betas': [2, 3]}, r'optim_wrapper\.optimizer: Adam: ValueError: Invalid beta'),
    ({'optim_wrapper.accumulative_counts': 0}, r'optim_wrapper\.accumulative_counts'),
    ({'randomness.seed': -1}, r'randomness\.seed is -1'),
    ({'randomness.seed': 2**32}, r'randomness\.seed is'),
    ({'balancer.weights.depth': float('nan')}, r'balancer\.weights\.depth is nan'),
    ({'log_level': 'LOUD'}, 'log_level is'),
    # What a constructor refuses, with the place in front.
    ({'model.network.exchange.fusion': 'x'}, r'model\.network\.exchange: exchange\.fusion'),
    ({'model.network.head_levels': [7, 0]}, r'model\.network: network\.head_levels is'),
    ({'objectives.supervised.level_reduce': 'median'}, r'model\.objectives\.supervised: .*level_reduce'),
    ({'tasks.depth.max_depth_m': -3}, r'tasks\.depth: expected 0 < min_depth_m'),
    ({'train_dataloader.labeled.dataset.split': 'x'}, r"train_dataloader\.labeled\.dataset: .*split is 'x'"),
    ({'train_dataloader.labeled.dataset.pipeline.0.nearest': 'x'}, r'pipeline\.0: Resize: nearest'),
    # Parts that do not go together.
    ({'model.eval_level': 2}, r"model\.eval_level is 2, but 'semseg' is predicted at the levels \(1, 0\)"),
    ({'default_hooks.record': None}, r'default_hooks has no ResultRecordHook'),
    ({'default_hooks.param_scheduler': None}, r'default_hooks has no ParamSchedulerHook'),
    ({'default_hooks.checkpoint': None}, r'default_hooks has no AtomicCheckpointHook'),
    ({'param_scheduler.0.by_epoch': True}, r'param_scheduler\.0: MultiStepLR counts epochs.*by_epoch=False'),
    ({'param_scheduler': [{'type': 'ConstantLR'}]}, r'param_scheduler\.0: ConstantLR counts epochs'),
    ({'val_dataloader.drop_last': True}, r'val_dataloader\.drop_last leaves samples out'),
    ({'val_dataloader.sampler': {'_delete_': True, 'type': 'StreamSampler'}}, 'never ends'),
    ({'train_dataloader.labeled.sampler.type': 'DefaultSampler'}, 'ends after one pass'),
    ({'train_dataloader.labeled.dataset.class_set': 'vkitti2_8'}, r'has 8 classes, but .*vkitti2_14. with 14'),
    ({'val_dataloader.dataset.class_set': 'vkitti2_8'}, r'val_dataloader.*has 8 classes'),
    ({'train_dataloader.labeled.dataset.tasks': ['semseg']}, r'tasks\.depth is never trained'),
    ({'objectives.supervised': None}, r'no objective reads this stream'),
    ({'val_dataloader.dataset.tasks': ['depth']}, "no labels of 'semseg'"),
    (
        {'objectives.s2': {'type': 'SupervisedObjective', 'stream': 'labled'}},
        r's2 reads the stream .labled.*mean labeled',
    ),
    ({'model.routes': {'tasks': {'labelde': ['depth']}}}, r'model\.routes\.tasks reads the stream .labelde'),
    ({'tasks.depth': None}, 'needs at least two'),
    ({'train_dataloader.labeled.dataset.pipeline.0.size': [33, 64]}, 'multiples of 32'),
    ({'val_dataloader.dataset.pipeline.0.size': [30, 64]}, r'val_dataloader: .*multiples of 32'),
    ({'train_dataloader.labeled.dataset.pipeline': []}, 'sample 0 cannot be loaded: .*PackSample'),
    ({'val_dataloader.dataset.pipeline.0.type': 'RandomCrop'}, r'RandomCrop'),
    ({'optim_wrapper.critics': {'optimizer': {'type': 'Adam'}}}, 'no objective'),
    # Files.
    ({'model.network.encoder.weights': 'none.pth'}, 'no pretrained weights at'),
    ({'model.network.encoder.weights': 'IMAGENET1K_V9'}, 'has no weights'),
    ({'train_dataloader.labeled.dataset.data_root': '/none'}, '/none: no such folder'),
]
RIGHT = [
    {'train_dataloader.labeled.num_workers': 0, 'val_dataloader.num_workers': 0},
    {'optim_wrapper.paramwise_cfg.network.decoders.lr': 1e-5},
    {'optim_wrapper.paramwise_cfg.network.encoder.lr': 0},
    {'default_hooks.ema.type': 'EMAHook', 'default_hooks.ema.momentum': 0.1},
    {'default_hooks.draw': None, 'default_hooks.timer': None},
    {'objectives.supervised.level_reduce': 'sum'},
    {'balancer': {'_delete_': True, 'type': 'UncertaintyWeights'}},
    {'param_scheduler': []},
    {'optim_wrapper.clip_grad': None},
    {'model.network.exchange': None, 'model.network.exchange_levels': [], 'model.network.head_levels': [0]},
    {'val_dataloader.batch_size': 1, 'val_dataloader.dataset.pipeline.0.size': [64, 96]},
    {'optim_wrapper.type': 'MixedPrecisionOptimWrapper'},
]


@pytest.mark.parametrize(('options', 'message'), WRONG, ids=lambda value: str(value)[:60])
def test_wrong_options_are_refused(options, message, prepare):
    with pytest.raises(MTLBenchError, match=message) as caught:
        prepare('xtam/sd_vkitti2', options)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('options', RIGHT, ids=str)
def test_right_options_pass(options, prepare):
    prepare('xtam/sd_vkitti2', options)


def test_an_option_for_a_name_with_dots_reaches_it():
    options = {'optim_wrapper.paramwise_cfg.network.encoder.lr': 5, 'optim_wrapper.paramwise_cfg.network.heads.lr': 6}
    groups = load_config('xtam/sd_vkitti2', options=options).optim_wrapper.paramwise_cfg
    assert groups == {'network.encoder': dict(lr=5), 'network.heads': dict(lr=6)}


@pytest.mark.parametrize(
    ('lines', 'message'),
    [
        ('optim_wraper = dict(lr=3)', "unknown key 'optim_wraper'; did you mean optim_wrapper"),
        ('model = dict(network=dict(decoder=dict(dropuot=0.1)))', 'did you mean dropout'),
        ("objectives = dict(photo=dict(stream='video'))", "objectives.photo has no 'type'"),
        ('train_dataloader = dict(more=dict(batch_size=2))', "train_dataloader.more has no 'dataset'"),
    ],
)
def test_wrong_lines_of_a_config_are_refused(lines, message, bases):
    path = bases('stl/d_vkitti2', lines=lines)
    with pytest.raises(ConfigError, match=message) as caught:
        check_config(load_config(path))
    assert str(path) in str(caught.value)


def test_names_of_a_config_itself_begin_with_an_underscore(bases):
    check_config(load_config(bases('stl/d_vkitti2', lines='_width = 3\n__size = 4')))


@pytest.mark.parametrize('recipe', ['paper', 'reference'])
@pytest.mark.parametrize('name', list_configs()[::9])
def test_configs_of_the_project_pass_with_both_recipes(name, recipe):
    check_config(load_config(name, recipe=recipe))
