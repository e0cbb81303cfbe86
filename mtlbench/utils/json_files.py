"""Strict JSON: input is validated and limited in size, and NaN is written as null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtlbench.errors import DataError

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64
# The range of 64 bits. Larger integers overflow when they are converted to floats.
MAX_INTEGER = 2**63 - 1
MAX_DIGITS = 20


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        DataError: If it is missing, unreadable, too large, or not strict JSON; the message names the file.
    """
    return parse_json(read_file(path), str(path))


def read_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file of limited size.

    Raises:
        DataError: If the file does not exist, cannot be read, or is larger than ``most``.
    """
    try:
        if not path.is_file():
            raise DataError(f'{path} is {"not a regular file" if path.exists() else "missing"}')
        if path.stat().st_size > most:
            raise DataError(f'{path} has {path.stat().st_size} bytes, expected at most {most}')
        return path.read_bytes()
    except OSError as error:
        raise DataError(f'{path} cannot be read ({error.strerror})') from error


def parse_json(data: bytes | str, name: str) -> Any:
    """Parse a strict JSON text.

    Args:
        data: Text, or its UTF-8 bytes.
        name: Name of the text in messages.

    Raises:
        DataError: If the text is not JSON; contains ``NaN``, infinity, an integer beyond 64 bits, a duplicate key
            or half a surrogate pair; or is nested too deeply.
    """
    try:
        text = data if isinstance(data, str) else data.decode('utf-8')
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_float,
        )
        if '\\u' in text:
            # An escape can denote half a surrogate pair, which cannot be printed.
            json.dumps(value, ensure_ascii=False).encode('utf-8')
    except RecursionError as error:
        raise DataError(f'{name} is nested too deeply') from error
    except ValueError as error:
        raise DataError(f'{name} is not strict JSON: {error}') from error
    if _depth(value) > MAX_DEPTH:
        raise DataError(f'{name} is nested too deeply')
    return value


def encode_json(value: Any, indent: int | None = None, ensure_ascii: bool = True) -> str:
    """Return strict JSON with a final line break; NaN and infinity become null."""
    return json.dumps(without_nan(value), indent=indent, ensure_ascii=ensure_ascii, allow_nan=False) + '\n'


def without_nan(value: Any) -> Any:
    """Return nested mappings and sequences with None in place of every non-finite float."""
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def with_nan(figures: Mapping[str, float | None]) -> dict[str, float]:
    """Return figures that were read, with NaN in the place of null; undoes :func:`without_nan`."""
    return {name: math.nan if value is None else value for name, value in figures.items()}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f'key {next(key for key in keys if keys.count(key) > 1)!r:.80} is duplicated')
    return found


def _refuse_constant(text: str) -> Any:
    raise ValueError(f'{text} is not a number')


def _integer(text: str) -> float:
    value = int(text) if len(text) <= MAX_DIGITS else math.inf
    if abs(value) > MAX_INTEGER:
        raise ValueError(f'the number {text:.20}... is too large')
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f'the number {text:.40} is too large')
    return value


def _depth(value: Any) -> int:
    """Return the nesting depth of containers without recursion; counting stops beyond the limit."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        children = (
            node.values() if isinstance(node, dict) else node for node in level if isinstance(node, (dict, list))
        )
        level = [child for group in children for child in group]
        depth += 1
    return depth
