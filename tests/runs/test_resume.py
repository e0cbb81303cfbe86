"""A killed run goes on as if nothing had happened."""

import os
import signal
import time

import pytest
import torch
from tiny_runs import LONGER, read_record

LONG = dict(train_cfg__max_iters=12, train_cfg__val_interval=5, default_hooks__checkpoint__interval=3)


def final_weights(work_dir, iteration=12):
    return torch.load(work_dir / f'iter_{iteration}.pth', weights_only=True)['state_dict']


def kill_when(process, condition):
    """SIGKILL to the run and its workers as soon as the condition holds, or fail with what it printed."""
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope='module')
def uninterrupted(tmp_path_factory):
    return tmp_path_factory.mktemp('uninterrupted')


def test_killed_runs_end_bit_for_bit_as_one_that_was_not(tool, train_arguments, tmp_path, uninterrupted):
    done = tool('train', *train_arguments('xtam/sdn_vkitti2', uninterrupted, **LONG))
    assert done.returncode == 0, done.stdout
    folder = tmp_path / 'killed'
    arguments = train_arguments('xtam/sdn_vkitti2', folder, '--resume', **LONG)
    moments = [
        lambda: (folder / 'iter_3.pth').exists(),
        lambda: any(folder.glob('.iter_6*')) or (folder / 'iter_6.pth').exists(),
        lambda: (folder / 'iter_12.pth').exists(),
    ]
    for moment in moments:
        kill_when(tool('train', *arguments, wait=False), moment)
        assert not (folder / 'result.json').exists()
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    expected, found = final_weights(uninterrupted), final_weights(folder)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    records = [read_record(path) for path in (uninterrupted, folder)]
    assert records[0]['metrics'] == records[1]['metrics']
    assert records[0]['best'] == records[1]['best']
    assert records[0]['config_digest'] == records[1]['config_digest']


def test_half_a_checkpoint_is_never_picked_up(tool, train_arguments, tmp_path):
    folder = tmp_path / 'run'
    assert tool('train', *train_arguments('stl/d_vkitti2', folder)).returncode == 0
    (folder / 'result.json').unlink()
    (folder / '.iter_9.pth.partial').write_bytes((folder / 'iter_6.pth').read_bytes()[:1000])
    done = tool('train', *train_arguments('stl/d_vkitti2', folder, *LONGER, train_cfg__max_iters=7))
    assert done.returncode == 0, done.stdout
    assert read_record(folder)['iterations'] == 7


def test_a_folder_with_a_run_is_not_overwritten(tool, train_arguments, tmp_path):
    arguments = train_arguments('stl/d_vkitti2', tmp_path / 'run', train_cfg__max_iters=2)
    assert tool('train', *arguments).returncode == 0
    before = (tmp_path / 'run' / 'result.json').read_bytes()
    again = tool('train', *arguments)
    assert again.returncode == 1
    assert 'holds a run already' in again.stdout.splitlines()[-1]
    assert tool('train', *arguments[:1], '--resume', *arguments[1:]).returncode == 0
    assert (tmp_path / 'run' / 'result.json').read_bytes() == before
