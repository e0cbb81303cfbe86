"""Paths of the files of a run, shared by training, benchmarks and reports."""

from __future__ import annotations

from pathlib import Path

RESULT_FILE = 'result.json'
LOG_FILE = 'train.log'
LOCK_FILE = 'run.lock'
IMPORTS, IMPORT_FILE = 'imported', 'imported.json'


def run_name(config: str | Path) -> str:
    """Return the name of a config's runs: ``configs/xtam/sd_vkitti2.py`` gives ``xtam/sd_vkitti2``."""
    path = Path(config)
    folder = path.parent.name if path.parent.name not in ('', '..') else path.resolve().parent.name
    return f'{folder}/{path.name.removesuffix(".py")}'


def overlay_name(name: str | None) -> str:
    """Return the name of a profile: ``full`` for ``None``, and the stem of the path to an overlay."""
    return Path(name or 'full').stem


def run_dir(work_dir: str | Path, config: str | Path, profile: str | None, recipe: str, seed: int) -> Path:
    """Return the folder of a run: ``<work_dir>/<profile>/<recipe>/<method folder>/<config stem>/seed<seed>``."""
    return Path(work_dir) / overlay_name(profile) / overlay_name(recipe) / run_name(config) / f'seed{seed}'


def trivial_name(config: str | Path) -> str:
    """Return the name of the trivial row of a config: ``xtam/sd_vkitti2`` gives ``trivial/sd_vkitti2``."""
    return 'trivial/' + run_name(config).partition('/')[2]
