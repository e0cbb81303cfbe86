"""Registries of the classes that configs name by ``type``.

They are children of mmengine's registries where it has the kind, and roots otherwise. The key of a member is its class
name. Third parties register classes through ``custom_imports`` in a config or the entry-point group
``mtlbench.plugins``.
"""

from __future__ import annotations

import inspect
import re
from importlib.metadata import entry_points
from typing import Any

from mmengine import registry as root
from mmengine.registry import Registry as MMEngineRegistry

from mtlbench.errors import ConfigError
from mtlbench.structures import FieldKind, register_field
from mtlbench.utils.choices import did_you_mean

PLUGIN_GROUP = 'mtlbench.plugins'
_LETTER = re.compile('[a-z]')


class Registry(MMEngineRegistry):
    """mmengine's registry with suggestions for unknown names.

    Raises:
        ConfigError: From :meth:`get`, when neither this registry nor a parent has the name; and on registration, when
            a class lacks a method that its base class requires.
    """

    def _register_module(self, module: Any, module_name: Any = None, force: bool = False) -> None:
        self._check(module)
        super()._register_module(module, module_name, force)

    def _check(self, module: Any) -> None:
        """Reject what cannot be built."""
        if inspect.isabstract(module):
            lacking = ', '.join(sorted(module.__abstractmethods__))
            raise ConfigError(
                f'{module.__name__} cannot be registered: it lacks {lacking}, required by its base class '
                f'{module.__base__.__name__}'
            )

    def get(self, key: str) -> Any:
        """Return the class registered as ``key``, from here or from a parent registry."""
        try:
            found = super().get(key)
        except RuntimeError:  # raised by mmengine for empty names, and for dotted names that are no module
            found = None
        if found is None:
            raise ConfigError(self._unknown(key))
        return found

    def __contains__(self, key: str) -> bool:
        return super().get(key) is not None

    def names(self) -> list[str]:
        """Return the sorted names registered here, without those of the parents."""
        self.import_from_location()
        return sorted(self.module_dict)

    def _unknown(self, key: str) -> str:
        known = self.names()
        inherited = sorted(self.parent.module_dict) if self.parent is not None else []
        near = did_you_mean(key, [*known, *inherited], cutoff=0.5)
        hint = near or f'; registered are: {", ".join(known) or "none"}.'
        return (
            f"type '{key}' is not in the registry '{self.name}' of mtlbench{hint} "
            'Register a type of your own through custom_imports in the config or an installed plugin.'
        )


def _registry(name: str, *locations: str, parent: MMEngineRegistry | None = None) -> Registry:
    return Registry(name, parent=parent, scope='mtlbench', locations=[f'mtlbench.{where}' for where in locations])


class TaskRegistry(Registry):
    """Registry of tasks. It also registers the label field of each task: its name and its kind.

    Raises:
        ConfigError: When a class lacks a name, a letter or a kind, or contradicts a registered task.
    """

    def _check(self, module: Any) -> None:
        super()._check(module)
        self._check_identity(module)
        register_field(module.name, module.kind)

    def _check_identity(self, task: Any) -> None:
        lacking = [key for key in ('name', 'letter', 'kind') if not hasattr(task, key)]
        if lacking:
            raise ConfigError(f"{task.__name__} cannot be registered: it has no '{lacking[0]}'; see docs/tasks.md")
        if not task.name.isidentifier() or not _LETTER.fullmatch(task.letter):
            raise ConfigError(
                f'{task.__name__} cannot be registered: its name {task.name!r} must be an identifier, and its letter '
                f'{task.letter!r} one lowercase letter'
            )
        if not isinstance(task.kind, FieldKind):
            raise ConfigError(
                f'{task.__name__} cannot be registered: its kind is {task.kind!r}, expected an instance of FieldKind, '
                'such as FieldKind.CONTINUOUS'
            )
        letters = {other.name: other.letter for other in self.module_dict.values()}
        if letters.get(task.name, task.letter) != task.letter:
            raise ConfigError(
                f"{task.__name__}: the letter of the task '{task.name}' is '{letters[task.name]}'; use that"
            )
        owner = next((name for name, letter in letters.items() if letter == task.letter and name != task.name), None)
        if owner:
            raise ConfigError(
                f"{task.__name__}: the letter '{task.letter}' belongs to the task '{owner}'; choose another one than "
                f'{", ".join(sorted(letters.values()))}'
            )


ENCODERS = _registry('encoder', 'models.encoders')
DECODERS = _registry('decoder', 'models.decoders')
EXCHANGES = _registry('exchange', 'models.exchanges')
TASKS = TaskRegistry('task', scope='mtlbench', locations=['mtlbench.tasks'])
DISCRIMINATORS = _registry('discriminator', 'models.discriminators')
OBJECTIVES = _registry('objective', 'objectives')
BALANCERS = _registry('balancer', 'balancers')
MIXERS = _registry('mixer', 'mixers')
PERTURBATIONS = _registry('perturbation', 'robustness')

MODELS = _registry('model', 'models', 'learner', parent=root.MODELS)
DATASETS = _registry('dataset', 'datasets', parent=root.DATASETS)
CODECS = _registry('label codec', 'datasets.folder.codecs')
DATA_SAMPLERS = _registry('data sampler', 'datasets', parent=root.DATA_SAMPLERS)
TRANSFORMS = _registry('transform', 'datasets.transforms', parent=root.TRANSFORMS)
METRICS = _registry('metric', 'evaluation.multi_task', parent=root.METRICS)
HOOKS = _registry('hook', 'engine.hooks', parent=root.HOOKS)
LOOPS = _registry('loop', 'engine.loops', parent=root.LOOPS)
OPTIMIZERS = _registry('optimizer', 'engine', parent=root.OPTIMIZERS)
OPTIM_WRAPPER_CONSTRUCTORS = _registry(
    'optimizer wrapper constructor', 'engine', parent=root.OPTIM_WRAPPER_CONSTRUCTORS
)
OPTIM_WRAPPERS = _registry('optimizer wrapper', 'engine', parent=root.OPTIM_WRAPPERS)
PARAM_SCHEDULERS = _registry('parameter scheduler', 'engine', parent=root.PARAM_SCHEDULERS)
MODEL_WRAPPERS = _registry('model wrapper', 'engine', parent=root.MODEL_WRAPPERS)
VISUALIZERS = _registry('visualizer', 'visualization', parent=root.VISUALIZERS)
VISBACKENDS = _registry('visualizer backend', 'engine.backends', parent=root.VISBACKENDS)
LOG_PROCESSORS = _registry('log processor', 'engine', parent=root.LOG_PROCESSORS)


def all_registries() -> dict[str, Registry]:
    """Return every registry of this package by name, in the order of this file."""
    return {value.name: value for value in globals().values() if isinstance(value, Registry)}


def load_plugins() -> list[str]:
    """Import the plugins that installed packages provide in the entry-point group ``mtlbench.plugins``.

    Returns:
        Names of the entry points, in the order of loading.

    Raises:
        ConfigError: When a plugin cannot be imported; the message names it.
    """
    loaded = []
    for entry in entry_points(group=PLUGIN_GROUP):
        try:
            entry.load()
        except Exception as error:
            raise ConfigError(
                f"plugin '{entry.name}' ({entry.value}) failed to import: {error!r}; fix or uninstall it"
            ) from error
        loaded.append(entry.name)
    return loaded
