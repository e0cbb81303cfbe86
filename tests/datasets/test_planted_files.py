"""Every planted file is refused in one line, found by the check, or changes no value."""

from pathlib import Path

import numpy as np
import pytest
from copies import COPIES, faults_of, write_copy
from PIL import Image

from mtlbench.errors import DataError, MissingExtraError
from mtlbench.registry import DATASETS


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replace_by(content):
    return lambda path: path.write_bytes(content)


def put_folder(path):
    path.unlink()
    path.mkdir()


def put_link(path):
    path.unlink()
    path.symlink_to('nowhere')


def rename(path):
    path.rename(path.with_suffix('.tif'))


def as_mode(mode):
    def spoil(path):
        with Image.open(path) as image:
            changed = np.array(image) if image.mode.startswith('I') else None
            image = image.convert(mode) if changed is None else Image.fromarray((changed >> 8).astype(np.uint8), 'L')
        image.convert(mode).save(path, 'png')

    return spoil


def as_uint16(path):
    with Image.open(path) as image:
        Image.fromarray(np.array(image.convert('L')).astype(np.uint16) * 257).save(path, 'png')


def as_float(path):
    with Image.open(path) as image:
        Image.fromarray(np.array(image.convert('F'))).save(path, 'tiff')


def as_jpeg(path):
    with Image.open(path) as image:
        image.convert('L').save(path, 'jpeg', quality=50)


def constant(path):
    with Image.open(path) as image:
        Image.fromarray(np.full_like(np.array(image), 200)).save(path, 'png')


def resized(change):
    def spoil(path):
        if path.suffix == '.npy':
            np.save(path, change(np.load(path)))
        else:
            with Image.open(path) as image:
                pixels = np.array(image)
            Image.fromarray(np.ascontiguousarray(change(pixels))).save(path, 'png')

    return spoil


def turned(path):
    with Image.open(path) as image:
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(path, 'png', exif=exif)


def number(text):
    """Replaces the last number of a text file."""

    def spoil(path):
        before = path.read_text()
        last = before.split()[-1].strip('}')
        place = before.rindex(last)
        path.write_text(before[:place] + text + before[place + len(last) :])

    return spoil


ANY = {
    'truncated': truncate,
    'empty': replace_by(b''),
    'text': replace_by(b'<html>not found</html>\n'),
    'zeros': replace_by(bytes(4000)),
    'archive': replace_by(b'PK\x03\x04' + bytes(500)),
    'deleted': Path.unlink,
    'folder': put_folder,
    'link': put_link,
}
SIZES = {
    'one pixel': lambda pixels: pixels[:1, :1],
    'half': lambda pixels: pixels[::2, ::2],
    'cropped': lambda pixels: pixels[:, :-9],
    'transposed': lambda pixels: pixels.swapaxes(0, 1)[:, : len(pixels) - 2],
}
SIZED = {name: resized(change) for name, change in SIZES.items()}
IMAGES = {
    **ANY,
    **SIZED,
    'alpha': as_mode('RGBA'),
    'palette': as_mode('P'),
    'gray': as_mode('L'),
    'bits': as_mode('1'),
    '16 bits': as_uint16,
    'float': as_float,
    'jpeg': as_jpeg,
    'constant': constant,
    'turned': turned,
    'another suffix': rename,
}
ARRAYS = {
    **ANY,
    **SIZED,
    'objects': lambda path: np.save(path, np.array([{}, 'a'], object), allow_pickle=True),
    'words': lambda path: np.save(path, np.full((36, 60), 'a')),
    'four axes': lambda path: np.save(path, np.ones((2, 36, 60, 3))),
    'not numbers': lambda path: np.save(path, np.load(path) * np.nan),
    'bytes': lambda path: np.save(path, np.clip(np.nan_to_num(np.load(path)) * 100, 0, 255).astype(np.uint8)),
}
TEXTS = {**ANY, **{text: number(text) for text in ('nan', 'x')}}
KINDS = {'.npy': ARRAYS, '.json': TEXTS, '.txt': TEXTS, '.tsv': TEXTS}
PLAUSIBLE = {
    ('height', 'constant'),  # a roof of one height
    ('aachen', 'constant'),  # as the video of this copy is
}


def files_of(dataset):
    """One file of each kind: the first frame's, a neighbor's, and what the dataset needs beside them."""
    frame = dataset.frames[0]
    fields = [*dict.fromkeys(dataset.label_fields.values()), *(('intrinsics',) if dataset.needs_camera else ())]
    found = [dataset.root / frame, *(dataset.path_of(frame, field) for field in fields)]
    found += [path for offset in dataset.neighbor_offsets if (path := dataset.neighbor(frame, offset))][:1]
    found += [path for path in sorted(dataset.root.iterdir()) if path.suffix in ('.txt', '.tsv')]
    return dict.fromkeys(path for path in found if path.is_file())


def values_of(config):
    """Return the first frame, or None if it is refused."""
    try:
        dataset = DATASETS.build(dict(config))
        results = dataset.read(0)
    except DataError as error:
        assert '\n' not in str(error).strip(), error
        return None
    held = {name: value for name, value in results.items() if name not in ('kinds', 'corner_kinds')}
    return dataset.frames, held


def same(one, other):
    if one is None or other is None or one[0] != other[0]:
        return False
    return all(
        np.array_equal(np.asarray(value), np.asarray(other[1].get(name)), equal_nan=value.dtype.kind == 'f')
        if isinstance(value, np.ndarray)
        else str(value) == str(other[1].get(name))
        for name, value in one[1].items()
    )


@pytest.mark.parametrize('copy', COPIES)
def test_planted_files(copy, tmp_path):
    config = write_copy(copy, tmp_path)
    before, usual, accepted = values_of(config), faults_of(config), []
    for path in files_of(DATASETS.build(dict(config))):
        content = path.read_bytes()
        for label, spoil in KINDS.get(path.suffix, IMAGES).items():
            try:
                spoil(path)
            except MissingExtraError:
                continue
            changed, found = values_of(config), faults_of(config) - usual
            if not (found or same(before, changed) or (path.parent.name, label) in PLAUSIBLE):
                accepted.append(f'{path}: {label}')
            restore(path, content)
    assert not accepted
    assert same(before, values_of(config))
    assert faults_of(config) == usual


def restore(path, content):
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.with_suffix('.tif').unlink(missing_ok=True)
    path.write_bytes(content)
