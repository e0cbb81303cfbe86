"""Parts that do not go together: tasks, streams, objectives and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtlbench.config.hints import did_you_mean
from mtlbench.errors import ConfigError
from mtlbench.preflight.data import Source


def check_streams(learner: Any, streams: Mapping[str, Source]) -> None:
    """Refuse streams that are not there or that nothing reads, and tasks that nothing trains.

    An objective that does not tell what it reads may read anything.

    Raises:
        ConfigError: Naming the objective, the stream or the task.
    """
    read: set[str] = set()
    silent = False
    for name, objective in learner.objectives.items():
        told = getattr(objective, 'streams', None)
        silent = silent or told is None
        for stream in told or ():
            _known_stream(f'model.objectives.{name}', stream, streams)
            read.add(stream)
        for task in [one for one in getattr(objective, 'unlabeled_tasks', ()) if one not in learner.tasks]:
            raise ConfigError(f"model.objectives.{name} trains '{task}', but the tasks are {', '.join(learner.tasks)}")
        if hasattr(objective, 'check_streams'):
            _ask(name, objective, streams)
    for stream in learner.routes.tasks:
        _known_stream('model.routes.tasks', stream, streams)
    if silent:
        return
    for stream in [name for name in streams if name not in read]:
        raise ConfigError(
            f'train_dataloader.{stream}: no objective reads this stream; name it in an objective, or leave it out by '
            f'train_dataloader=dict({stream}=None)'
        )
    _check_trained(learner, [streams[name] for name in sorted(read)])


def check_labels(learner: Any, source: Source, wanted: Sequence[str]) -> None:
    """Refuse an evaluation without labels of a task that its record needs, or without any.

    Args:
        learner: The learner.
        source: What is evaluated on.
        wanted: The tasks that must be labeled; of none, one task of any.

    Raises:
        ConfigError: Naming the loader and the task.
    """
    missing = next((task for task in wanted if task not in source.labels), None)
    if missing is None and source.labels & set(learner.tasks):
        return
    what = f"of '{missing}'" if missing else 'of any task'
    leave = f', or leave the task out by tasks=dict({missing}=None)' if missing else ''
    raise ConfigError(
        f'{source.place}: {type(source.dataset).__name__} gives no labels {what}, so nothing could be scored; evaluate '
        f'on data that has them{leave}'
    )


def check_classes(learner: Any, source: Source) -> None:
    """Refuse labels of other classes than the task's.

    Raises:
        ConfigError: Naming both class sets.
    """
    for name, task in learner.tasks.items():
        wanted = getattr(task, 'class_set', None)
        if wanted is None or name not in source.labels:
            continue
        given = tuple(source.dataset.metainfo['classes'])
        if given != tuple(wanted.classes):
            raise ConfigError(
                f'{source.place}.dataset.class_set has {len(given)} classes, but tasks.{name}.class_set is '
                f"'{wanted.name}' with {len(wanted)} ({_difference(given, wanted.classes)}); give both the same"
            )


def check_levels(learner: Any) -> None:
    """Refuse to evaluate a level at which a task has no prediction.

    Raises:
        ConfigError: Naming the level and those with predictions.
    """
    for task, levels in learner.network.head_levels.items():
        if learner.eval_level not in levels:
            raise ConfigError(
                f"model.eval_level is {learner.eval_level}, but '{task}' is predicted at the levels {tuple(levels)}; "
                'choose one of these, or add it to model.network.head_levels'
            )


def check_joint(learner: Any, streams: Mapping[str, Source]) -> None:
    """Refuse streams of different sizes where they go through the encoder together.

    Raises:
        ConfigError: Naming the sizes.
    """
    sizes = {name: source.sizes[0] for name, source in streams.items()}
    if learner.routes.joint and len(set(sizes.values())) > 1:
        raise ConfigError(f'model.routes.joint needs images of one size in all streams, got {sizes}: crop them')


def check_teachers(learner: Any, hooks: Iterable[type]) -> None:
    """Refuse a teacher that stays as it began, for no hook moves it.

    Raises:
        ConfigError: Naming the objective.
    """
    taught = next((name for name, objective in learner.objectives.items() if hasattr(objective, 'teacher')), None)
    if taught and not any(getattr(hook, 'moves_teachers', False) for hook in hooks):
        raise ConfigError(
            f'model.objectives.{taught} has a mean teacher, which no hook moves; add '
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
            f'give a stream its labels, or leave the task out by tasks=dict({task}=None)'
        )


def _difference(given: Sequence[str], wanted: Sequence[str]) -> str:
    pairs = [f"{a}' and '{b}" for a, b in zip(given, wanted, strict=False) if a != b]
    return f"the first that differ are '{pairs[0]}'" if pairs else 'the others are the same'
