"""The file and line that set each value of a composed config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mtlbench.config.assemble import AssemblyStep
from mtlbench.config.files import find_config
from mtlbench.config.load import load_config
from mtlbench.config.overlay import matches
from mtlbench.config.reader import texts_of
from mtlbench.config.sources import Place, SourceLines, read_source

OVERLAYS = ('profile', 'recipe')
HANDED_OUT: tuple[tuple[Place, Place], ...] = (
    (('model', 'objectives'), ('objectives',)),
    (('model', 'tasks'), ('tasks',)),
    (('model', 'balancer'), ('balancer',)),
    (('val_evaluator', 'tasks'), ('tasks',)),
    (('tasks',), ('task_settings',)),
    (('test_dataloader',), ('val_dataloader',)),
    (('test_evaluator',), ('val_evaluator',)),
    *(((loop, key), ('further_dataloaders',)) for loop in ('val_cfg', 'test_cfg') for key in ('type', 'further')),
)
"""Places that composing fills, and the places that it fills them from."""


@dataclass(frozen=True)
class Origin:
    """The origin of a value: the file, line, overlay or option that set it.

    Args:
        path: The file; None for a value that only the command line sets.
        line: Line of the file.
        mark: The overlay or option that set the value, such as ``profile mini`` or ``--cfg-options``.
        scaled: The overlay that computed the value from the one in the file.
        source: The key at the top of the config that composing took the value from.
    """

    path: Path | None = None
    line: int | None = None
    mark: str = ''
    scaled: str = ''
    source: str = ''


Origins = dict[Place, Origin]
Files = Sequence[tuple[Path, SourceLines]]


def load_with_origins(
    path: str | Path,
    profile: str | None = None,
    recipe: str = 'paper',
    options: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
) -> tuple[Config, Origins]:
    """Load a config as :func:`~mtlbench.config.load_config` does, with the origins of its :func:`leaves`.

    Args:
        path: As for ``load_config``.
        profile: As for ``load_config``.
        recipe: As for ``load_config``.
        options: As for ``load_config``.
        data_root: As for ``load_config``.

    Raises:
        ConfigError: As ``load_config`` does.
    """
    trace = _Trace(_read(find_config(path)), list(options or {}), data_root is not None)
    cfg = load_config(path, profile, recipe, options, data_root, trace)
    found = {place: _composed(place, value, trace) for place, value in leaves(cfg._cfg_dict).items()}
    found |= {(kind,): Origin(mark=f'--{kind}') for kind in OVERLAYS}
    return cfg, {place: origin or Origin() for place, origin in found.items()}


def leaves(value: Any, place: Place = ()) -> dict[Place, Any]:
    """Return the values of a config by their places. A list without a dict in it is one value."""
    items = _items(value)
    if not items:
        return {place: value}
    return {inner: leaf for key, item in items for inner, leaf in leaves(item, (*place, key)).items()}


def _items(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        return list(enumerate(value))
    return []


def _read(path: Path) -> Files:
    return [(file, read_source(file, text)) for file, text in texts_of(path)]


def _in_files(files: Files, place: Place, cfg: Any) -> Origin:
    """Return where a value is set; where no line sets it, that of the innermost dict or list around it."""
    for length in range(len(place), 0, -1):
        for path, source in files:  # a file comes before its bases
            if found := source.find(place[:length], cfg):
                return Origin(path, found.line)
    return Origin(files[0][0], 1)


class _Trace:
    """The values of a config that is being put together, and their origins.

    Args:
        files: The config's file and its bases.
        options: Keys of the options.
        moved: Whether the root of the data was named on the command line.
    """

    def __init__(self, files: Files, options: Sequence[str], moved: bool) -> None:
        self.files, self.moved = files, moved
        self.options = tuple(f'{one}.' for key in options for one in (key, key.removeprefix('model.')))
        self.values: dict[Place, Any] = {}
        self.origins: Origins = {}
        self.first: Origins = {}
        self.tree: Any = {}
        self.overlay = cache(_read)

    def __call__(self, step: AssemblyStep) -> None:
        """Follow one step."""
        after = leaves(step.cfg)
        if step.kind in OVERLAYS:
            self.origins = self._overlaid(step, after)
        elif step.kind == 'config':
            self.origins = self.first = {place: _in_files(self.files, place, step.cfg) for place in after}
        else:
            self.origins = self._with_options(after) if step.kind == 'options' else self._with_roots(after)
        self.tree, self.values = step.cfg, after

    def _overlaid(self, step: AssemblyStep, after: Mapping[Place, Any]) -> Origins:
        """Return the origins after the scale of an overlay, or one of its rules, was applied."""
        files, mark = self.overlay(step.path or Path()), f'{step.kind} {step.cfg[step.kind]}'
        by_rule = _set_by_rule(self.tree, step, list(after), files) if step.rule is not None else {}
        found = {}
        for place, value in after.items():
            old = self.origins.get(place)
            if place in by_rule:
                found[place] = replace(by_rule[place], mark=mark)
            elif old is not None and self.values[place] == value:
                found[place] = old
            elif old is not None and not isinstance(value, str):
                found[place] = replace(old, scaled=mark)
            else:
                found[place] = replace(_in_scale(files, place[-1]), mark=mark)
        return found

    def _with_roots(self, after: Mapping[Place, Any]) -> Origins:
        """Return the origins after the roots of data were set: those that no option names are those of the files."""
        changed = [place for place, value in after.items() if place in self.origins and self.values[place] != value]
        if self.moved:
            return self.origins | dict.fromkeys(changed, Origin(mark='--data-root'))
        return self.origins | {place: self.first[place] for place in changed if place in self.first}

    def _with_options(self, after: Mapping[Place, Any]) -> Origins:
        """Return the origins after the options were applied, without those of parts that these only complete."""
        found = {place: self.origins[place] for place in after if place in self.origins}
        for place, value in after.items():
            named = '.'.join(map(str, (*place, ''))).startswith(self.options)
            if named or (place in found and self.values[place] != value):
                found[place] = Origin(mark='--cfg-options')
        return found


def _in_scale(files: Files, key: str | int) -> Origin:
    """Return where the scale of an overlay says what a key gets."""
    for place in (('scale', 'encoder', key), ('scale', key), ('scale',)):
        for path, source in files:
            if found := source.find(place, {}):
                return Origin(path, found.line)
    return Origin(files[0][0], 1)


def _set_by_rule(before: Any, step: AssemblyStep, places: Sequence[Place], files: Files) -> Origins:
    """Return the origins of all that a rule sets, wherever it matches."""
    number = step.rule or 0
    rule, said = step.rules[number], {'rules': step.rules}
    found = {}
    for at in reversed(list(_matching(before, rule.get('where') or {}))):  # what is around it is merged last
        for place in places:
            inner = place[len(at) :]
            if place[: len(at)] == at and _sets(rule['set'], inner):
                found[place] = _in_files(files, ('rules', number, 'set', *inner), said)
    return found


def _matching(node: Any, where: Mapping[str, Any], place: Place = ()) -> Iterator[Place]:
    """Yield the places of the dicts that a rule is for, outermost first."""
    if isinstance(node, Mapping) and matches(node, where):
        yield place
    for key, item in _items(node) if where else ():
        yield from _matching(item, where, (*place, key))


def _sets(change: Any, place: Place) -> bool:
    """Return whether a place is inside of what a change sets: a list and a plain value are set as a whole."""
    for key in place:
        if not isinstance(change, Mapping) or change.get('_delete_'):
            return True
        if key not in change:
            return False
        change = change[key]
    return True


def _composed(place: Place, value: Any, trace: _Trace) -> Origin | None:
    """Return the origin of a value of the composed config: its own, or that of the place it was taken from."""
    own = trace.origins.get(place)
    if own is not None and trace.values[place] == value and place[:2] != ('model', 'objectives'):
        return own
    for target, source in HANDED_OUT:
        if place[: len(target)] == target:
            found = _composed((*source, *place[len(target) :]), value, trace)
            if found is None and place == target:
                found = _first(source, trace.origins)
            if found is not None:
                return replace(found, source=found.source or str(source[0]))
    if own is None and place[-2:] == ('dataset', 'tasks'):
        return replace(_first(('tasks',), trace.origins) or Origin(), source='tasks')
    return own


def _first(place: Place, origins: Origins) -> Origin | None:
    """Return the origin of the first value below a place."""
    return next((origin for other, origin in origins.items() if other[: len(place)] == place), None)
