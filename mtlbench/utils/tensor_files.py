"""The only reader of weights and checkpoints: accepts tensors and plain data in local files, never objects.

Importing this module also replaces mmengine's checkpoint readers, which download and unpickle.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor

from mtlbench.errors import CheckpointError, MissingExtraError

_ADDRESS = re.compile(r'[\w.+:-]+?:/')
_ADVICE = 'Use a checkpoint written by mtlbench, or save its state_dict alone'
RUN = 'run'
"""Key of a checkpoint's ``meta``, and of the header of an exported file, with the run as JSON: the name of its config,
and the resolved config. mmengine's own ``meta['cfg']`` is Python text with sorted keys, which loses the order of the
tasks."""
COUNTS = ('seed', 'iter')
"""Keys of ``meta`` that are whole numbers; the header of an exported file has them as text."""
PROGRAMS = ('.onnx', '.pt2')
"""Suffixes of exported programs, which contain no weights by name."""
TEXTS = ('.json', '.py')
"""Suffixes of configs and records, which are easily given in place of a checkpoint."""


def read_checkpoint(path: str | Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read a checkpoint without running any code in it.

    Args:
        path: File (``.safetensors``, or written by ``torch.save``), or its ``file://`` address. An exported file with
            a header of its run gives a checkpoint with ``state_dict`` and ``meta``.
        map_location: See ``torch.load``.

    Raises:
        CheckpointError: If the file is missing, damaged, or contains anything but named tensors and plain data; for
            any other address, because nothing is downloaded.
    """
    found = read_tensors(path, map_location)
    if not isinstance(found, dict):
        raise CheckpointError(
            f'checkpoint {path} is rejected: it contains a {type(found).__name__}, not a dict. {_ADVICE}'
        )
    meta = found.get('meta')
    if isinstance(meta, dict):
        # When resuming, mmengine would execute this text as a Python config.
        meta.pop('config', None)
    return found


def read_tensors(path: str | Path, map_location: Any = 'cpu') -> Any:
    """Read a file of tensors and plain data with any structure; see :func:`read_checkpoint`."""
    file = local_file(path)
    try:
        if not file.is_file():
            raise CheckpointError(f'checkpoint {file.absolute()} does not exist; check the path')
        if file.suffix in PROGRAMS:
            raise CheckpointError(f'{file} is an exported program, not weights; use the .safetensors export of the run')
        if file.suffix in TEXTS:
            raise CheckpointError(f'{file} is not a checkpoint; pass a checkpoint, or the folder of a run')
        if file.suffix == '.safetensors':
            return _read_safetensors(file, map_location)
        if _is_compressed(file):
            raise CheckpointError(f'checkpoint {file} is rejected: its parts are compressed, which torch never does')
        return torch.load(file, map_location=map_location, weights_only=True)
    except (CheckpointError, MissingExtraError):
        raise
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f'checkpoint {file} is rejected: it is damaged, or contains objects that could run code. {_ADVICE}'
        ) from error
    except Exception as error:
        # A damaged or crafted file can raise any exception in torch's readers.
        raise CheckpointError(
            f'checkpoint {file} is damaged ({_first_line(error)}); use an older one of the run, or copy it again'
        ) from error


def local_file(address: str | Path) -> Path:
    """Return the file of a path or ``file://`` address.

    Raises:
        CheckpointError: For an address of another scheme, such as ``https://``, ``s3://`` or ``torchvision://``.
    """
    text = str(address)
    if not _ADDRESS.match(text) or Path(text).exists():
        return Path(text).expanduser()
    parts = urlsplit(text)
    if parts.scheme == 'file' and parts.netloc in ('', 'localhost'):
        return Path(unquote(parts.path))
    raise CheckpointError(
        f"'{text}' is an address, and nothing is downloaded; download the file yourself and give its path"
    )


def weights_of(checkpoint: Mapping[str, Any], source: str | Path) -> dict[str, Tensor]:
    """Return the state dict of a checkpoint: its ``state_dict``, or the whole checkpoint without such a key.

    Raises:
        CheckpointError: If it contains anything but named dense tensors.
    """
    return tensors_by_name(checkpoint.get('state_dict', checkpoint), source)


def tensors_by_name(state: Any, source: str | Path) -> dict[str, Tensor]:
    """Return a state dict as a dict.

    Raises:
        CheckpointError: If it contains anything but named dense tensors.
    """
    if not isinstance(state, Mapping):
        raise CheckpointError(
            f'{source} is rejected: its weights are a {type(state).__name__}, not named tensors. {_ADVICE}'
        )
    wrong = [name for name, value in state.items() if not isinstance(name, str) or not _is_dense(value)]
    if wrong:
        raise CheckpointError(f'{source} is rejected: {wrong[0]!r:.80} is not the name of a plain tensor. {_ADVICE}')
    return dict(state)


def _read_safetensors(file: Path, map_location: Any) -> dict[str, Any]:
    """Return named tensors, or a checkpoint if the header describes a run."""
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise MissingExtraError('safetensors', 'safetensors') from error
    with safe_open(file, 'pt', device=str(map_location)) as opened:
        header = opened.metadata() or {}
        weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dict
    if RUN not in header:
        return weights
    counts = {key: _whole_number(header.get(key)) for key in COUNTS}
    return {'state_dict': weights, 'meta': {**header, **counts}}


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _is_compressed(file: Path) -> bool:
    """Return true for a zip file with compressed entries, which could expand without limit."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist())


def _is_dense(value: Any) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and not value.is_quantized
        and not value.is_nested
        and value.device.type != 'meta'
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


CheckpointLoader._schemes.clear()
CheckpointLoader.register_scheme('', read_checkpoint)
