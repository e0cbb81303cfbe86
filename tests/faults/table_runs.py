"""Runs, and what they leave behind."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import torch
from campaign import (
    Action,
    Check,
    Fault,
    Plant,
    at_once,
    copied,
    deleted,
    moved,
    planted,
    refused,
    replaced,
    resume,
    right,
    same_end,
    says,
    started,
    tool,
    train,
    written,
)
from place import CONFIG, CUT_AFTER, Output, Place, die_after_update, free_port, train_arguments

RATE = 'optim_wrapper.optimizer.lr'
LONGER = 'train_cfg.max_iters=8'
FRAME = 'vkitti2/Scene01/15-deg-left/frames/rgb/Camera_0/rgb_00004.jpg'
SAME = right(same_end('interrupted', 'finished'))
DUMP = ('*/sd_vkitti2.py',)
LONG = (*train_arguments('run'), '--cfg-options', 'train_cfg.max_iters=40')
COPY = "_base_ = '{configs}/mtl/sd_vkitti2.py'\n"


def edited(path: str, change: Callable[[dict[str, Any]], object]) -> Plant:
    """Change what a checkpoint holds."""

    def plant(place: Place) -> None:
        state = torch.load(place / path, weights_only=True)
        change(state)
        torch.save(state, place / path)

    return plant


def cut(path: str, length: int) -> Plant:
    """Leave the first bytes of a file."""
    return lambda place: (place / path).write_bytes((place / path).read_bytes()[:length]) and None


def repainted(path: str) -> Plant:
    """Another image under the same name."""
    return lambda place: cv2.imwrite(str(place / path), cv2.imread(str(place / path))[::-1]) and None


def own_config(path: str, text: str) -> Plant:
    """A config of one's own over the run's."""

    def plant(place: Place) -> None:
        from mtlbench.config import config_dir

        written(path, COPY.format(configs=config_dir()) + text)(place)

    return plant


def with_data(place: Place) -> None:
    """The data set where the run found it."""
    place.make_ready('vkitti2')


def with_room_for(size: int) -> Action:
    """Train where no file can be larger: as on a disk that is full while it is written."""

    def act(place: Place) -> Output:
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
        return place.run('train', *train_arguments('run'), before=limit)

    return act


def another_run(*options: str, folder: str = 'other') -> Plant:
    """A finished run of other settings."""

    def plant(place: Place) -> None:
        output = place.run('train', *train_arguments(folder), *(('--cfg-options', *options) if options else ()))
        assert output.status == 0, output.text

    return plant


def interrupted_of(config: str) -> Plant:
    """A run of a config, killed after update 5, in the folder ``mine``."""
    before = partial(die_after_update, CUT_AFTER)
    return lambda place: place.run('train', *train_arguments('mine', config), before=before) and None


def changed_and_cut(place: Place) -> None:
    """Go on with another rate, and be killed again after the last update."""
    arguments = ('--resume', '--change', RATE, '--cfg-options', f'{RATE}=0.5')
    output = place.run('train', *train_arguments('interrupted'), *arguments, before=partial(die_after_update, 6))
    assert output.status == -9, output.text


def two_processes(place: Place) -> Output:
    """Go on with the interrupted run, which one process made."""
    env = {'MASTER_ADDR': 'localhost', 'MASTER_PORT': str(free_port()), 'WORLD_SIZE': '2'}
    command = (*train_arguments('interrupted'), '--resume', '--launcher', 'pytorch')
    both = [place.start('train', *command, env={**env, 'RANK': rank, 'LOCAL_RANK': rank}) for rank in ('0', '1')]
    first, _ = [one.output() for one in both]
    return first


def tells(folder: str, *keys: str, updates: int = 6) -> Check:
    """Whether the record lists these changes, and no others."""

    def holds(place: Place, output: Output) -> bool:
        record = json.loads((place / folder / 'result.json').read_text())
        return {change['key'] for change in record['changes']} == set(keys) and record['iterations'] == updates

    return holds


def same_record(folder: str) -> Check:
    """Whether the metrics are those of the finished run."""

    def holds(place: Place, output: Output) -> bool:
        one, other = (json.loads((place / name / 'result.json').read_text()) for name in (folder, 'finished'))
        return all(one[key] == other[key] for key in ('metrics', 'best', 'config_digest', 'iterations', 'seed'))

    return holds


CHANGED = {
    'another rate': ((f'{RATE}=0.5',), (), (RATE, '0.5')),
    'another schedule': (('param_scheduler.0.milestones=[1]',), (), ('milestones', '[1]')),
    'another weight of a loss': (('balancer.weights.semseg=7',), (), ('balancer.weights.semseg', '7')),
    'another batch size': (('train_dataloader.labeled.batch_size=3',), (), ('batch_size', '2', '3')),
    'accumulation': (('optim_wrapper.accumulative_counts=2',), (), ('accumulative_counts', '2')),
    'another image size': (('train_dataloader.labeled.dataset.pipeline.0.size=(16,32)',), (), ('size', '16')),
    'other weights to begin with': (('load_from=vkitti2/none.pth',), (), ('load_from',)),
    'gradient clipping': (('optim_wrapper.clip_grad.max_norm=0.1',), (), ('clip_grad', '0.1')),
    'another dropout': (('model.network.decoder.dropout=0.3',), (), ('dropout', '0.3')),
    'more updates': ((LONGER,), (), ('max_iters', '6', '8')),
    'fewer updates': (('train_cfg.max_iters=5',), (), ('max_iters', '6', '5')),
    'another interval of validation': (('train_cfg.val_interval=2',), (), ('val_interval', '2')),
    'another seed': ((), ('--seed', '7'), ('seed', '42', '7')),
    'mixed precision': ((), ('--amp',), ('OptimWrapper', 'MixedPrecisionOptimWrapper')),
    'another recipe': ((), ('--recipe', 'reference'), ('reference',)),
}

FAULTS = [
    Fault('no fault at all', train(CONFIG), right(says('result record: run/result.json'))),
    Fault('an interruption', resume(), SAME),
    Fault('an interruption, nothing made', resume(folder='run'), right(says('run/result.json'))),
    Fault('a config that does not exist', train('mtl/sd_vkiti2'), refused('mtl/sd_vkitti2', 'did you mean')),
    Fault('no data', planted(deleted('vkitti2/*'), train(CONFIG)), refused('vkitti2')),
    # Whose folder it is.
    Fault('a folder that holds a run', train(CONFIG, args=('--work-dir', 'finished')), refused('holds a run already')),
    Fault(
        'a folder that holds half a run',
        train(CONFIG, args=('--work-dir', 'interrupted')),
        refused('holds a run already'),
    ),
    *[
        Fault(f'{what}, {folder}', resume(*options, args=args, folder=folder), refused(folder, *words))
        for what, (options, args, words) in CHANGED.items()
        for folder in ('interrupted', 'finished')
    ],
    Fault(
        'the full profile', resume(args=('--profile', 'full'), folder='finished'), refused('[32, 64]', '[320, 1024]')
    ),
    Fault(
        'data elsewhere',
        resume(args=('--data-root', 'cityscapes'), folder='finished'),
        refused('data_root', 'vkitti2', 'cityscapes'),
    ),
    Fault('another method', resume(config='padnet/sd_vkitti2'), refused('interrupted', 'PADNetDecoder')),
    Fault('another task set', resume(config='mtl/sdn_vkitti2'), refused('interrupted', 'normals')),
    Fault('the finished run again', resume(folder='finished'), right(same_record('finished'))),
    # What may differ.
    Fault('other workers', resume('train_dataloader.labeled.num_workers=1'), SAME),
    Fault(
        'other intervals of checkpoints',
        resume('default_hooks.checkpoint.interval=1'),
        right(same_record('interrupted')),
    ),
    Fault(
        'a moved folder',
        planted(moved('interrupted', 'elsewhere'), resume(folder='elsewhere')),
        right(same_end('elsewhere', 'finished')),
    ),
    Fault(
        'moved data',
        planted(
            lambda place: place / 'interrupted' and None,
            moved('vkitti2', 'data2'),
            resume(args=('--data-root', 'data2')),
        ),
        refused('data_root', 'data2'),
    ),
    Fault(
        'moved data by name',
        planted(
            lambda place: place / 'interrupted' and None,
            moved('vkitti2', 'data2'),
            resume(args=('--data-root', 'data2', '--change', 'data_root')),
        ),
        right(same_record('interrupted')),
    ),
    # Changes by name.
    Fault('a rate by name', resume(f'{RATE}=0.5', args=('--change', RATE)), right(tells('interrupted', RATE))),
    Fault(
        'a part of a name', resume(f'{RATE}=0.5', args=('--change', 'optim_wrapper')), right(tells('interrupted', RATE))
    ),
    Fault(
        'the wrong name', resume(f'{RATE}=0.5', args=('--change', 'optim_wrapper.optimizer.momentum')), refused(RATE)
    ),
    Fault('one name of two', resume(f'{RATE}=0.5', LONGER, args=('--change', RATE)), refused('max_iters', '8')),
    Fault(
        'a name without --resume',
        train(CONFIG, f'{RATE}=0.5', args=('--change', RATE)),
        refused('--change', '--resume'),
    ),
    Fault(
        'a misspelt name, nothing changed',
        resume(args=('--change', 'optim_wraper')),
        refused('optim_wraper'),
    ),
    Fault(
        'a seed by name',
        resume(args=('--seed', '7', '--change', 'randomness.seed')),
        refused('seed'),
    ),
    Fault(
        'longer training by name',
        resume(LONGER, args=('--change', 'train_cfg.max_iters'), folder='finished'),
        right(tells('finished', 'train_cfg.max_iters', updates=8)),
    ),
    Fault(
        'a finished run changed by name',
        resume(f'{RATE}=0.5', args=('--change', RATE), folder='finished'),
        refused('finished', '6'),
    ),
    Fault(
        'another optimizer by name',
        resume('optim_wrapper.optimizer.type=RMSprop', args=('--change', 'optim_wrapper')),
        refused('optimizer', leaves=DUMP),
    ),
    Fault(
        'fewer updates by name',
        resume('train_cfg.max_iters=3', args=('--change', 'train_cfg.max_iters')),
        refused('iter_4.pth', '3', leaves=DUMP),
    ),
    Fault(
        'another network by name',
        resume('model.network.decoder.channels=4', args=('--change', 'model')),
        refused('iter_4.pth', leaves=DUMP),
    ),
    # Other data in the same place.
    Fault(
        'a frame less', planted(lambda place: place / 'interrupted' and None, deleted(FRAME), resume()), refused('data')
    ),
    Fault('another image of the same name', planted(repainted(FRAME), resume()), refused('data')),
    # What lies in the folder.
    Fault(
        'half a checkpoint',
        planted(cut('interrupted/iter_4.pth', 100_000), resume()),
        refused('iter_4.pth', leaves=DUMP),
    ),
    Fault(
        'an empty checkpoint', planted(cut('interrupted/iter_4.pth', 0), resume()), refused('iter_4.pth', leaves=DUMP)
    ),
    Fault(
        'text for a checkpoint',
        planted(written('interrupted/iter_4.pth', 'PK half'), resume()),
        refused('iter_4.pth', leaves=DUMP),
    ),
    Fault(
        'a folder for a checkpoint',
        planted(lambda place: (place / 'interrupted/iter_5.pth').mkdir(), resume()),
        refused('iter_5.pth'),
    ),
    Fault('a partial checkpoint', planted(written('interrupted/.iter_6.pth.partial', b'PK'), resume()), SAME),
    Fault(
        'a checkpoint of another run',
        planted(another_run(f'{RATE}=0.5'), copied('other/iter_6.pth', 'interrupted/iter_6.pth'), resume()),
        refused(RATE, '0.5'),
    ),
    Fault(
        'a checkpoint of another seed',
        planted(another_run('randomness.seed=3'), copied('other/iter_6.pth', 'interrupted/iter_6.pth'), resume()),
        refused('seed', '3'),
    ),
    Fault(
        'a renamed checkpoint',
        planted(moved('interrupted/iter_4.pth', 'interrupted/iter_5.pth'), resume()),
        SAME,
    ),
    Fault(
        'a checkpoint without optimizer',
        planted(edited('interrupted/iter_4.pth', lambda state: state.pop('optimizer')), resume()),
        refused('iter_4.pth', 'optimizer', leaves=DUMP),
    ),
    *[
        Fault(
            f'a checkpoint without {key}',
            planted(edited('interrupted/iter_4.pth', lambda state, key=key: state.pop(key)), resume()),
            refused('iter_4.pth', leaves=DUMP),
        )
        for key in ('state_dict', 'meta', 'message_hub', 'param_schedulers')
    ],
    *[
        Fault(
            f'a checkpoint whose {key} is a number',
            planted(edited('interrupted/iter_4.pth', lambda state, key=key: state.update({key: 7})), resume()),
            refused('iter_4.pth', leaves=DUMP),
        )
        for key in ('state_dict', 'meta', 'optimizer', 'message_hub', 'param_schedulers')
    ],
    Fault(
        'a checkpoint with half of the groups of the optimizer',
        planted(edited('interrupted/iter_4.pth', lambda state: state['optimizer']['param_groups'].pop()), resume()),
        refused('iter_4.pth', 'optimizer', leaves=DUMP),
    ),
    Fault(
        'a checkpoint of more updates than there are',
        planted(edited('interrupted/iter_4.pth', lambda state: state['meta'].update(iter=400)), resume()),
        refused('iter_4.pth', 'iter', '6', leaves=DUMP),
    ),
    Fault(
        'a list for a checkpoint',
        planted(lambda place: torch.save([1], place / 'interrupted/iter_4.pth'), resume()),
        refused('iter_4.pth', leaves=DUMP),
    ),
    Fault(
        'a checkpoint of weights alone',
        planted(
            edited(
                'interrupted/iter_4.pth', lambda state: [state.pop(key) for key in list(state) if key != 'state_dict']
            ),
            resume(),
        ),
        refused('iter_4.pth', leaves=DUMP),
    ),
    Fault(
        'a checkpoint with NaN',
        planted(
            edited(
                'interrupted/iter_4.pth', lambda state: next(iter(state['state_dict'].values())).fill_(float('nan'))
            ),
            resume(),
        ),
        refused('iter_4.pth', 'not finite', leaves=DUMP),
    ),
    Fault(
        'text for the config in a checkpoint',
        planted(
            edited(
                'interrupted/iter_4.pth',
                lambda state: state['meta'].update(config="open('trace', 'w')", cfg="open('trace', 'w')"),
            ),
            resume(),
        ),
        lambda place, output: SAME(place, output) if not (place.root / 'trace').exists() else refused()(place, output),
    ),
    Fault(
        'half a record', planted(cut('finished/result.json', 500), resume(folder='finished')), refused('result.json')
    ),
    Fault(
        'no record',
        planted(
            lambda place: shutil.copytree(place / 'finished', place.root / 'copy') and None,
            deleted('copy/result.json'),
            resume(folder='copy'),
        ),
        right(same_record('copy')),
    ),
    Fault(
        'a record of another run',
        planted(another_run(f'{RATE}=0.5'), copied('other/result.json', 'interrupted/result.json'), resume()),
        refused('interrupted'),
    ),
    Fault(
        'no checkpoint, a record',
        planted(deleted('finished/iter_*.pth'), resume(folder='finished')),
        right(says('result.json')),
    ),
    Fault(
        'no checkpoint, a record, another rate',
        planted(deleted('finished/iter_*.pth'), resume(f'{RATE}=0.5', folder='finished')),
        refused(RATE, '0.5'),
    ),
    Fault('a file for a folder', planted(written('run', 'x'), train(CONFIG)), refused('run')),
    Fault(
        'no room for a checkpoint',
        with_room_for(4_000_000),
        refused('run', 'File too large', leaves=('run/images/*',)),
    ),
    # What changes behind its back.
    Fault(
        'an edited profile',
        planted(lambda place: place / 'interrupted' and None, replaced('tiny.py', '(32, 64)', '(32, 96)'), resume()),
        refused('size', '[32, 64]', '[32, 96]'),
    ),
    Fault(
        'an edited config',
        planted(
            own_config('own/sd_vkitti2.py', ''),
            interrupted_of('own/sd_vkitti2.py'),
            own_config('own/sd_vkitti2.py', 'optim_wrapper = dict(optimizer=dict(lr=3.0))'),
            resume(folder='mine', config='own/sd_vkitti2.py'),
        ),
        refused(RATE, '0.01', '3.0'),
    ),
    Fault(
        'a change by name, cut off, the old config again',
        planted(changed_and_cut, resume()),
        refused(RATE, '0.5', '0.01'),
    ),
    Fault(
        'a change by name, cut off, the same again',
        planted(changed_and_cut, resume(f'{RATE}=0.5', args=('--change', RATE))),
        right(tells('interrupted', RATE)),
    ),
    Fault('two processes go on with one', two_processes, refused('processes', '1', '2')),
    # The same text under another name.
    Fault(
        'a config of another name',
        planted(own_config('own/sd_vkitti2.py', ''), resume(config='own/sd_vkitti2.py')),
        refused('own/sd_vkitti2', 'mtl/sd_vkitti2'),
    ),
    # Two at once.
    Fault(
        'two in one folder',
        at_once(started('train', *LONG), started('train', *LONG), 0.3),
        refused('run', leaves=('run/*',)),
    ),
    Fault(
        'two at the same moment',
        at_once(started('train', *train_arguments('run')), started('train', *train_arguments('run'))),
        refused('run', leaves=('run/*',)),
    ),
    Fault(
        'two go on at once',
        at_once(
            started('train', *train_arguments('interrupted'), '--resume'),
            started('train', *train_arguments('interrupted'), '--resume'),
        ),
        refused('another process', leaves=('interrupted/*',)),
    ),
    # A run is enough.
    Fault('a checkpoint that is not there', tool('test', 'finished/iter_7.pth'), refused('iter_7.pth')),
    Fault(
        'test, the run alone',
        planted(with_data, tool('test', 'finished', '--work-dir', 'log')),
        right(says('semseg/miou', 'depth/rmse_m')),
    ),
    Fault('test, another profile', tool('test', 'finished', '--profile', 'mini'), refused('tiny', 'mini')),
    Fault(
        'test, the weights of another config',
        tool('test', 'padnet/sd_vkitti2', 'finished', '--profile', 'tiny.py', '--data-root', 'vkitti2'),
        refused('finished', leaves=DUMP),
    ),
    Fault(
        'predict, the run alone',
        tool('predict', 'finished', str(Path(FRAME).parent), '--out', 'panels'),
        right(says('11')),
    ),
    Fault(
        'robustness, the run alone',
        planted(with_data, tool('test_robustness', 'finished', '--perturbations', 'gaussian', '--epsilons', '2')),
        right(says('gaussian')),
    ),
    Fault(
        'test, a folder without a run',
        planted(lambda place: (place / 'empty').mkdir(), tool('test', 'empty')),
        refused('empty', 'no checkpoint'),
    ),
    # What is kept.
    Fault(
        'all checkpoints',
        train(CONFIG, 'default_hooks.checkpoint.keep=-1'),
        right(lambda place, output: len(list((place / 'run').glob('iter_*.pth'))) == 3),
    ),
    *[
        Fault(f'{keep} checkpoints', train(CONFIG, f'default_hooks.checkpoint.keep={keep}'), refused('keep', str(keep)))
        for keep in (-2, 0)
    ],
]
