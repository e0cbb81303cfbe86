"""Records packed into one file that others can import.

A package is a zip file. Each record is the entry ``records/<SHA-256 of its text>.json``, and ``package.json`` lists
them all: what was changed, added or taken out afterwards shows. This finds damage and careless edits; it is no
signature, and does not tell who made the runs.
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
from mtlbench.records.consistency import check_fit
from mtlbench.records.paths import IMPORT_FILE, IMPORTS, RESULT_FILE
from mtlbench.records.record import ResultRecord, find_records
from mtlbench.utils.json_files import MAX_BYTES, encode_json, parse_json, read_file
from mtlbench.utils.output import clear_half_written, hidden_folder, write_whole

FORMAT = {'format': 'mtlbench records', 'version': 1}
INDEX = 'package.json'
MAX_ENTRIES, MAX_PACKAGE_BYTES = 100_000, 2**30
_ENTRY = re.compile(r'records/([0-9a-f]{64})\.json')
# Without the time of packing, so that the same records give the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _RefusedError(Exception):
    """A package is whole, but not as it must be."""


class Imported(NamedTuple):
    """What an import did: the records that are new, and those that were there already."""

    added: list[ResultRecord]
    known: list[ResultRecord]


def export_records(records: Iterable[ResultRecord], path: Path) -> int:
    """Pack records into a new file.

    Returns:
        How many.

    Raises:
        ConfigError: When there are none, the file exists, or two of them are of the same run.
    """
    runs: dict[tuple, str] = {}
    for record in records:
        if runs.setdefault(record.run, record.to_json()) != record.to_json():
            raise ConfigError(f'two different records are of the run {record.run}; export one work dir at a time')
    if not runs:
        raise ConfigError('no finished runs to export')
    if path.exists():
        raise ConfigError(f'{path} exists already; take another name')
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
    """The records of a package by the digest of their text, each checked against its digest and its config.

    Raises:
        DataError: When anything is wrong with any of them; the message names file, record and reason.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_file(path, MAX_PACKAGE_BYTES))) as package:
            names = _entries(package)
            return {_ENTRY.fullmatch(name)[1]: _record(package, name) for name in names}  # type: ignore[index]
    except _RefusedError as error:
        raise DataError(f'{path}: {error}; nothing was imported') from error
    except Exception as error:
        # The bytes of a damaged or made-up file can raise anything in the readers of zip files.
        raise DataError(f'{path} is no package of records, or damaged: {error}') from error


def import_records(path: Path, work_dir: Path) -> Imported:
    """Put the records of a package below a work dir, all or none: ``imported/<file>-<digest>/<record>/result.json``.

    Raises:
        DataError: When the package is refused, or a run is there already with another record.
    """
    records = read_package(path)
    there = {record.run: record.to_json() for record in find_records(work_dir).records}
    new = {digest: record for digest, record in records.items() if record.run not in there}
    known = [record for digest, record in records.items() if digest not in new]
    for record in known:
        if there[record.run] != record.to_json():
            raise DataError(
                f'{path}: {work_dir} has another record of the run {record.run}; nothing was imported. '
                'Import into a work dir of its own (--work-dir)'
            )
    if new:
        _place(path, work_dir / IMPORTS, new)
    return Imported(list(new.values()), known)


def _place(path: Path, imports: Path, records: dict[str, ResultRecord]) -> None:
    """Write all files into a hidden folder, which no report reads, and give it its name when it is whole."""
    final = imports / f'{_visible_name(path)}-{_digest("".join(sorted(records)).encode())[:8]}'
    if final.exists():
        raise DataError(
            f'{path}: {final} is there already, with records that are damaged or not of it; delete that folder'
        )
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
    """A name for the folder of an import: of the file's, but neither hidden nor long nor of strange characters."""
    return re.sub(r'[^\w+=-]+', '-', path.stem, flags=re.ASCII).strip('-')[:60] or 'package'


def _entries(package: zipfile.ZipFile) -> list[str]:
    """The names of a package's records, when nothing else is in it."""
    infos = package.infolist()
    names = [info.filename for info in infos]
    for info in infos:
        if info.filename != INDEX and not _ENTRY.fullmatch(info.filename):
            raise _RefusedError(f'entry {info.filename!r:.80} is no record of a package; it is refused')
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _RefusedError(f"entry '{info.filename}' is compressed in another way than export does")
        if info.file_size > MAX_BYTES:
            raise _RefusedError(f"entry '{info.filename}' has {info.file_size} bytes, more than any record")
    if len(set(names)) < len(names) or len(names) > MAX_ENTRIES:
        raise _RefusedError('it has the same entry twice, or too many')
    if sum(info.file_size for info in infos) > MAX_PACKAGE_BYTES:
        raise _RefusedError(f'it unpacks to more than {MAX_PACKAGE_BYTES} bytes')
    records = sorted(set(names) - {INDEX})
    if _listed(package, names) != records:
        raise _RefusedError(f"'{INDEX}' does not list the records that are there: some were added or taken out")
    return records


def _listed(package: zipfile.ZipFile, names: list[str]) -> object:
    """What the index of a package lists."""
    if INDEX not in names:
        raise _RefusedError(f"it has no '{INDEX}', so it is no package of records")
    try:
        index = parse_json(package.read(INDEX), f"'{INDEX}'")
    except DataError as error:
        raise _RefusedError(error) from error
    if not isinstance(index, dict) or {key: index.get(key) for key in FORMAT} != FORMAT:
        raise _RefusedError(f"'{INDEX}' is not of the format {FORMAT}")
    return index.get('records')


def _record(package: zipfile.ZipFile, name: str) -> ResultRecord:
    data = package.read(name)
    if f'records/{_digest(data)}.json' != name:
        raise _RefusedError(f"record '{name}' was altered: its text has the digest {_digest(data)}")
    try:
        record = ResultRecord.from_json(data)
        check_fit(record)
        if record.to_json().encode() != data:
            raise DataError('it is not written as this version of mtlbench writes records')
    except ValueError as error:
        raise _RefusedError(f"record '{name}': {error}") from error
    return record


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
