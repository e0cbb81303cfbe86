"""Common base of the Potsdam and Vaihingen readers: patches of aerial images with classes and heights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.isprs import CLASS_SETS, CLASSES
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_ids, read_rgb
from mtlbench.datasets.isprs_tree import TileTree
from mtlbench.datasets.listing import without_image
from mtlbench.datasets.paths import existing
from mtlbench.datasets.text_files import read_json
from mtlbench.errors import DataError
from mtlbench.structures import IGNORE_INDEX
from mtlbench.utils.choices import require_known

PATCHES = 'patches_512'
PATCH = r'(\w+_\d+_\d+_\d+_\d+)'
CONVERTED = 'CONVERTED.json'
KINDS = {'semseg': 'label', 'height': 'height'}
DECIMETER = 0.1
RESOLUTION = 0.09
"""Width of a pixel of the patches on the ground, in meters."""


class ISPRSDataset(MultiTaskDataset):
    """Patches ``patches_512/img/<tile>_<left>_<top>_<right>_<bottom>.png``, cut by ``mtlbench prepare``.

    Images are infrared, red, green. There is no camera: the intrinsics are those of an orthographic camera, from meters
    on the ground to pixels. To read labels without object borders, set
    ``folders=dict(label='patches_512/label_noBoundary')``.

    Args:
        height_scale: Meters per gray value of the height files.
        kwargs: See :class:`MultiTaskDataset`.
    """

    tree: ClassVar[TileTree]
    label_fields = {'semseg': 'semseg', 'height': 'height'}
    class_sets = tuple(CLASS_SETS)
    default_folders = {kind: f'{PATCHES}/{kind}' for kind in ('img', 'label', 'height')}
    image_folder = 'img'
    one_size = False
    may_be_blank = True

    def __init__(self, *args: Any, height_scale: float = DECIMETER, **kwargs: Any) -> None:
        self.height_scale = height_scale
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's patches."""
        folder = self.folder('img').resolve()
        return f'{folder}/<tile>_*.png of the {self.split} tiles; cut the tiles into patches: {self._convert}'

    def list_frames(self) -> list[str]:
        """Return the sorted paths of the split's patches."""
        require_known(f'{type(self).__name__}: split', self.split, self.tree.tiles)
        images = self.find_images(self.folder('img'), PATCH)
        self.patches = {path.stem for path in images}
        found = (str(path.relative_to(self.root)) for path in images)
        return sorted(frame for frame in found if self.official_split(frame) == self.split)

    def official_split(self, frame: str) -> str | None:
        """Return the split of the patch's tile; the official test tiles are called ``val``."""
        return self.tree.split(_tile(Path(frame).stem))

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3): infrared, red, green."""
        path = self.root / frame
        image = read_rgb(path)
        left, top, right, bottom = (int(number) for number in path.stem.split('_')[-4:])
        if image.shape[:2] != (bottom - top, right - left):
            raise DataError(
                f'{path} has {image.shape[1]} x {image.shape[0]} pixels, but its name says {right - left} x '
                f'{bottom - top}; cut the tiles again: {self._convert}'
            )
        return image

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W). Files hold those of ``isprs_6``, whose first classes form ``isprs_5``."""
        path = self._file(frame, 'semseg')
        ids = read_ids(path)
        strange = set(np.unique(ids).tolist()) - {*range(len(CLASSES)), IGNORE_INDEX}
        if strange:
            raise DataError(
                f'{path} holds the id {min(strange)}; expected 0 .. {len(CLASSES) - 1} and {IGNORE_INDEX}; '
                f'cut the tiles again: {self._convert}'
            )
        return np.where(ids < len(self.metainfo['classes']), ids, np.uint8(IGNORE_INDEX))

    def read_height(self, frame: str) -> NDArray[np.float32]:
        """Return the height above ground (H, W) in meters; every pixel is valid."""
        return read_ids(self._file(frame, 'height')).astype(np.float32) * np.float32(self.height_scale)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the matrix (3, 3) from meters on the ground to pixels."""
        return np.diag((1 / RESOLUTION, 1 / RESOLUTION, 1.0))

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        return self.folder(KINDS.get(field, 'img')) / f'{Path(frame).stem}.png'

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if no stored pixel has a class.

        The class set is ignored: without clutter, a patch of a lake may lack valid pixels.
        """
        if (read_ids(self._file(frame, 'semseg')) == IGNORE_INDEX).all():
            yield Doubt('no pixel has a class; cut the tiles again')

    def missing_parts(self) -> Iterator[str]:
        """Yield messages about tiles that are not, or only partly, cut."""
        folder = self.folder('img').parent
        if (folder / 'CONVERTED.started.json').is_file():
            yield f'{folder}: not all tiles are cut; resume: {self._convert}'
        tiles, cut = self.tree.tiles[self.split], {_tile(patch) for patch in self.patches}
        missing = [tile for tile in tiles if tile not in cut]
        if missing and not self.rendered:
            there = f"{len(tiles) - len(missing)} of {len(tiles)} tiles of '{self.split}' are present"
            yield f'{folder}: {there}; {missing[0]} is missing: {self._convert}'
        note = folder / CONVERTED
        expected = _patches(note) if note.is_file() else None
        if expected is not None and len(self.patches) != expected:
            there = f'{len(self.patches)} of {expected} patches are present'
            yield f'{folder}: {there}; cut the tiles again: {self._convert}'
        alone = (without_image(self.folder(kind), self.patches) for kind in KINDS.values())
        yield from (message for message in alone if message)

    @property
    def _convert(self) -> str:
        return f'mtlbench prepare {self.name} --src <folder of the delivered tiles> --out {self.root}'

    def _file(self, frame: str, field: str) -> Path:
        expected = self.path_of(frame, field)
        path = existing(expected.with_suffix(''), ('.png',))
        if path is None:
            raise DataError(f'{expected} is missing; cut the tiles of this kind into patches: {self._convert}')
        return path


def _tile(patch: str) -> str:
    """Return the tile of a patch, taken from its name."""
    return patch.rsplit('_', 4)[0]


def _patches(note: Path) -> int:
    try:
        return int(read_json(note)['patches'])
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{note}: expected JSON with the number of patches; cut the tiles again') from error
