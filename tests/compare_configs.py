# ruff: noqa: T201
"""Compares the resolved configs of two checkouts, at full size and for every recipe.

A refactoring must leave them equal, but for renames. No test: it needs the older checkout.

    git worktree add --detach ../before OLD_COMMIT
    python tests/compare_configs.py ../before .
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

DUMP = """
import json, sys
from mtlbench.config import list_configs, load_config

def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else repr(value)

recipes = ('paper', 'reference', 'sgdepth')
json.dump({f'{name} {recipe}': plain(load_config(name, None, recipe)._cfg_dict)
           for name in list_configs() for recipe in recipes}, sys.stdout)
"""


def resolved(checkout: Path) -> dict[str, dict]:
    """Return the resolved configs of a checkout by name and recipe."""
    environment = {**os.environ, 'PYTHONPATH': str(checkout.resolve())}
    done = subprocess.run(
        [sys.executable, '-c', DUMP], cwd=checkout, env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout)


def leaves(value: object, place: str = '') -> dict[str, object]:
    """Return the plain values of nested dicts and lists by their dotted place."""
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for name, item in items for key, leaf in leaves(item, f'{place}.{name}').items()}
    return {place.removeprefix('.'): value}


def renamed_keys(old: dict[str, object], new: dict[str, object]) -> list[tuple[str, str]]:
    """Return pairs of the last parts of keys that are only in one config, in the order of their places."""
    gone = sorted(key for key in old if key not in new)
    come = sorted(key for key in new if key not in old)
    if len(gone) != len(come) or [old[key] for key in gone] != [new[key] for key in come]:
        return [('only before: ' + ', '.join(gone), 'only after: ' + ', '.join(come))]
    parts = [zip(a.split('.'), b.split('.'), strict=False) for a, b in zip(gone, come, strict=True)]
    return [(one, other) for pairs in parts for one, other in pairs if one != other]


def main() -> int:
    """Print all renames and all other differences; the exit status tells whether there are others."""
    from mtlbench.config.renamed import CONFIGS

    before, after = (resolved(Path(checkout)) for checkout in sys.argv[1:3])
    before = {f'{CONFIGS.get(name.split()[0], name.split()[0])} {name.split()[1]}': one for name, one in before.items()}
    keys, values = Counter(), []
    for name in sorted({*before, *after}):
        old, new = leaves(before.get(name, {})), leaves(after.get(name, {}))
        keys.update(f'{one} -> {other}' for one, other in renamed_keys(old, new))
        values += [f'{name}: {key}: {old[key]!r} -> {new[key]!r}' for key in old if key in new and old[key] != new[key]]
    print(f'{len(before)} configs before, {len(after)} after')
    print('renamed configs:', *(f'  {old} -> {new}' for old, new in CONFIGS.items()), sep='\n')
    print('renamed keys:', *(f'  {rename}, {count} times' for rename, count in keys.items()), sep='\n')
    print('other values:', *(f'  {line}' for line in values), sep='\n')
    return 1 if values else 0


if __name__ == '__main__':
    sys.exit(main())
