"""The one way in which weights and checkpoints come from disk: tensors and plain data, never objects or addresses.

Importing this also makes it mmengine's only reader of checkpoints, in place of those that download and unpickle.
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


def read_checkpoint(path: str | Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read a checkpoint without running any code in it.

    Args:
        path: A file (``.safetensors`` or what ``torch.save`` writes), or its ``file://`` address.
        map_location: See ``torch.load``.

    Raises:
        CheckpointError: When the file is missing, damaged, or holds more than tensors and plain data by name; for any
            other address, because nothing is ever downloaded.
    """
    found = read_tensors(path, map_location)
    if not isinstance(found, dict):
        raise CheckpointError(f'checkpoint {path} is refused: it holds a {type(found).__name__}, not a dict. {_ADVICE}')
    meta = found.get('meta')
    if isinstance(meta, dict):
        # On resuming, mmengine would run this text as a Python config.
        meta.pop('config', None)
    return found


def read_tensors(path: str | Path, map_location: Any = 'cpu') -> Any:
    """Read a file of tensors and plain data, whatever its shape; see :func:`read_checkpoint`."""
    file = local_file(path)
    try:
        if not file.is_file():
            raise CheckpointError(f'there is no checkpoint {file.absolute()}')
        if file.suffix == '.safetensors':
            return _read_safetensors(file, map_location)
        if _is_compressed(file):
            raise CheckpointError(f'checkpoint {file} is refused: its parts are compressed, which torch never does')
        return torch.load(file, map_location=map_location, weights_only=True)
    except (CheckpointError, MissingExtraError):
        raise
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f'checkpoint {file} is refused: it is damaged, or holds objects that could run code when loaded. {_ADVICE}'
        ) from error
    except Exception as error:
        # The bytes of a damaged or made-up file can raise anything in torch's readers.
        raise CheckpointError(
            f'checkpoint {file} is damaged ({_first_line(error)}); use an older one of that run, or fetch it again'
        ) from error


def local_file(address: str | Path) -> Path:
    """Return the file that a path or a ``file://`` address means.

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
        f"'{text}' is an address: nothing is downloaded, and nothing is read from there; "
        'download the file yourself and give its path'
    )


def weights_of(checkpoint: Mapping[str, Any], source: str | Path) -> dict[str, Tensor]:
    """Return the state dict of a checkpoint: its ``state_dict``, or itself where it has no such key.

    Raises:
        CheckpointError: When that is anything but dense tensors by name.
    """
    return tensors_by_name(checkpoint.get('state_dict', checkpoint), source)


def tensors_by_name(state: Any, source: str | Path) -> dict[str, Tensor]:
    """Return a state dict as a dict.

    Raises:
        CheckpointError: When it is anything but dense tensors by name.
    """
    if not isinstance(state, Mapping):
        raise CheckpointError(f'{source} is refused: its weights are a {type(state).__name__}, not tensors by name')
    wrong = [name for name, value in state.items() if not isinstance(name, str) or not _is_dense(value)]
    if wrong:
        raise CheckpointError(f'{source} is refused: {wrong[0]!r:.80} is no name of a plain tensor. {_ADVICE}')
    return dict(state)


def _read_safetensors(file: Path, map_location: Any) -> dict[str, Tensor]:
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingExtraError('safetensors', 'timm') from error
    return load_file(file, device=str(map_location))


def _is_compressed(file: Path) -> bool:
    """Whether a zip file would grow when it is unpacked, without end if it was made for that."""
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
