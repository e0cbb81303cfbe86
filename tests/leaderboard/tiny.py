"""Suites of tiny real runs: the real trainer, a few updates on noise."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

OVERLAY = """
rules = [
    dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(64, 128))),
    dict(where=dict(type='Resize', size=(512, 1024)), set=dict(size=(64, 128))),
    dict(where=dict(type='RandomCrop', size=(512, 512)), set=dict(size=(64, 64))),
    dict(where=dict(subset=372), set=dict(subset=0.5)),
    dict(where=dict(type='FeatureDistance'), set=dict(weight=0.0)),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, weights=None)),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(16, 16, 16, 16, 16), aspp_channels=16)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=16)),
    dict(where=dict(type='StreamTrainLoop'), set=dict(max_iters={iterations}, val_interval=2, dynamic_intervals=None)),
    dict(where=dict(type='AtomicCheckpointHook'), set=dict(interval=1)),
    dict(where=dict(persistent_workers=True), set=dict(num_workers=0, persistent_workers=False)),
]
"""


class TinyBenchmark:
    """Calls ``benchmark.py`` in a folder of its own, on a tiny dataset.

    Args:
        folder: Where the dataset, the overlay and the work dirs lie.
        iterations: Updates of each run.
        dataset: Which one.
    """

    def __init__(self, folder, iterations=2, dataset='vkitti2'):
        self.folder, self.data = folder, folder / dataset
        self.data.mkdir()
        importlib.import_module(f'layout_{dataset}').write(self.data)
        (folder / 'tiny.py').write_text(OVERLAY.format(iterations=iterations))

    def start(self, command, *arguments, runs='runs', **options):
        """The process, in a group of its own."""
        overlay = ['--profile', 'tiny.py', '--data-root', str(self.data)] if command == 'run' else []
        line = [sys.executable, '-m', 'mtlbench.cli.benchmark', command, *arguments, *overlay, '--work-dir', runs]
        streams = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
        return subprocess.Popen(line, cwd=self.folder, env=environment, **{**streams, **options})

    def __call__(self, command, *arguments, runs='runs'):
        """What it printed, and its exit status."""
        process = self.start(command, *arguments, runs=runs)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def folder_of(self, name, seed, runs='runs'):
        """Where a run lives."""
        return self.folder / runs / 'tiny' / 'paper' / name / f'seed{seed}'
