"""What a user types, where he wants it written, and the images he has."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable

import numpy as np
from campaign import (
    LOST,
    UNCLEAR,
    Action,
    Fault,
    Outcome,
    Plant,
    Unmet,
    planted,
    refused,
    right,
    says,
    signalled,
    tool,
    train,
    written,
)
from PIL import Image
from place import TINY, Output, Place, train_arguments

CHECKPOINT = 'finished/iter_6.pth'
GIVEN = ('mtl/sd_vkitti2', CHECKPOINT)
SETTINGS = ('--profile', 'tiny.py', '--data-root', 'vkitti2')
SOME = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)


def encoded(image: Image.Image, kind: str = 'jpeg', **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(SOME), exif=exif)


JPEG, PNG = encoded(Image.fromarray(SOME)), encoded(Image.fromarray(SOME), 'png')
NOISE = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)))
FRAMES = {
    'turned.jpg': turned(6),
    'deep.png': encoded(Image.fromarray((np.arange(1200).reshape(30, 40) * 50).astype(np.uint16)), 'png'),
    'float.tif': encoded(Image.fromarray(np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40)), 'tiff'),
    'bit.png': encoded(Image.fromarray(SOME[..., 0] > 99), 'png'),
    'ink.jpg': encoded(Image.fromarray(SOME).convert('CMYK')),
    'clear.webp': encoded(Image.new('RGBA', (40, 30), (9, 9, 9, 0)), 'webp'),
    'moves.gif': encoded(Image.new('P', (9, 9), 3), 'gif', save_all=True, append_images=[Image.new('P', (9, 9), 7)]),
    'point.png': encoded(Image.new('RGB', (1, 1)), 'png'),
    'strip.png': encoded(Image.new('L', (2000, 3)), 'png'),
    'tower.png': encoded(Image.new('LA', (20, 400)), 'png'),
    'wrongly.bmp': JPEG,
}


def photos(**files: bytes) -> tuple[Plant, ...]:
    """Files in the folder ``photos``; a double underscore stands for the dot."""
    return tuple(written(f'photos/{name.replace("__", ".")}', content) for name, content in files.items())


def predict(*arguments: str) -> Action:
    return tool('predict', CHECKPOINT, *arguments)


def panels(*names: str) -> Callable[[Place, Output], bool]:
    """Whether these are the panels, and nothing else is new or changed."""

    def holds(place: Place, output: Output) -> bool:
        after = place.digests()
        new = {path for path in after if path not in output.before}
        kept = all(after.get(path) == digest for path, digest in output.before.items())
        ledger = {'panels/predictions.jsonl'} if names else set()
        return kept and new == ledger | {f'panels/panels/{name}' for name in names}

    return holds


def partly(unread: str, *names: str) -> Outcome:
    """Some images cannot be read: all others are predicted, and the end says how many are not."""

    def outcome(place: Place, output: Output) -> None:
        if not panels(*names)(place, output):
            raise Unmet(LOST, f'not these panels: {", ".join(names)}')
        if output.status != 1 or 'Traceback' in output.text or output.last_line != f'error: {unread} could not be read':
            raise Unmet(UNCLEAR, f'not one line at the end that says {unread}')

    return outcome


def interrupted(status: int, line: str) -> Outcome:
    """It ends at once, with one line."""

    def outcome(place: Place, output: Output) -> None:
        if output.status != status or output.last_line != line or 'Traceback' in output.text:
            raise Unmet(UNCLEAR, f'not exit status {status} and the line: {line}')
        left = [path for path in place.digests() if path.endswith(('.tmp', '.part', '.partial'))]
        if left:
            raise Unmet(LOST, f'left half-written: {", ".join(left)}')

    return outcome


def benchmark(*arguments: str) -> Action:
    return tool('benchmark', *arguments, '--work-dir', 'runs')


WORK = written('runs/notes.txt', '')
RENDER = ('vkitti2', '--out', 'world', '--frames', '60', '--size', '48x16', '--jobs', '1')
TRAIN = (*train_arguments('run'), '--cfg-options', 'train_cfg.max_iters=400')
STARTED = 'runs/long/paper/mtl/sd_vkitti2/seed1/iter_2.pth'
SUITE = ('benchmark', 'run', 'mtl/sd_vkitti2', '--seeds', '1', '--no-trivial', '--profile', 'long.py')
SUITE = (*SUITE, '--data-root', 'vkitti2', '--work-dir', 'runs')

FAULTS = [
    # --- one's own images
    Fault(
        'panels into the folder of the images',
        planted(*photos(a__png=PNG), predict('photos', '--out', 'photos')),
        refused('photos', 'overwritten'),
    ),
    Fault(
        'the same folder by another path',
        planted(*photos(a__png=PNG), predict('photos', '--out', 'photos/../photos')),
        refused('overwritten'),
    ),
    Fault(
        'the image itself as the folder',
        planted(*photos(a__png=PNG), predict('photos/a.png', '--out', 'photos/a.png')),
        refused('a.png'),
    ),
    Fault(
        'x.jpg beside x.png',
        planted(*photos(x__jpg=JPEG, x__png=PNG), predict('photos', '--out', 'panels')),
        right(panels('x.jpg.png', 'x.png.png')),
    ),
    Fault(
        'a file of that name is there',
        planted(*photos(x__jpg=JPEG), written('panels/panels/x.png', PNG), predict('photos', '--out', 'panels')),
        right(panels('x.jpg.png')),
    ),
    Fault(
        'one cut short among three',
        planted(*photos(a__jpg=JPEG, b__jpg=NOISE[:5000], c__png=PNG), predict('photos', '--out', 'panels')),
        partly('1 of 3 images', 'a.png', 'c.png'),
    ),
    Fault(
        'a text named .jpg',
        planted(*photos(a__jpg=b'hello'), predict('photos/a.jpg', '--out', 'panels')),
        partly('1 of 1 images'),
    ),
    Fault(
        'hidden files and folders',
        planted(
            *photos(a__jpg=JPEG, **{'.___b__jpg': b''}),
            written('photos/c.jpg/d', ''),
            predict('photos', '--out', 'panels'),
        ),
        right(panels('a.png')),
    ),
    Fault(
        'images of every kind',
        planted(
            *(written(f'photos/{name}', data) for name, data in FRAMES.items()), predict('photos', '--out', 'panels')
        ),
        right(panels(*(f'{name.partition(".")[0]}.png' for name in FRAMES))),
    ),
    Fault('no such image', predict('nowhere.jpg'), refused('nowhere.jpg', 'no image')),
    Fault('a folder without images', planted(written('photos/notes.txt', ''), predict('photos')), refused('no images')),
    Fault(
        'a file where the folder should be',
        planted(*photos(a__png=PNG), written('panels', ''), predict('photos', '--out', 'panels')),
        refused('panels'),
    ),
    # --- where other tools write
    Fault(
        'metrics into the checkpoint',
        tool('test', *GIVEN, *SETTINGS, '--out', CHECKPOINT),
        refused('iter_6.pth', 'overwritten'),
    ),
    Fault(
        'metrics into the record',
        tool('test', *GIVEN, *SETTINGS, '--out', 'finished/result.json'),
        refused('result.json', 'something else than metrics'),
    ),
    Fault(
        'metrics into a photograph',
        planted(*photos(a__png=PNG), tool('test', *GIVEN, *SETTINGS, '--out', 'photos/a.png')),
        refused('a.png', 'something else than metrics'),
    ),
    Fault(
        'metrics into a missing folder',
        tool('test', *GIVEN, *SETTINGS, '--out', 'new/folder/metrics.json'),
        right(lambda place, output: (place.root / 'new/folder/metrics.json').stat().st_size > 99),
    ),
    Fault(
        'metrics where no folder can be',
        planted(written('file', ''), tool('test', *GIVEN, *SETTINGS, '--out', 'file/m.json')),
        refused('file', leaves=('*/test/*',)),
    ),
    Fault(
        'panels of a test among photographs',
        planted(*photos(a__png=PNG), tool('test', *GIVEN, *SETTINGS, '--draw', 'photos')),
        refused('photos', 'a.png'),
    ),
    Fault(
        'a checkpoint converted into itself',
        tool('convert_checkpoint', 'densemtl', CHECKPOINT, CHECKPOINT),
        refused('overwritten'),
    ),
    Fault(
        'converted into another checkpoint',
        tool('convert_checkpoint', 'densemtl', 'finished/iter_4.pth', CHECKPOINT),
        refused('iter_6.pth', 'exists already'),
    ),
    Fault(
        'robustness where no folder can be',
        planted(written('file', ''), tool('test_robustness', *GIVEN, *SETTINGS, '--out', 'file')),
        refused('file', 'cannot write'),
    ),
    Fault('a run where a file is', planted(written('run', ''), train('mtl/sd_vkitti2')), refused('run')),
    Fault(
        'a world into a folder of photographs',
        planted(*photos(a__png=PNG), tool('render_world', 'vkitti2', '--out', 'photos')),
        refused('photos', 'a.png'),
    ),
    # --- words that mean nothing
    Fault(
        'a perturbation that does not exist',
        tool('test_robustness', *GIVEN, *SETTINGS, '--perturbations', 'rain'),
        refused('rain', 'expected one of'),
    ),
    Fault('a strength below zero', tool('test_robustness', *GIVEN, *SETTINGS, '--epsilons', '-1'), refused('-1')),
    Fault('a number of images below zero', tool('test_robustness', *GIVEN, '--images', '-1'), refused('-1', status=2)),
    Fault(
        'an unknown format of checkpoints',
        tool('convert_checkpoint', 'lightning', 'a.pth', 'b.pth'),
        refused('densemtl', status=2),
    ),
    Fault('an unknown registry', tool('list_modules', '--registry', 'encodr'), refused('encoder')),
    Fault('an option that does not exist', tool('test', *GIVEN, '--proflie', 'mini'), refused('--profile', status=2)),
    Fault(
        'a config option without a value',
        train('mtl/sd_vkitti2', 'train_cfg.max_iters'),
        refused('KEY=VALUE', status=2),
    ),
    Fault(
        'a world of seed -1', tool('render_world', 'vkitti2', '--out', 'world', '--seed', '-1'), refused('-1', status=2)
    ),
    Fault('an unknown suite', planted(WORK, benchmark('report', 'xtam_t1_vkiti2_sd')), refused('xtam_t1_vkitti2_sd')),
    Fault(
        'a config that is not there',
        planted(WORK, benchmark('report', 'xtam_t1_vkitti2_sd', 'own/x.py')),
        refused('own/x.py', 'no config'),
    ),
    Fault(
        'a config without runs',
        planted(WORK, written('own/x.py', ''), benchmark('report', 'own/x.py')),
        refused('no finished runs', 'run own/x.py'),
    ),
    Fault(
        'its row in a table',
        planted(WORK, written('own/x.py', ''), benchmark('report', 'xtam_t1_vkitti2_sd', 'own/x.py')),
        right(says('no run (own/x)')),
    ),
    Fault('a work dir that is not there', benchmark('report'), refused('runs', 'no such folder')),
    Fault('nothing to export', planted(WORK, benchmark('export', 'out.zip')), refused('no finished runs')),
    Fault(
        'a package that is none',
        planted(WORK, written('a.zip', 'hello'), benchmark('import', 'a.zip')),
        refused('a.zip'),
    ),
    Fault('a package that is not there', planted(WORK, benchmark('import', 'a.zip')), refused('a.zip')),
    *[
        Fault(f'benchmark {" ".join(words)}', benchmark('run', 'mtl/sd_vkitti2', *words), refused(words[0], status=2))
        for words in (('--seeds', '0'), ('--seed', '-1'), ('--seed', '1', '1'), ('--jobs', '0'), ('--gpus', ','))
    ],
    # --- interruptions
    Fault(
        'Ctrl-C in a training',
        signalled(signal.SIGINT, 'run/iter_4.pth', 'train', *TRAIN),
        interrupted(130, 'interrupted; add --resume to continue from the newest checkpoint'),
    ),
    Fault(
        'SIGTERM in a training',
        signalled(signal.SIGTERM, 'run/iter_4.pth', 'train', *TRAIN),
        interrupted(143, 'terminated; add --resume to continue from the newest checkpoint'),
    ),
    *[
        Fault(
            f'signal {number} in a benchmark',
            planted(
                written('long.py', TINY.replace('max_iters=6', 'max_iters=400')), signalled(number, STARTED, *SUITE)
            ),
            interrupted(128 + number, f'{word}; run the same command to continue'),
        )
        for number, word in ((signal.SIGINT, 'interrupted'), (signal.SIGTERM, 'terminated'))
    ],
    Fault(
        'Ctrl-C in a rendering',
        signalled(signal.SIGINT, 'world/RENDERED.started.json', 'render_world', *RENDER),
        interrupted(130, 'interrupted; run the same command to continue'),
    ),
]
