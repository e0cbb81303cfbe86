"""Several processes train one model and evaluate every sample once."""

import json
import sys

import pytest
import torch
from tiny_runs import read_record, same_metrics

pytestmark = pytest.mark.ddp


def torchrun(port):
    module = [sys.executable, '-m', 'torch.distributed.run']
    return [*module, '--nproc_per_node=2', f'--rdzv-endpoint=localhost:{port}', '--rdzv-backend=c10d']


@pytest.mark.parametrize('method', ['mtl/sd', 'xtam/sdn'])
def test_two_processes(method, tool, train_arguments, tmp_path, unused_port):
    alike = dict(val_dataloader__batch_size=1)  # the images of a batch are those of one process, so sums are equal
    arguments = train_arguments(f'{method}_vkitti2', tmp_path / 'two', '--launcher', 'pytorch', **alike)
    done = tool('train', *arguments, launcher=torchrun(unused_port))
    assert done.returncode == 0, done.stdout
    checkpoint = tmp_path / 'two' / 'iter_6.pth'
    options = ['--cfg-options', 'test_dataloader.batch_size=1', 'test_dataloader.num_workers=1']
    tested = tool(
        'test', arguments[0], checkpoint, *arguments[1:5], '--out', 'one.json', *options, launcher=[sys.executable]
    )
    assert tested.returncode == 0, tested.stdout
    # One process sees the whole validation set of three samples; two must have seen the same, none twice, and with the
    # weights and running statistics of the checkpoint. The float64 sums are of another order.
    alone = json.loads((tmp_path / 'one.json').read_text())
    assert same_metrics(alone, read_record(tmp_path / 'two')['metrics'], tolerance=1e-12)
    assert not any(name.startswith('module.') for name in torch.load(checkpoint, weights_only=True)['state_dict'])


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        return listener.getsockname()[1]


@pytest.mark.slow
def test_two_processes_with_frozen_parts_a_best_checkpoint_and_a_log(tool, train_arguments, tmp_path, unused_port):
    folder = tmp_path / 'two'
    alike = dict(train_cfg__val_interval=2)
    arguments = train_arguments('xtam/sd_vkitti2', folder, '--launcher', 'pytorch', '--log-to=tensorboard', **alike)
    frozen = ('freeze=[network.encoder]', 'frozen_statistics=True', 'default_hooks.checkpoint.save_best=depth/rmse_m')
    done = tool('train', *arguments, *frozen, launcher=torchrun(unused_port))
    assert done.returncode == 0, done.stdout
    first, last = (torch.load(folder / f'iter_{k}.pth', weights_only=True)['state_dict'] for k in (4, 6))
    for name in first:
        assert not name.startswith('network.encoder.') or torch.equal(first[name], last[name]), name
    assert any(not torch.equal(first[name], last[name]) for name in first)
    kept = read_record(folder)['best_checkpoint']
    assert kept['value'] == read_record(folder)['best']['depth/rmse_m']
    assert [path.name for path in folder.glob('best_*')] == [kept['file']]

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / 'tensorboard')).Reload()
    # The samples of both processes, each once.
    assert sorted(tag[:17] for tag in events.Tags()['images']) == [f'predictions/0000{k}' for k in range(3)]
    assert len(list((folder / 'tensorboard').iterdir())) == 1
