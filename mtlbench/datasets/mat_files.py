"""Readers of MATLAB files: arrays in HDF5 files of version 7.3, and variables of earlier versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from mtlbench.datasets.files import DECODER_ERRORS
from mtlbench.datasets.paths import one_line
from mtlbench.errors import DataError, MissingExtraError


def read_variable(path: Path, name: str) -> NDArray:
    """Return a numeric variable of a MATLAB file of version 5 to 7, flattened.

    Raises:
        DataError: If the file cannot be read or has no such variable.
    """
    try:
        values = np.asarray(loadmat(path, variable_names=[name])[name]).ravel()
    except KeyError as error:
        raise DataError(f"{path} has no variable '{name}'; use the original file") from error
    except (MatReadError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be read as a MATLAB file ({one_line(error)}); fetch it again') from error
    if values.dtype.kind not in 'iuf' or not values.size:
        raise DataError(f"{path}: the variable '{name}' does not hold numbers; use the original file")
    return values


def array_shape(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array of an HDF5 file, whose axes are MATLAB's in reverse order.

    Raises:
        DataError: If the file cannot be read or has no such array.
        MissingExtraError: If h5py is not installed.
    """
    with _opened(path, name) as array:
        return tuple(array.shape)


def read_slice(path: Path, name: str, index: int, tail: Sequence[int | None]) -> NDArray:
    """Return one element of the first axis of an array of an HDF5 file, without reading the others.

    The file is opened for each call, so that processes do not share a handle.

    Args:
        path: Path of the file.
        name: Name of the array.
        index: Position in the first axis, from 0.
        tail: Expected lengths of the other axes; None accepts any.

    Raises:
        DataError: If the file cannot be read, or the array is missing, too short, or of another shape.
        MissingExtraError: If h5py is not installed.
    """
    with _opened(path, name) as array:
        fits = array.ndim == len(tail) + 1 and index < array.shape[0]
        if not fits or any(want not in (None, have) for want, have in zip(tail, array.shape[1:], strict=True)):
            raise DataError(
                f"{path}: the array '{name}' has the shape {array.shape}, expected ({index + 1} or more, "
                f'{", ".join("any" if want is None else str(want) for want in tail)}); use the original file'
            )
        return array[index]


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError('h5py', 'mat') from error
    try:
        with h5py.File(path, 'r') as file:
            if not isinstance(file.get(name), h5py.Dataset):
                raise DataError(f"{path} has no array '{name}'; use the original file")
            yield file[name]
    except DataError:
        raise
    except (RuntimeError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be read ({one_line(error)}); fetch it again') from error
