"""Packages of records, for export and import.

A package is a zip file. Each record is an entry ``records/<SHA-256 of its text>.json``, and ``package.json`` lists all
entries, so later changes, additions and removals are detected. This finds damage and careless edits. It is not a
signature and does not prove who made the runs.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from mtlbench.errors import ConfigError, DataError
from mtlbench.records.consistency import check_consistency
from mtlbench.records.paths import IMPORT_FILE, IMPORTS, RESULT_FILE
from mtlbench.records.record import ResultRecord, find_records
from mtlbench.utils.json_files import MAX_BYTES, encode_json, parse_json, read_file
from mtlbench.utils.output import clear_half_written, hidden_folder, write_whole

FORMAT = {'format': 'mtlbench records', 'version': 1}
INDEX = 'package.json'
MAX_ENTRIES, MAX_PACKAGE_BYTES = 100_000, 2**30
_ENTRY = re.compile(r'records/([0-9a-f]{64})\.json')
# Fixed time, so that the same records give the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _RefusedError(Exception):
    """Raised for an intact package with invalid content."""


class Imported(NamedTuple):
    """Result of an import: new records, and records that already existed."""

    added: list[ResultRecord]
    known: list[ResultRecord]


def export_records(records: Iterable[ResultRecord], path: Path) -> int:
    """Pack records into a new file.

    Returns:
        Number of records.

    Raises:
        ConfigError: If there are no records, the file exists, or two records are of the same run.
    """
    runs: dict[tuple, str] = {}
    for record in records:
        if runs.setdefault(record.run, record.to_json()) != record.to_json():
            raise ConfigError(f'two different records are of the run {record.run}; export one work dir at a time')
    if not runs:
        raise ConfigError('no finished runs to export')
    if path.exists():
        raise ConfigError(f'{path} already exists; choose another name')
    entries = {f'records/{_digest(text.encode())}.json': text for text in sorted(runs.values())}
    entries = {INDEX: encode_json({**FORMAT, 'records': sorted(entries)}, indent=1).strip(), **entries}
    content = io.BytesIO()
    with zipfile.ZipFile(content, 'w', zipfile.ZIP_DEFLATED) as package:
        for name, text in entries.items():
            package.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    clear_half_written(path.parent)
    write_whole(path, content.getvalue())
    return len(runs)


def read_package(path: Path) -> dict[str, ResultRecord]:
    """Read the records of a package by digest, each checked against its digest and its config.

    Raises:
        DataError: If any of them is invalid. The message names file, record and reason.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_file(path, MAX_PACKAGE_BYTES))) as package:
            names = _entries(package)
            return {_ENTRY.fullmatch(name)[1]: _record(package, name) for name in names}  # type: ignore[index]
    except _RefusedError as error:
        raise DataError(f'{path}: {error}; nothing was imported') from error
    except Exception as error:
        # Damaged or manipulated files can raise any exception in the zip reader.
        raise DataError(f'{path} is not a package of records, or is damaged: {error}') from error


def import_records(path: Path, work_dir: Path) -> Imported:
    """Import all records of a package into a work dir: ``imported/<file>-<digest>/<record>/result.json``.

    Raises:
        DataError: If the package is invalid, or a run already has a different record. Nothing is imported then.
    """
    records = read_package(path)
    there = {record.run: record.to_json() for record in find_records(work_dir).records}
    new = {digest: record for digest, record in records.items() if record.run not in there}
    known = [record for digest, record in records.items() if digest not in new]
    for record in known:
        if there[record.run] != record.to_json():
            raise DataError(
                f'{path}: {work_dir} has a different record of the run {record.run}; nothing was imported; '
                'import into another --work-dir'
            )
    if new:
        _place(path, work_dir / IMPORTS, new)
    return Imported(list(new.values()), known)


def _place(path: Path, imports: Path, records: dict[str, ResultRecord]) -> None:
    """Write all files into a hidden folder, which reports ignore, and rename it when it is complete."""
    final = imports / f'{_visible_name(path)}-{_digest("".join(sorted(records)).encode())[:8]}'
    if final.exists():
        raise DataError(f'{path}: {final} already exists with damaged or other records; delete that folder')
    source = {
        'file': path.name,
        'sha256': _digest(path.read_bytes()),
        'imported': datetime.now(timezone.utc).isoformat(),
    }
    try:
        imports.mkdir(parents=True, exist_ok=True)
        with hidden_folder(final) as hidden:
            folder = hidden / 'whole'
            write_whole(folder / IMPORT_FILE, encode_json(source, indent=1).encode())
            for digest, record in records.items():
                record.write(folder / digest[:16] / RESULT_FILE)
            folder.rename(final)
    except OSError as error:
        raise DataError(f'{path}: cannot write into {imports} ({error.strerror}); nothing was imported') from error


def _visible_name(path: Path) -> str:
    """Return a folder name for an import: the file name without special characters, not hidden and not too long."""
    return re.sub(r'[^\w+=-]+', '-', path.stem, flags=re.ASCII).strip('-')[:60] or 'package'


def _entries(package: zipfile.ZipFile) -> list[str]:
    """Return the names of a package's records after checking all entries."""
    infos = package.infolist()
    names = [info.filename for info in infos]
    for info in infos:
        if info.filename != INDEX and not _ENTRY.fullmatch(info.filename):
            raise _RefusedError(f'entry {info.filename!r:.80} is not a record')
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _RefusedError(f"entry '{info.filename}' has an unsupported compression")
        if info.file_size > MAX_BYTES:
            raise _RefusedError(f"entry '{info.filename}' has {info.file_size} bytes, which is too much for a record")
    if len(set(names)) < len(names) or len(names) > MAX_ENTRIES:
        raise _RefusedError('it has duplicate or too many entries')
    if sum(info.file_size for info in infos) > MAX_PACKAGE_BYTES:
        raise _RefusedError(f'it unpacks to more than {MAX_PACKAGE_BYTES} bytes')
    records = sorted(set(names) - {INDEX})
    if _listed(package, names) != records:
        raise _RefusedError(f"'{INDEX}' does not match the records: some were added or removed")
    return records


def _listed(package: zipfile.ZipFile, names: list[str]) -> object:
    """Return the entries in the index of a package."""
    if INDEX not in names:
        raise _RefusedError(f"it has no '{INDEX}', so it is not a package of records")
    try:
        index = parse_json(package.read(INDEX), f"'{INDEX}'")
    except DataError as error:
        raise _RefusedError(error) from error
    if not isinstance(index, dict) or {key: index.get(key) for key in FORMAT} != FORMAT:
        raise _RefusedError(f"'{INDEX}' does not have the format {FORMAT}")
    return index.get('records')


def _record(package: zipfile.ZipFile, name: str) -> ResultRecord:
    data = package.read(name)
    if f'records/{_digest(data)}.json' != name:
        raise _RefusedError(f"record '{name}' was changed: its text has the digest {_digest(data)}")
    try:
        record = ResultRecord.from_json(data)
        check_consistency(record)
        if record.to_json().encode() != data:
            raise DataError('its formatting differs from that of this version of mtlbench')
    except ValueError as error:
        raise _RefusedError(f"record '{name}': {error}") from error
    return record


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
