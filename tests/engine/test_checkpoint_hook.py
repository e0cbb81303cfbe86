"""When checkpoints are written, and how many are kept."""

from types import SimpleNamespace

import pytest

from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.hooks import AtomicCheckpointHook, DrawPredictionsHook, MeanTeacherHook
from mtlbench.engine.hooks.checkpoint import list_checkpoints
from mtlbench.errors import ConfigError


def due(interval, count, last):
    hook, accumulation = AtomicCheckpointHook(interval=interval), Accumulation(count, last)
    return [done for done in range(1, last + 1) if hook._is_due(accumulation, done)]


@pytest.mark.parametrize(
    ('interval', 'count', 'last', 'expected'),
    [
        (2, 1, 7, [2, 4, 6, 7]),
        (3, 4, 10, [4, 8, 10]),
        (1, 4, 9, [4, 8, 9]),
        (5, 4, 24, [8, 12, 16, 20, 24]),
        (100, 1, 7, [7]),
        (100, 4, 6, [6]),
    ],
)
def test_checkpoints_are_of_whole_updates(interval, count, last, expected):
    assert due(interval, count, last) == expected


@pytest.mark.parametrize(
    ('options', 'named'),
    [
        (dict(keep=0), 'keep'),
        (dict(keep=-2), 'keep'),
        (dict(keep=1.5), 'keep'),
        (dict(keep=True), 'keep'),
        (dict(interval=0), 'interval'),
        (dict(interval=-1), 'interval'),
        (dict(interval=0.5), 'interval'),
    ],
)
def test_numbers_that_would_destroy_are_refused_when_built(options, named):
    with pytest.raises(ConfigError, match=f'checkpoint.{named} must be a whole number, 1 or more'):
        AtomicCheckpointHook(**options)


@pytest.mark.parametrize('build', [lambda: DrawPredictionsHook(most=-1), lambda: MeanTeacherHook(momentum=1.5)])
def test_of_other_hooks_too(build):
    with pytest.raises(ConfigError):
        build()


@pytest.mark.parametrize(('keep', 'left'), [(1, [6]), (2, [4, 6]), (9, [2, 4, 6]), (-1, [2, 4, 6])])
def test_how_many_are_kept(tmp_path, monkeypatch, keep, left):
    monkeypatch.setattr('mtlbench.engine.hooks.checkpoint.check_state', lambda *_: None)
    runner = SimpleNamespace(
        work_dir=str(tmp_path), max_iters=6, optim_wrapper=None, train_loop=SimpleNamespace(_iter=0)
    )
    runner.save_checkpoint = lambda folder, name, **_: (tmp_path / name).write_bytes(b'x')
    runner.model = None
    hook = AtomicCheckpointHook(interval=2, keep=keep)
    for runner.iter in range(6):
        hook.after_train_iter(runner, runner.iter)
    assert [int(path.stem.removeprefix('iter_')) for path in list_checkpoints(tmp_path)] == left
