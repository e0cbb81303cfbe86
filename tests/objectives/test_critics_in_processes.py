"""Two processes with half of a batch each make the updates of one with the whole."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import torch
import torch.distributed as dist
from adversarial_parts import CHANNELS, CRITIC, build_learner, build_wrapper, make_batch
from mtlbench.engine import DistributedLearner

SGD = dict(type='SGD', lr=1e-3, momentum=0.9)
STREAMS = ('labeled', 'target')


def make_data(step, part):
    data = {}
    for stream, tasks, seed in zip(STREAMS, (('semseg',), ()), (step, 100 + step)):
        batch = make_batch(tasks, seed)
        for sample in batch.samples:  # as many labeled pixels in each half
            if tasks:
                sample.set_label('semseg', sample.label('semseg') % 4)
        inputs = list((batch.images * 255).to(torch.uint8))
        data[stream] = dict(inputs=inputs[part], data_samples=batch.samples[part])
    return data


def build():
    if sys.argv[1] == 'accumulated':
        alignment = dict(type='DomainAlignment', critic=dict(CRITIC, flip_prob=0.0), weight=1.0)
        return build_learner(dict(alignment=alignment), tasks=('semseg',)), 2
    critic = dict(type='PixelDiscriminator', channels=CHANNELS)
    alignment = dict(type='OriginAlignment', critic=critic, streams=STREAMS, intra_weight=1.0, inter_weight=1.0)
    settings = dict(semseg=dict(critic_view='probability'))
    objectives = dict(supervised=STREAMS, alignment=alignment)
    return build_learner(objectives, ('semseg',), settings, routes=dict(in_turn=True)), 1


def train(part, wrap):
    learner, accumulated = build()
    learner.network.eval()  # statistics of a batch are not those of its halves
    model = wrap(learner)
    wrapper = build_wrapper(model, optimizer=SGD, critics=dict(optimizer=SGD), accumulative_counts=accumulated)
    wrapper.initialize_count_status(model, 0, 6)
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    for step in range(6):
        model.train_step(make_data(step, part), wrapper)
    return before, learner.state_dict()


dist.init_process_group('gloo')
rank = dist.get_rank()
_, found = train(slice(rank, rank + 1), lambda learner: DistributedLearner(learner, broadcast_buffers=False))
before, expected = train(slice(None), lambda learner: learner)
for name, value in expected.items():
    # The same sums in another order, in float32.
    torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-5, msg=name)
moved = {name.split('.')[0] for name, value in expected.items() if (value - before[name]).abs().max() > 1e-4}
assert moved == {'network', 'objectives'}, moved
dist.destroy_process_group()
"""


@pytest.mark.ddp
@pytest.mark.parametrize('way', ['accumulated', 'in_turn'])
def test_two_processes_make_the_updates_of_one(way, tmp_path):
    program = tmp_path / 'program.py'
    program.write_text(PROGRAM)
    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        port = listener.getsockname()[1]
    launcher = ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--rdzv-endpoint=localhost:{port}']
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parent), 'OMP_NUM_THREADS': '1'}
    command = [sys.executable, *launcher, '--rdzv-backend=c10d', str(program), way]
    done = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
