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
