"""Roles of the places of a config: the registry they imply, and the arguments that the builder adds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mtlbench import registry
from mtlbench.registry import Registry


@dataclass(frozen=True)
class Role:
    """Role of a place in a config.

    Args:
        registry: Registry in which its ``type`` is looked up.
        given: Arguments that the builder adds.
        extra: Keys that the builder reads itself, besides the arguments of the class.
        default: Type if none is named; None if it must be named.
        listed: Whether a list of nodes is allowed.
    """

    registry: Registry
    given: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    default: str | None = None
    listed: bool = False


@dataclass(frozen=True)
class Parts:
    """Parts by freely chosen names."""

    of: Role | Loader


@dataclass(frozen=True)
class Loader:
    """Settings of a data loader, which has no type of its own."""

    parts: dict[str, Role] = field(
        default_factory=lambda: {
            'dataset': Role(registry.DATASETS),
            'sampler': Role(registry.DATA_SAMPLERS, given=('dataset', 'seed')),
            'batch_sampler': Role(registry.DATA_SAMPLERS, given=('sampler', 'batch_size')),
        }
    )


Place = Role | Parts | Loader

TASK = Role(registry.TASKS)
BALANCER = Role(registry.BALANCERS, given=('tasks',))
HOOK = Role(registry.HOOKS, extra=('priority',))
HOOK_LIST = replace(HOOK, listed=True)
METRIC = Role(registry.METRICS, listed=True)
OPTIMIZER = Role(registry.OPTIMIZERS, given=('params',))
WRAPPER = Role(
    registry.OPTIM_WRAPPERS,
    given=('optimizer',),
    extra=('constructor', 'paramwise_cfg', 'critics'),
    default='OptimWrapper',
)
EVALUATION = ('runner', 'dataloader', 'evaluator')

TOP: dict[str, Place] = {
    'tasks': Parts(TASK),
    'balancer': BALANCER,
    'train_dataloader': Parts(Loader()),
    'val_dataloader': Loader(),
    'test_dataloader': Loader(),
    'further_dataloaders': Parts(Loader()),
    'model': Role(registry.MODELS),
    'data_preprocessor': Role(registry.MODELS),
    'train_cfg': Role(registry.LOOPS, given=('runner', 'dataloader'), default='StreamTrainLoop'),
    'val_cfg': Role(registry.LOOPS, given=EVALUATION, default='ValLoop'),
    'test_cfg': Role(registry.LOOPS, given=EVALUATION, default='TestLoop'),
    'val_evaluator': METRIC,
    'test_evaluator': METRIC,
    'optim_wrapper': WRAPPER,
    'param_scheduler': Role(
        registry.PARAM_SCHEDULERS,
        given=('optimizer', 'epoch_length'),
        extra=('convert_to_iter_based',),
        listed=True,
    ),
    'default_hooks': Parts(HOOK),
    'custom_hooks': HOOK_LIST,
    'visualizer': Role(registry.VISUALIZERS, given=('name', 'save_dir'), default='Visualizer'),
    'log_processor': Role(registry.LOG_PROCESSORS, default='LogProcessor'),
    'perturbations': Parts(Role(registry.PERTURBATIONS)),
}
"""Roles by top-level key of a config."""

ARGUMENTS: dict[str, Place] = {
    'tasks': Parts(TASK),
    'balancer': BALANCER,
    'objectives': Parts(Role(registry.OBJECTIVES)),
    'data_preprocessor': Role(registry.MODELS),
    'network': Role(registry.MODELS, given=('tasks',)),
    'encoder': Role(registry.ENCODERS, given=('tasks',)),
    'decoder': Role(registry.DECODERS, given=('encoder_channels', 'encoder_strides')),
    'exchange': Role(registry.EXCHANGES, given=('tasks', 'channels', 'level')),
    'pose': Role(registry.MODELS),
    'mixer': Role(registry.MIXERS),
    'critic': Role(registry.DISCRIMINATORS, given=('in_channels', 'out_channels')),
    'pipeline': Role(registry.TRANSFORMS, listed=True),
    'labels': Parts(Role(registry.CODECS)),
    'optimizer': OPTIMIZER,
    'critics': WRAPPER,
    'vis_backends': Role(registry.VISBACKENDS, given=('save_dir',), listed=True),
    'further': Parts(Loader()),
}
"""Roles by argument name of classes."""
