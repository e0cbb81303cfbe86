"""More of runs: hooks and schedules that remember, settings that are None, runs that start from others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial

import torch
from campaign import (
    UNCLEAR,
    Action,
    Fault,
    Outcome,
    Plant,
    Unmet,
    planted,
    refused,
    resume,
    right,
    same_end,
    tool,
    train,
)
from place import CONFIG, CUT_AFTER, Output, Place, die_after_update, train_arguments
from table_runs import edited, interrupted_of, own_config, tells, with_data

OWN, A, B = 'own/sd_vkitti2.py', 'own/a_vkitti2.py', 'own/b_vkitti2.py'
DUMP = ('*/*_vkitti2.py',)
EARLY = "custom_hooks=[dict(type='EarlyStoppingHook',monitor='depth/rmse_m',patience=2,min_delta=1e3)]"
OFTEN = ('train_cfg.max_iters=20', 'train_cfg.val_interval=2')
ONE_CYCLE = "param_scheduler=[dict(type='OneCycleLR',by_epoch=False,eta_max=0.1,total_steps=8)]"
PLATEAU = "param_scheduler=[dict(type='ReduceOnPlateauLR',monitor='depth/rmse_m',rule='less',patience=0,threshold=0.5)]"
FASTER = 'optim_wrapper=dict(optimizer=dict(lr=0.5))'
DATA = {'MTLBENCH_DATA': '.'}
ADAPTATION = 'stl/s_cityscapes_vkitti2_uda'
CRITICS_RATE = 'optim_wrapper.critics.optimizer.lr'
RUNS = ('--profile', 'tiny.py', '--data-root', 'vkitti2', '--work-dir', 'runs')
OF_A, OF_B = (f'runs/tiny/paper/own/{name}_vkitti2/seed1' for name in 'ab')


def own(text: str, path: str = OWN) -> Plant:
    """A config of one's own over that of the runs."""
    return own_config(path, text)


def killed(after: int, *options: str, config: str = OWN) -> Action:
    """A run that is killed and goes on, beside one that was not."""
    chosen = ('--cfg-options', *options) if options else ()

    def act(place: Place) -> Output:
        for folder, before in (('whole', None), ('run', partial(die_after_update, after))):
            output = place.run('train', *train_arguments(folder, config), *chosen, before=before)
            assert output.status == (-9 if before else 0), output.text
        return place.run('train', *train_arguments('run', config), '--resume', *chosen)

    return act


def same(place: Place, output: Output) -> bool:
    """Whether both have the same weights and the same figures."""
    one, other = (json.loads((place.root / name / 'result.json').read_text()) for name in ('whole', 'run'))
    return same_end('whole', 'run')(place, output) and all(
        one[key] == other[key] for key in ('metrics', 'best', 'iterations', 'config_digest')
    )


def not_made(*words: str) -> Outcome:
    """A benchmark that says why a run of it failed."""

    def outcome(place: Place, output: Output) -> None:
        if output.status != 1 or 'Traceback' in output.text or not all(word in output.last_line for word in words):
            raise Unmet(UNCLEAR, f'no failure that says {", ".join(words)}')

    return outcome


def benchmark(place: Place) -> Output:
    """Make the run of B, and before it that of A, which it starts from."""
    place.make_ready('vkitti2')
    return place.run('benchmark', 'run', B, '--seeds', '1', *RUNS, '--no-trivial')


def both_made(place: Place) -> None:
    """The runs of A and of B."""
    own('', A)(place)
    own(f"starts_from=dict(config='{A}')", B)(place)
    output = benchmark(place)
    assert output.status == 0, output.text


def without(folder: str) -> Plant:
    return lambda place: shutil.rmtree(place.root / folder)


def cut(place: Place) -> None:
    """The run of B as if it had been killed after update 5."""
    for name in ('result.json', 'iter_6.pth'):
        (place.root / OF_B / name).unlink()


def from_elsewhere(place: Place) -> None:
    """Another run of A."""
    own(FASTER, A)(place)
    output = place.run('train', A, *RUNS[:4], '--seed', '1', '--work-dir', 'elsewhere')
    assert output.status == 0, output.text


def critics(*options: str, args: tuple[str, ...] = ()) -> Action:
    """Go on with an adaptation that was killed after update 5."""
    command = ('train', ADAPTATION, '--profile', 'tiny.py', '--work-dir', 'run')
    chosen = ('--cfg-options', *options) if options else ()

    def act(place: Place) -> Output:
        for data in ('vkitti2', 'cityscapes'):
            place.make_ready(data)
        output = place.run(*command, env=DATA, before=partial(die_after_update, CUT_AFTER))
        assert output.status == -9, output.text
        return place.run(*command, '--resume', *args, *chosen, env=DATA)

    return act


def renamed(name: str) -> Callable[[dict], None]:
    """Another name of the config in the note of a checkpoint."""

    def change(content: dict) -> None:
        content['meta']['run'] = json.dumps({**json.loads(content['meta']['run']), 'name': name})

    return change


def numbered(number: str) -> Plant:
    """An older checkpoint under a number that is none of an update."""

    def plant(place: Place) -> None:
        shutil.copy(place / 'interrupted/iter_2.pth', place.root / f'interrupted/iter_{number}.pth')

    return plant


def finite(place: Place, output: Output) -> bool:
    state = torch.load(place.root / 'run/iter_6.pth', weights_only=True)['state_dict']
    return all(value.isfinite().all() for value in state.values())


FAULTS = [
    # What remembers goes on.
    Fault('early stopping, killed before it waits', planted(own(EARLY), killed(3, *OFTEN)), right(same)),
    Fault('early stopping, killed while it waits', planted(own(EARLY), killed(5, *OFTEN)), right(same)),
    Fault('early stopping, killed before the record', planted(own(EARLY), killed(6, *OFTEN)), right(same)),
    Fault(
        'early stopping amid an update',
        planted(own(EARLY), killed(8, *OFTEN, 'optim_wrapper.accumulative_counts=4')),
        right(same),
    ),
    Fault('a schedule of one cycle', planted(own(ONE_CYCLE), killed(5)), right(same)),
    Fault(
        'a schedule of one cycle, changed by name',
        planted(
            own(ONE_CYCLE),
            interrupted_of(OWN),
            resume('param_scheduler.0.eta_max=0.2', args=('--change', 'param_scheduler'), folder='mine', config=OWN),
        ),
        right(),
    ),
    Fault('a schedule by the metrics', planted(own(PLATEAU), killed(5, 'train_cfg.val_interval=1')), right(same)),
    Fault(
        'a schedule by the metrics, changed by name',
        planted(
            own(PLATEAU),
            interrupted_of(OWN),
            resume('param_scheduler.0.patience=1', args=('--change', 'param_scheduler'), folder='mine', config=OWN),
        ),
        refused('follows the metrics', leaves=DUMP),
    ),
    Fault('averaged weights', planted(own("custom_hooks=[dict(type='EMAHook')]"), killed(5)), right(same)),
    # None, and what is no part.
    *[
        Fault(f'no hook {name}', train(CONFIG, f'default_hooks.{name}=None'), right(finite))
        for name in ('draw', 'loss_guard', 'idle_parts', 'timer')
    ],
    Fault('no drawing from here on', resume('default_hooks.draw=None'), right(same_end('interrupted', 'finished'))),
    Fault('a hook that is None', planted(own('custom_hooks=[None]'), train(OWN)), right(finite)),
    *[
        Fault(f'a list for {key}', planted(own(f'optim_wrapper=dict({key}=[1])'), train(OWN)), refused(key, '[1]'))
        for key in ('optimizer', 'paramwise_cfg')
    ],
    Fault(
        'another hook under the name of the drawing',
        planted(
            own(''),
            interrupted_of(OWN),
            own("default_hooks=dict(draw=dict(_delete_=True,type='EMAHook'))"),
            resume(folder='mine', config=OWN),
        ),
        refused('default_hooks.draw.type', 'EMAHook'),
    ),
    Fault(
        'None, then the default',
        planted(
            own('optim_wrapper=dict(clip_grad=None)'),
            interrupted_of(OWN),
            own('optim_wrapper=dict(clip_grad=dict(_delete_=True,max_norm=10))'),
            resume(folder='mine', config=OWN),
        ),
        refused('clip_grad', 'None'),
    ),
    *[
        Fault(
            f'an optimizer that cannot train: {kind}',
            planted(
                own(f"optim_wrapper=dict(optimizer=dict(_delete_=True,type='{kind}',lr=1e-3),paramwise_cfg=None)"),
                train(OWN),
            ),
            refused(kind, 'cannot make an update'),
        )
        for kind in ('SparseAdam', 'LBFGS')
    ],
    Fault('another rate of the critics', critics(f'{CRITICS_RATE}=0.5'), refused(CRITICS_RATE, '0.0001', '0.5')),
    Fault(
        'another rate of the critics by name',
        critics(f'{CRITICS_RATE}=0.5', args=('--change', CRITICS_RATE)),
        right(tells('run', CRITICS_RATE)),
    ),
    Fault(
        'mixed precision of network and critics by name',
        critics(args=('--amp', '--change', 'optim_wrapper')),
        right(tells('run', 'optim_wrapper.type')),
    ),
    Fault(
        'a teacher that no hook moves',
        planted(
            lambda place: place.make_ready('cityscapes'),
            tool(
                'train',
                'three_ways_semi/sd_cityscapes_372',
                *('--profile', 'tiny.py', '--work-dir', 'run'),
                *('--cfg-options', 'starts_from=None', 'default_hooks.teacher=None'),
                env=DATA,
            ),
        ),
        refused('pseudo_labels', 'MeanTeacherHook'),
    ),
    # Runs that start from others.
    Fault('another source, none in the config', resume(args=('--starts-from', 'finished')), refused('starts_from')),
    Fault(
        'the source was made anew with other settings',
        planted(both_made, without(OF_A), own(FASTER, A), benchmark),
        not_made('own/b_vkitti2', 'started from another run of own/a_vkitti2'),
    ),
    Fault(
        'the source was made anew while the run was cut off',
        planted(both_made, cut, without(OF_A), own(FASTER, A), benchmark),
        not_made('own/b_vkitti2', 'was started from another run of own/a_vkitti2'),
    ),
    Fault('the source was made anew as it was', planted(both_made, without(OF_A), benchmark), right()),
    Fault(
        'going on from another source',
        planted(
            both_made,
            cut,
            from_elsewhere,
            tool('train', B, *RUNS[:4], '--seed', '1', '--work-dir', OF_B, '--resume', '--starts-from', 'elsewhere'),
        ),
        refused('--starts-from', 'config_digest', leaves=(*DUMP, 'runs/*')),
    ),
    # What is not of a run.
    *[
        Fault(
            f'a checkpoint of the config {name!r}',
            planted(with_data, edited('finished/iter_6.pth', renamed(name)), tool('test', 'finished')),
            refused('iter_6.pth', 'which config'),
        )
        for name in ('../../elsewhere/x', '/x', 'x', '')
    ],
    *[
        Fault(
            f'a checkpoint of update {number}',
            planted(numbered(number), resume()),
            right(same_end('interrupted', 'finished')),
        )
        for number in ('٩', '9' * 50)
    ],
]
