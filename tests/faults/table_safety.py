"""Checkpoints, records, packages and files beside them that were damaged, edited, or made by someone else."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from campaign import Action, Check, Fault, Plant, planted, refused, resume, right, same_end, says, tool, train, written
from place import CONFIG, Output, Place

TRACE = 'trace'
CODE = f"open('{TRACE}', 'w')\nimport pathlib\nx = pathlib.Path('{TRACE}').touch()\n"
NEWEST = 'interrupted/iter_4.pth'
DEEP = '[' * 100_000 + ']' * 100_000


class Hostile:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self) -> tuple:
        return os.mknod, (TRACE,)


def edited(change: Callable[[dict], Any], path: str = NEWEST) -> Plant:
    """Change what a checkpoint holds; where the change returns something, that is the checkpoint."""

    def plant(place: Place) -> None:
        content = torch.load(place / path, weights_only=True)
        other = change(content)
        torch.save(content if other is None else other, place / path)

    return plant


def put(*keys: Any, value: Any) -> Callable[[dict], None]:
    """Put a value deep into a checkpoint."""

    def change(content: dict) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


def without(*keys: Any) -> Callable[[dict], None]:
    """Take a part out of a checkpoint."""

    def change(content: dict) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


def poisoned(content: dict) -> None:
    """One weight that is not a number."""
    name = next(name for name, value in content['state_dict'].items() if value.is_floating_point())
    content['state_dict'][name] = content['state_dict'][name] * float('nan')


def whole(content: dict) -> None:
    """Whole numbers for the weights."""
    content['state_dict'] = {name: value.long() for name, value in content['state_dict'].items()}


def fewer(content: dict) -> None:
    """A state of fewer parameters."""
    group = content['optimizer']['param_groups'][0]
    group['params'] = group['params'][:-2]


def compressed(place: Place) -> None:
    """A checkpoint that grows when it is unpacked."""
    path = place / NEWEST
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)


def untouched(check: Check = lambda place, output: True) -> Check:
    """Whether nothing hostile was run, and a check holds."""
    return lambda place, output: not (place.root / TRACE).exists() and check(place, output)


def evaluate(checkpoint: str) -> Action:
    """Evaluate a checkpoint."""
    return tool('test', CONFIG, checkpoint, '--profile', 'tiny.py', '--data-root', 'vkitti2')


def evaluate_address(place: Place) -> Output:
    """Evaluate by a ``file://`` address."""
    return evaluate((place / 'finished/iter_6.pth').as_uri())(place)


LEAVES = ('*/sd_vkitti2.py',)


def not_resumed(name: str, change: Callable[[dict], Any], *words: str) -> Fault:
    """A line: a changed checkpoint is not gone on with."""
    outcome = refused('iter_4.pth', *words, leaves=LEAVES)

    def clean(place: Place, output: Output) -> None:
        outcome(place, output)
        assert not (place.root / TRACE).exists(), 'it was run'

    return Fault(name, planted(edited(change), resume()), clean)


def names_checkpoint(place: Place, output: Output) -> bool:
    """Whether the record of a run names its last checkpoint, bit for bit."""
    record = json.loads((place / 'run/result.json').read_text())
    return record['checkpoint_digest'] == hashlib.sha256((place / 'run/iter_6.pth').read_bytes()).hexdigest()


CHECKPOINTS = [
    Fault('a record that names its checkpoint', train(CONFIG), right(names_checkpoint)),
    Fault(
        'code as the config text of a checkpoint',
        planted(edited(put('meta', 'config', value=CODE)), resume()),
        right(untouched(same_end('interrupted', 'finished'))),
    ),
    Fault(
        'code as other texts of a checkpoint',
        planted(
            edited(put('meta', 'cfg', value=CODE)),
            edited(put('meta', 'dataset_meta', value={'classes': CODE})),
            edited(put('message_hub', 'runtime_info', 'cfg', value=CODE)),
            resume(),
        ),
        right(untouched(same_end('interrupted', 'finished'))),
    ),
    not_resumed('an object in the weights', put('state_dict', 'x', value=Hostile()), 'could run code'),
    not_resumed('an object in the optimizer', put('optimizer', 'state', 0, value=Hostile()), 'could run code'),
    not_resumed('an object in the meta data', put('meta', 'dataset_meta', value=Hostile()), 'could run code'),
    not_resumed('an object in the logs', put('message_hub', 'log_scalars', 'x', value=Hostile()), 'could run code'),
    not_resumed('weights that are a list', put('state_dict', value=[1, 2]), 'list'),
    not_resumed('a weight that is a text', put('state_dict', 'x', value='y'), "'x'"),
    not_resumed('a weight that is no number', poisoned, 'not finite'),
    not_resumed('weights of whole numbers', whole, 'another kind'),
    not_resumed('a checkpoint that is a list', lambda content: [content], 'list'),
    not_resumed('no optimizer', without('optimizer'), 'optimizer'),
    not_resumed('an optimizer of fewer parameters', fewer, 'optimizer.param_groups'),
    not_resumed('a rate that is a text', put('optimizer', 'param_groups', 0, 'lr', value='big'), 'param_groups.0'),
    not_resumed('no schedules', without('param_schedulers'), 'param_schedulers'),
    not_resumed('a schedule with attributes of its own', put('param_schedulers', 0, 'step', value=1), 'schedulers.0'),
    not_resumed('logs that are a list', put('message_hub', value=[]), 'message_hub'),
    not_resumed('logs of texts', put('message_hub', 'log_scalars', 'x', value={'log': ['a']}), 'log_scalars.x'),
    not_resumed('an update below 0', put('meta', 'iter', value=-4), 'meta.iter'),
    not_resumed('an update that is a text', put('meta', 'iter', value='4'), 'meta.iter'),
    not_resumed('an update beyond the last', put('meta', 'iter', value=10**12), 'meta.iter'),
    Fault(
        'a compressed checkpoint',
        planted(compressed, resume()),
        refused('iter_4.pth', 'compressed', leaves=LEAVES),
    ),
    Fault('a checkpoint at an address', evaluate('https://example.org/iter_6.pth'), refused('address', 'download')),
    Fault('a checkpoint in a store', evaluate('s3://bucket/iter_6.pth'), refused('address', 'download')),
    Fault('a checkpoint of a model zoo', train(CONFIG, 'load_from=torchvision://resnet18'), refused('address')),
    Fault('a checkpoint at its own address', evaluate_address, right(says('semseg/miou'))),
    Fault(
        'pretrained weights at an address',
        train(CONFIG, 'model.network.encoder.weights=https://example.org/resnet18.pth'),
        refused('address', 'download'),
    ),
    Fault(
        'pretrained weights that run code',
        planted(
            written('weights.pth', pickle.dumps(Hostile(), protocol=2)),
            train(CONFIG, 'model.network.encoder.weights=weights.pth'),
        ),
        refused('weights.pth', 'could run code'),
    ),
]


def records(change: Callable[[Place], None] = lambda place: None) -> Plant:
    """Two records, of seeds 42 and 7; the second is changed."""

    def plant(place: Place) -> None:
        text = (place / 'finished/result.json').read_text()
        for name, seed in (('good', 42), ('bad', 7)):
            written(f'runs/{name}/result.json', json.dumps({**json.loads(text), 'seed': seed}))(place)
        change(place)

    return plant


def text_is(change: Callable[[str], str | bytes]) -> Callable[[Place], None]:
    """Change the text of the second record."""

    def act(place: Place) -> None:
        written('runs/bad/result.json', change((place / 'runs/bad/result.json').read_text()))(place)

    return act


def value_is(**values: Any) -> Callable[[Place], None]:
    """Change fields of the second record."""
    return text_is(lambda text: json.dumps({**json.loads(text), **values}))


def metric_is(value: Any) -> Callable[[Place], None]:
    """Change the first metric of the second record."""
    return text_is(lambda text: json.dumps({**json.loads(text), 'metrics': {**_metrics(text), 'semseg/miou': value}}))


def _metrics(text: str) -> dict[str, Any]:
    return json.loads(text)['metrics']


def instead(make: Callable[[Any], object]) -> Callable[[Place], None]:
    """Something else in the place of the second record."""

    def act(place: Place) -> None:
        path = place / 'runs/bad/result.json'
        path.unlink()
        make(path)

    return act


def report(form: str = 'text', *more: str) -> Action:
    """Print the tables of both records."""
    return tool('benchmark', 'report', '--work-dir', 'runs', '--format', form, *more)


def told(name: str, change: Callable[[Place], None], *words: str) -> Fault:
    """A line: the second record is told with its path, the first one is shown."""
    lives = says('warning: skipped', 'runs/bad', ' (1)', *words)
    return Fault(name, planted(records(change), report()), right(lives))


def outside(path: Any) -> None:
    """Put a link to a record of another place there."""
    other = path.parents[2] / 'elsewhere.json'
    shutil.copy(path.parents[1] / 'good/result.json', other)
    path.symlink_to(other)


RECORDS = [
    told('a share of 37.2', metric_is(37.2), 'semseg/miou'),
    told('a share of -4', metric_is(-4), 'semseg/miou'),
    told('an error below 0', text_is(lambda text: text.replace('"depth/rmse_m": ', '"depth/rmse_m": -')), 'rmse_m'),
    told('a best value out of range', value_is(best={'semseg/miou': 2.0}), 'semseg/miou'),
    told('a record nested deeply', text_is(lambda text: DEEP), 'nested'),
    told(
        'a field nested deeply',
        text_is(lambda text: text.replace('"versions": {', '"versions": {"x": ' + '[' * 300 + ']' * 300 + ', ')),
        'nested',
    ),
    told('an integer of 400 digits', value_is(parameters=10**399), 'too large'),
    told('NaN as a number', text_is(lambda text: text.replace('"seed": 7', '"seed": NaN')), 'NaN'),
    told('a key twice', text_is(lambda text: text.replace('"seed": 7', '"seed": 7, "seed": 8')), 'duplicated'),
    told('half a character', value_is(method='\ud800')),
    told('another encoding', text_is(lambda text: text.encode('utf-16')), 'JSON'),
    told('a folder called result.json', instead(lambda path: path.mkdir()), 'not a regular file'),
    told('a pipe called result.json', instead(os.mkfifo), 'not a regular file'),
    told('a record that is a link elsewhere', instead(outside), 'link'),
    told('a name that leads outside', value_is(name='../../etc'), "'name'"),
    told(
        'a note of an import that is none',
        lambda place: (
            written('runs/imported.json', '[]')(place) or shutil.move(place / 'runs/good', place / 'runs/x/good')
        ),
        'imported.json',
    ),
    told('measures that are none', written('runs/bad/robustness.json', DEEP), 'robustness.json'),
    told(
        'measures of an impossible value',
        lambda place: measures('semseg/miou@kitti_stereo', 9)(place),
        'robustness.json',
    ),
]


def measures(metric: str, value: float, **subject: Any) -> Plant:
    """Measures of the second record."""

    def plant(place: Place) -> None:
        record = json.loads((place / 'runs/bad/result.json').read_text())
        own = {key: record[key] for key in ('name', 'profile', 'recipe', 'seed')}
        own |= {'iteration': record['iterations'], 'checkpoint': record['checkpoint_digest'], **subject}
        content = {'subject': own, 'metrics': {metric: value}, 'higher_is_better': {metric: True}}
        written('runs/bad/robustness.json', json.dumps(content))(place)

    return plant


def joined(expected: bool) -> Check:
    """Whether measures joined the second record."""

    def holds(place: Place, output: Output) -> bool:
        from mtlbench.leaderboard import find_records

        found = {record.seed: record.metrics for record in find_records(place / 'runs').records}
        return ('semseg/q_fgsm_1' in found[7]) == expected

    return holds


def exported(name: str) -> Plant:
    """A package of the two records under another name."""

    def plant(place: Place) -> None:
        records()(place)
        assert place.run('benchmark', 'export', 'package.zip', '--work-dir', 'runs').status == 0
        (place / 'package.zip').rename(place.root / name)

    return plant


def visible(place: Place, output: Output) -> bool:
    """Whether the two records are seen in the work dir that they were imported into."""
    from mtlbench.leaderboard import find_records

    return len(find_records(place / 'theirs').records) == 2


def imported(name: str) -> Fault:
    """A line: a package of a strange name is imported where it is seen."""
    action = tool('benchmark', 'import', name, '--work-dir', 'theirs')
    return Fault(f'a package called {name!r:.40}', planted(exported(name), action), right(visible))


def drawn(make: Callable[[Place, Any], object]) -> Plant:
    """The folder of the first record as a run's, with its images."""

    def plant(place: Place) -> None:
        records()(place)
        record = json.loads((place / 'runs/good/result.json').read_text())
        folder = place / 'runs' / record['profile'] / record['recipe'] / CONFIG / 'seed42'
        folder.parent.mkdir(parents=True)
        (place / 'runs/good').rename(folder)
        (folder / 'images').mkdir()
        written('secret/secret.png', b'secret')(place)
        make(place, folder)

    return plant


def logged(content: bytes) -> Callable[[Place, Any], object]:
    """A log of a run that is none."""
    return lambda place, folder: written(f'{folder}/20260101_000000/vis_data/scalars.json', content)(place)


def kept_secret(place: Place, output: Output) -> bool:
    """Whether no file of another place came into the pages."""
    pages = place / 'pages'
    files = [path for path in pages.rglob('*') if path.is_file()]
    return (pages / 'index.html').is_file() and all(path.read_bytes() != b'secret' for path in files)


PAGES = ('html', '--out', 'pages')
FILES = [
    Fault(
        'measures of this checkpoint', planted(records(measures('semseg/q_fgsm_1', 1.2)), report()), right(joined(True))
    ),
    Fault(
        'measures of another checkpoint',
        planted(records(measures('semseg/q_fgsm_1', 0.5, checkpoint='ab')), report()),
        right(joined(False)),
    ),
    Fault(
        'measures of another seed',
        planted(records(measures('semseg/q_fgsm_1', 0.5, seed=8)), report()),
        right(joined(False)),
    ),
    Fault(
        'measures that tell neither',
        planted(records(measures('semseg/q_fgsm_1', 0.5, seed=None, checkpoint=None)), report()),
        right(joined(False)),
    ),
    imported('.p.zip'),
    imported('..zip'),
    imported(' .zip'),
    imported('a\nb.zip'),
    imported('x' * 240 + '.zip'),
    imported('=cmd|é\N{RIGHT-TO-LEFT OVERRIDE}.zip'),
    Fault(
        'an image that is a link',
        planted(
            drawn(lambda place, folder: (folder / 'images/0.png').symlink_to(place / 'secret/secret.png')),
            report(*PAGES),
        ),
        right(kept_secret),
    ),
    Fault(
        'a folder of images that is a link',
        planted(
            drawn(
                lambda place, folder: (
                    (folder / 'images').rmdir(),
                    (folder / 'images').symlink_to(place / 'secret'),
                )
            ),
            report(*PAGES),
        ),
        right(kept_secret),
    ),
    Fault(
        'a log of another encoding',
        planted(drawn(logged(b'\xff\xfe\x00')), report(*PAGES)),
        right(says('skipped', 'scalars.json')),
    ),
    Fault(
        'a log of huge numbers',
        planted(drawn(logged(b'{"loss": 1' + b'0' * 400 + b', "step": 1}\n' + DEEP.encode())), report(*PAGES)),
        right(kept_secret),
    ),
    Fault(
        'a method that is a formula',
        planted(records(value_is(method='=cmd()')), report('csv', CONFIG)),
        right(lambda place, output: "'=cmd()" in output.text and ',=cmd' not in output.text),
    ),
    Fault(
        'a method that steers the terminal',
        planted(records(value_is(method='\x1b[2J\x9b')), report('text', CONFIG)),
        right(
            lambda place, output: (
                '\x1b[2J' not in output.text and '\x9b' not in output.text and '\\x1b[2J' in output.text
            )
        ),
    ),
    Fault(
        'a method that is a column and a tag',
        planted(records(value_is(method='a|<script>')), report('markdown', CONFIG)),
        right(lambda place, output: 'a|' not in output.text and '<script>' not in output.text),
    ),
]
FAULTS = [*CHECKPOINTS, *RECORDS, *FILES]
