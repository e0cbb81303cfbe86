"""Starts a program in two processes that can talk to each other."""

import os
import socket
import subprocess
import sys


def run_in_two_processes(program, *arguments):
    """Run a Python file in two processes, and show its output if it fails."""
    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        port = listener.getsockname()[1]
    launcher = ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--rdzv-endpoint=localhost:{port}']
    command = [sys.executable, *launcher, '--rdzv-backend=c10d', str(program), *map(str, arguments)]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
