"""Runs, and what they leave behind."""

from __future__ import annotations

from campaign import Fault, deleted, planted, refused, resume, right, same_end, says, tool, train, written
from place import CONFIG

FAULTS = [
    Fault('no fault at all', train(CONFIG), right(says('result record: run/result.json'))),
    Fault('an interruption', resume(), right(same_end('interrupted', 'finished'))),
    Fault('a config that does not exist', train('mtl/sd_vkiti2'), refused('mtl/sd_vkitti2', 'did you mean')),
    Fault('a folder that holds a run', train(CONFIG, args=('--work-dir', 'finished')), refused('holds a run already')),
    Fault('no data', planted(deleted('vkitti2/*'), train(CONFIG)), refused('vkitti2')),
    Fault(
        'half a checkpoint',
        planted(written('interrupted/iter_4.pth', b'PK half'), resume()),
        refused('iter_4.pth', 'damaged', leaves=('*/sd_vkitti2.py',)),
    ),
    Fault(
        'a checkpoint that is not there',
        tool('test', CONFIG, 'finished/iter_7.pth', '--profile', 'tiny.py', '--data-root', 'vkitti2'),
        refused('no checkpoint', 'iter_7.pth'),
    ),
]
