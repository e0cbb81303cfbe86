"""Stands in for the trainer: takes its arguments, counts its starts, and does what the config's name says."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from pathlib import Path

from mtlbench.leaderboard import ResultRecord, run_name

parser = argparse.ArgumentParser()
parser.add_argument('config')
for name in ('profile', 'recipe', 'work-dir', 'data-root', 'starts-from'):
    parser.add_argument(f'--{name}')
parser.add_argument('--seed', type=int)
parser.add_argument('--resume', action='store_true')
args = parser.parse_args()
folder = Path(args.work_dir)
with (folder / 'starts').open('a') as starts:
    starts.write(f'{os.getpid()}\n')
(folder / 'gpu').write_text(os.environ.get('CUDA_VISIBLE_DEVICES', 'all'))
if args.starts_from:
    (folder / 'source').write_text((Path(args.starts_from) / 'result.json').read_text())
behavior = Path(args.config).parent.name
if behavior == 'fails':
    sys.stderr.write('Traceback ...\nerror: the disk is full\n\n')
    sys.exit(1)
if behavior == 'silent':
    sys.exit(0)
if behavior == 'cut' and not (folder / 'checkpoint').exists():
    (folder / 'checkpoint').touch()
    os.kill(os.getpid(), 9)
if behavior == 'cut_by_cluster':
    (folder / 'parent').write_text(str(os.getppid()))
    if not (folder / 'checkpoint').exists():
        (folder / 'checkpoint').touch()
        time.sleep(600)
if behavior == 'slow':
    time.sleep(1)
if behavior == 'hangs':
    time.sleep(600)
record = ResultRecord.read(os.environ['STAND_IN_RECORD'])
changes = {'name': run_name(args.config), 'seed': args.seed, 'profile': args.profile, 'recipe': args.recipe}
dataclasses.replace(record, **changes).write(folder / 'result.json')
