"""When checkpoints are written, and how many are kept."""

from types import SimpleNamespace

import pytest

from mtlbench.engine.hooks import AtomicCheckpointHook, DrawPredictionsHook, MeanTeacherHook
from mtlbench.engine.hooks.checkpoint import list_checkpoints
from mtlbench.errors import ConfigError


def saved(monkeypatch, interval, count, last):
    """After which iterations there is a checkpoint."""
    hook, found = AtomicCheckpointHook(interval=interval), []
    monkeypatch.setattr(hook, '_save', lambda runner, step: found.append(step))
    runner = SimpleNamespace(max_iters=last, optim_wrapper=SimpleNamespace(_accumulative_counts=count))
    for runner.iter in range(last):
        hook.after_train_iter(runner, runner.iter)
    return found


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
def test_checkpoints_are_of_whole_updates(monkeypatch, interval, count, last, expected):
    assert saved(monkeypatch, interval, count, last) == expected


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
    with pytest.raises(ConfigError, match=f'checkpoint.{named} is .*, expected a whole number of 1 or more'):
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


def test_one_too_many_goes_when_the_run_goes_on(tmp_path):
    """A process was killed between writing a checkpoint and deleting the oldest."""
    for step in (2, 4, 6):
        (tmp_path / f'iter_{step}.pth').write_bytes(b'x')
    hub = SimpleNamespace(update_info=lambda *_: None)
    AtomicCheckpointHook(keep=2).before_train(SimpleNamespace(work_dir=str(tmp_path), iter=6, message_hub=hub))
    assert [path.name for path in list_checkpoints(tmp_path)] == ['iter_4.pth', 'iter_6.pth']
