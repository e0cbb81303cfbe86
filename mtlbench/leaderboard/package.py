"""Records packed into one file that others can import.

A package is a zip file. Each record is the entry ``records/<SHA-256 of its text>.json``, and ``package.json`` lists
them all: what was changed, added or taken out afterwards shows. This finds damage and careless edits; it is no
signature, and does not tell who made the runs.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard.fit import check_fit
from mtlbench.leaderboard.paths import IMPORT_FILE, IMPORTS, RESULT_FILE
from mtlbench.leaderboard.record import ResultRecord, find_records

FORMAT = {'format': 'mtlbench records', 'version': 1}
INDEX = 'package.json'
MAX_BYTES, MAX_ENTRIES = 16 * 2**20, 100_000
_ENTRY = re.compile(r'records/([0-9a-f]{64})\.json')
# Without the time of packing, so that the same records give the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


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
    entries = {INDEX: json.dumps({**FORMAT, 'records': sorted(entries)}, indent=1), **entries}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f'.{path.name}.') as folder:
        partial = Path(folder) / path.name
        with zipfile.ZipFile(partial, 'w', zipfile.ZIP_DEFLATED) as package:
            for name, text in entries.items():
                package.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
        partial.replace(path)
    return len(runs)


def read_package(path: Path) -> dict[str, ResultRecord]:
    """The records of a package by the digest of their text, each checked against its digest and its config.

    Raises:
        DataError: When anything is wrong with any of them; the message names file, record and reason.
    """
    try:
        with zipfile.ZipFile(path) as package:
            names = _entries(package)
            return {_ENTRY.fullmatch(name)[1]: _record(package, name) for name in names}  # type: ignore[index]
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f'{path} is no package of records, or damaged: {error}') from error
    except DataError as error:
        raise DataError(f'{path}: {error}; nothing was imported') from error


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
    imports.mkdir(parents=True, exist_ok=True)
    source = {
        'file': path.name,
        'sha256': _digest(path.read_bytes()),
        'imported': datetime.now(timezone.utc).isoformat(),
    }
    folder = Path(tempfile.mkdtemp(dir=imports, prefix='.'))
    try:
        (folder / IMPORT_FILE).write_text(json.dumps(source, indent=1), encoding='utf-8')
        for digest, record in records.items():
            record.write(folder / digest[:16] / RESULT_FILE)
        folder.chmod(0o755)
        folder.rename(imports / f'{path.stem}-{_digest("".join(sorted(records)).encode())[:8]}')
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _entries(package: zipfile.ZipFile) -> list[str]:
    """The names of a package's records, when nothing else is in it."""
    infos = package.infolist()
    names = [info.filename for info in infos]
    for info in infos:
        if info.filename != INDEX and not _ENTRY.fullmatch(info.filename):
            raise DataError(f"entry '{info.filename}' is no record of a package; it is refused")
        if info.file_size > MAX_BYTES:
            raise DataError(f"entry '{info.filename}' has {info.file_size} bytes, more than any record")
    if len(set(names)) < len(names) or len(names) > MAX_ENTRIES:
        raise DataError('it has the same entry twice, or too many')
    if INDEX not in names:
        raise DataError(f"it has no '{INDEX}', so it is no package of records")
    index = _json(package.read(INDEX), INDEX)
    if not isinstance(index, dict) or {key: index.get(key) for key in FORMAT} != FORMAT:
        raise DataError(f"'{INDEX}' is not of the format {FORMAT}")
    records = sorted(set(names) - {INDEX})
    if index.get('records') != records:
        raise DataError(f"'{INDEX}' does not list the records that are there: some were added or taken out")
    return records


def _record(package: zipfile.ZipFile, name: str) -> ResultRecord:
    data = package.read(name)
    if f'records/{_digest(data)}.json' != name:
        raise DataError(f"record '{name}' was altered: its text has the digest {_digest(data)}")
    try:
        record = ResultRecord.from_json(data.decode('utf-8'))
        check_fit(record)
        if record.to_json().encode() != data:
            raise DataError('it is not written as this version of mtlbench writes records')
    except ValueError as error:
        raise DataError(f"record '{name}': {error}") from error
    return record


def _json(data: bytes, name: str) -> object:
    try:
        return json.loads(data.decode('utf-8'))
    except ValueError as error:
        raise DataError(f"'{name}' is no JSON: {error}") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
