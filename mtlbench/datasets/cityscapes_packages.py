"""Cityscapes in its original files, and in the arrays of MTAN."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import class_set
from mtlbench.class_sets.cityscapes import LABEL_SETS
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_rgb, read_uint16
from mtlbench.datasets.label_ids import cityscapes_doubts, read_cityscapes_ids
from mtlbench.datasets.mtan_package import MTANPackage
from mtlbench.datasets.package import Package
from mtlbench.datasets.paths import existing
from mtlbench.datasets.text_files import read_json
from mtlbench.errors import DataError

CITIES = {
    'train': 'aachen bochum bremen cologne darmstadt dusseldorf erfurt hamburg hanover jena krefeld monchengladbach '
    'strasbourg stuttgart tubingen ulm weimar zurich',
    'val': 'frankfurt lindau munster',
    'test': 'berlin bielefeld bonn leverkusen mainz munich',
    'train_extra': 'augsburg bad-honnef bamberg bayreuth dortmund dresden duisburg erlangen freiburg heidelberg '
    'heilbronn karlsruhe konigswinter konstanz mannheim muhlheim-ruhr nuremberg oberhausen saarbrucken schweinfurt '
    'troisdorf wuppertal wurzburg',
}
SPLIT_OF_CITY = {city: split for split, cities in CITIES.items() for city in cities.split()}
IMAGE_NAME = r'({city}_\d+_\d+)_leftImg8bit'
FILES = {
    'semseg': ('gtFine', 'gtFine_labelIds.png'),
    'depth': ('disparity', 'disparity.png'),
    'intrinsics': ('camera', 'camera.json'),
}
"""Folder key and file name ending of each field."""
USUAL_RIG = 473.575
"""Baseline times focal length of most cameras in meters times pixels, 0.209313 m * 2262.52 px."""
MTAN_CLASSES = {'cityscapes_7': ('label_7', 'label'), 'cityscapes_19': ('label_19',)}
"""Folders of the labels of each class set; the first that exists is read."""
LARGEST = np.iinfo(np.uint16).max
STREET, SKY = 0, 'sky'
"""Id of the street, and name of the sky, in every class set of MTAN."""


class Camera(NamedTuple):
    """Camera file: the baseline in meters, the rest in pixels at full resolution."""

    baseline: float
    fx: float
    fy: float
    u0: float
    v0: float


class StreetPackage(Package):
    """Package with disparity, from which the dataset computes depth."""

    @abstractmethod
    def read_disparity(self, frame: str) -> NDArray[np.uint16]:
        """Return the disparity (H, W) as the original files store it."""

    @abstractmethod
    def rig(self, frame: str) -> float:
        """Return the product of baseline and focal length, in meters times pixels."""


class OriginalFiles(StreetPackage):
    """Cityscapes in its original files: ``<modality>/<split>/<city>/<city>_<sequence>_<frame>_<suffix>``."""

    title = 'the original archives'
    tasks = ('semseg', 'depth', 'normals')
    render_command = 'mtlbench render cityscapes --out {root}'
    class_sets = tuple(LABEL_SETS)
    size_rule = None

    @property
    def sign(self) -> Path:
        """Path whose existence reveals the package."""
        return self.folder('leftImg8bit')

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return f'{(self.folder("leftImg8bit") / self.split).resolve()}/<city>/<city>_*_leftImg8bit.png (or .jpg)'

    def list_frames(self) -> list[str]:
        """Return the sorted paths of the split's images."""
        folder = self.folder('leftImg8bit') / self.split
        names = {city: IMAGE_NAME.format(city=re.escape(city.name)) for city in sorted(folder.glob('*'))}
        found = [path for city, name in names.items() for path in self.find_images(city, name)]
        return sorted(str(path.relative_to(self.root)) for path in found)

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return read_cityscapes_ids(self.path_of(frame, 'semseg'), self.class_set)

    def read_disparity(self, frame: str) -> NDArray[np.uint16]:
        """Return the stored disparity (H, W)."""
        return read_uint16(self.path_of(frame, 'depth'))

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) at full resolution, from the frame's camera file."""
        camera = self._camera(frame)
        return np.array([[camera.fx, 0, camera.u0], [0, camera.fy, camera.v0], [0, 0, 1]])

    def rig(self, frame: str) -> float:
        """Return the product of baseline and focal length, in meters times pixels."""
        camera = self._camera(frame)
        return camera.baseline * camera.fx

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in FILES:
            return super().path_of(frame, field)
        modality, suffix = FILES[field]
        path = self.folder(modality) / self.split / Path(frame).parent.name / f'{stem_of(frame)}_{suffix}'
        return _nearest_camera(path) if field == 'intrinsics' else path

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds training ids instead of label ids."""
        return cityscapes_doubts(self.path_of(frame, 'semseg'))

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same snippet, or None."""
        city, sequence, number = stem_of(frame).split('_')
        name = f'{city}_{sequence}_{int(number) + offset:06d}_leftImg8bit'
        return existing(self.folder('leftImg8bit_sequence') / self.split / city / name, self.image_suffixes)

    def official_split(self, frame: str) -> str | None:
        """Return the split of the frame's city."""
        return SPLIT_OF_CITY.get(stem_of(frame).split('_')[0])

    def _camera(self, frame: str) -> Camera:
        path = self.path_of(frame, 'intrinsics')
        if not path.is_file():
            raise DataError(f'{path} is missing; unpack the archive camera_trainvaltest')
        try:
            stored = read_json(path)
            intrinsics = (float(stored['intrinsic'][key]) for key in ('fx', 'fy', 'u0', 'v0'))
            camera = Camera(float(stored['extrinsic']['baseline']), *intrinsics)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise DataError(f'{path}: expected JSON with extrinsic.baseline and intrinsic.fx, fy, u0, v0') from error
        if not (0 < camera.baseline < np.inf and 0 < camera.fx < np.inf):
            raise DataError(
                f'{path} has a baseline of {camera.baseline:g} m and fx of {camera.fx:g}; expected positive '
                'numbers, as in the original file'
            )
        return camera


class MTANStreets(MTANPackage, StreetPackage):
    """Cityscapes in the arrays of MTAN: inverse depth and 7 or 19 classes, in images of 128 x 256.

    Files: ``<split>/image/<number>.npy`` (H, W, 3), ``label_7`` or ``label_19`` (H, W), and ``depth`` (H, W, 1), the
    stored 16-bit disparity divided by 65535. There are no cameras.
    """

    title = "MTAN's package"
    tasks = ('semseg', 'depth')
    render_command = 'mtlbench render cityscapes_mtan --out {root}'
    class_sets = tuple(MTAN_CLASSES)
    kinds = {'depth': 'depth'}

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field != 'semseg':
            return super().path_of(frame, field)
        image = self.root / frame
        folders = [image.parents[1] / name for name in MTAN_CLASSES[self.class_set]]
        return next((folder for folder in folders if folder.is_dir()), folders[0]) / image.name

    def read_disparity(self, frame: str) -> NDArray[np.uint16]:
        """Return the disparity (H, W) as the original files store it."""
        inverse, path = self.read_plane(frame, 'depth'), self.path_of(frame, 'depth')
        if not (inverse.min() >= 0 and inverse.max() <= 1):
            raise DataError(
                f'{path} holds inverse depths of {inverse.min():g} .. {inverse.max():g}, expected 0 .. 1; use the '
                'original file'
            )
        return np.rint(inverse * np.float64(LARGEST)).astype(np.uint16)

    def has_camera(self, frame: str) -> bool:
        """Return False."""
        return False

    def rig(self, frame: str) -> float:
        """Return the product of baseline and focal length of most cameras, in meters times pixels."""
        return USUAL_RIG

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the sky is below the street."""
        labels, sky = self.read_semseg(frame), class_set(self.class_set).classes.index(SKY)
        street_rows, sky_rows = (np.nonzero(labels == number)[0] for number in (STREET, sky))
        if street_rows.size and sky_rows.size and street_rows.mean() < sky_rows.mean():
            yield Doubt('the sky is below the street; are the classes in another order?', shared=True)


def stem_of(frame: str) -> str:
    """Return ``<city>_<sequence>_<frame>``."""
    return Path(frame).stem.removesuffix('_leftImg8bit')


def _nearest_camera(path: Path) -> Path:
    """Return the camera file of the frame or, for a video frame, of the nearest labeled frame of its sequence."""
    if path.is_file():
        return path
    city, sequence, number, _ = path.name.split('_')
    known = _camera_numbers(path.parent, f'{city}_{sequence}')
    nearest = min(known, key=lambda other: abs(other - int(number)), default=int(number))
    return path.with_name(f'{city}_{sequence}_{nearest:06d}_camera.json')


@lru_cache(maxsize=4096)
def _camera_numbers(folder: Path, sequence: str) -> tuple[int, ...]:
    numbers = (path.name.split('_')[2] for path in sorted(folder.glob(f'{sequence}_*_camera.json')))
    return tuple(int(number) for number in numbers if number.isdecimal())
