"""Checks of parts that must fit together: tasks, streams, objectives and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtlbench.errors import ConfigError
from mtlbench.preflight.data import Source
from mtlbench.utils.choices import did_you_mean


def check_streams(learner: Any, streams: Mapping[str, Source]) -> None:
    """Reject streams that do not exist or that nothing reads, and tasks that nothing trains.

    An objective whose ``streams`` are None may read any stream.

    Raises:
        ConfigError: When an objective, a stream or a task does not match.
    """
    read: set[str] = set()
    silent = False
    for name, objective in learner.objectives.items():
        named = getattr(objective, 'streams', None)
        silent = silent or named is None
        for stream in named or ():
            _known_stream(f'model.objectives.{name}', stream, streams)
            read.add(stream)
        for task in [one for one in getattr(objective, 'unlabeled_tasks', ()) if one not in learner.tasks]:
            raise ConfigError(
                f"model.objectives.{name} trains '{task}', but the tasks are {', '.join(learner.tasks)}; set its task"
            )
        if hasattr(objective, 'check_streams'):
            _ask(name, objective, streams)
    for stream in learner.routes.tasks:
        _known_stream('model.routes.tasks', stream, streams)
    if silent:
        return
    for stream in [name for name in streams if name not in read]:
        raise ConfigError(
            f'train_dataloader.{stream}: no objective reads this stream; name it in an objective, or remove it with '
            f'train_dataloader=dict({stream}=None)'
        )
    _check_trained(learner, [streams[name] for name in sorted(read)])


def check_labels(learner: Any, source: Source, wanted: Sequence[str]) -> None:
    """Reject evaluation data without the labels that the record needs, or without any.

    Validation data that asks for no labels (``tasks=[]``) is accepted: the record then has no metrics.

    Args:
        learner: Learner to evaluate.
        source: Dataset to evaluate on.
        wanted: Tasks that must be labeled; if empty, any one task must be.

    Raises:
        ConfigError: When labels are missing.
    """
    if wanted and not source.dataset.tasks:
        return
    missing = next((task for task in wanted if task not in source.labels), None)
    if missing is None and source.labels & set(learner.tasks):
        return
    what = f"of '{missing}'" if missing else 'of any task'
    leave = f', or remove the task with tasks=dict({missing}=None)' if missing else ''
    raise ConfigError(
        f'{source.place}: {type(source.dataset).__name__} has no labels {what}, so nothing can be scored; evaluate on '
        f'labeled data{leave}'
    )


def check_classes(learner: Any, source: Source) -> None:
    """Reject labels whose classes are not those of the task.

    Raises:
        ConfigError: When the class sets differ.
    """
    for name, task in learner.tasks.items():
        wanted = getattr(task, 'class_set', None)
        if wanted is None or name not in source.labels:
            continue
        given = tuple(source.dataset.class_set_of(source.dataset.label_fields[name]).classes)
        if given != tuple(wanted.classes):
            raise ConfigError(
                f'{source.place}.dataset.class_set has {len(given)} classes, but tasks.{name}.class_set is '
                f"'{wanted.name}' with {len(wanted)} ({_difference(given, wanted.classes)}); set both to one class set"
            )


def check_channels(learner: Any, source: Source) -> None:
    """Reject labels whose number of channels is not that of the task, which tensors would silently broadcast.

    Raises:
        ConfigError: When the numbers differ.
    """
    for name in learner.tasks.keys() & source.channels.keys():
        found, expected = source.channels[name], learner.tasks[name].label_channels
        if found != expected:
            raise ConfigError(
                f'{source.place}: {type(source.dataset).__name__} has labels of {name} with {found} channels, but '
                f'{type(learner.tasks[name]).__name__} decodes {expected}; change read_{name}() or the task'
            )


def check_levels(learner: Any) -> None:
    """Reject an evaluation level at which a task has no prediction.

    Raises:
        ConfigError: When a task has no head at the level.
    """
    for task, levels in learner.network.head_levels.items():
        if learner.eval_level not in levels:
            raise ConfigError(
                f"model.eval_level is {learner.eval_level}, but '{task}' is predicted at the levels {tuple(levels)}; "
                'choose one of these, or add the level to model.network.head_levels'
            )


def check_joint(learner: Any, streams: Mapping[str, Source]) -> None:
    """Reject streams of different sizes if they pass through the encoder together.

    Raises:
        ConfigError: When sizes differ.
    """
    sizes = {name: source.sizes[0] for name, source in streams.items()}
    if learner.routes.joint and len(set(sizes.values())) > 1:
        raise ConfigError(f'model.routes.joint needs images of one size in all streams, got {sizes}; crop them')


def check_teachers(learner: Any, hooks: Iterable[type]) -> None:
    """Reject a mean teacher that no hook updates.

    Raises:
        ConfigError: When no :class:`MeanTeacherHook` is configured.
    """
    taught = next((name for name, objective in learner.objectives.items() if hasattr(objective, 'teacher')), None)
    if taught and not any(getattr(hook, 'moves_teachers', False) for hook in hooks):
        raise ConfigError(
            f'model.objectives.{taught} has a mean teacher, but no hook updates it; add '
            "default_hooks=dict(teacher=dict(type='MeanTeacherHook'))"
        )


def _ask(name: str, objective: Any, streams: Mapping[str, Source]) -> None:
    try:
        objective.check_streams({key: source.facts for key, source in streams.items()})
    except ConfigError as error:
        raise ConfigError(f'model.objectives.{name}: {error}') from error


def _known_stream(place: str, stream: str, streams: Mapping[str, Source]) -> None:
    if stream not in streams:
        raise ConfigError(
            f"{place} reads the stream '{stream}', but train_dataloader has {', '.join(streams)}"
            f'{did_you_mean(stream, streams)}'
        )


def _check_trained(learner: Any, sources: Sequence[Source]) -> None:
    routes = learner.routes.tasks
    trained = {task for objective in learner.objectives.values() for task in getattr(objective, 'unlabeled_tasks', ())}
    for source in sources:
        trained |= source.labels & set(routes.get(source.name, learner.tasks))
    for task in [name for name in learner.tasks if name not in trained]:
        labels = {source.name: sorted(source.labels) for source in sources}
        raise ConfigError(
            f'tasks.{task} is never trained: no stream labels it ({labels}) and no objective learns it without labels; '
            f'use a labeled stream, or remove the task with tasks=dict({task}=None)'
        )


def _difference(given: Sequence[str], wanted: Sequence[str]) -> str:
    pairs = [f"{a}' and '{b}" for a, b in zip(given, wanted, strict=False) if a != b]
    return f"the first that differ are '{pairs[0]}'" if pairs else 'the others are the same'
