"""The result tables that the papers print, as typed values; the data are in ``published/``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mtlbench.errors import DataError

FOLDER = Path(__file__).parent
STATUSES = ('read', 'idem', 'missing', 'ambiguous', 'suspect', 'not_reported', 'not_applicable')


@dataclass(frozen=True)
class PublishedCell:
    """One printed figure.

    Args:
        printed: As it stands in the paper, such as ``97.00 ± 0.10``; None when there is none to read.
        status: ``read``: no doubt; ``idem``: the run of another block; ``missing``: not legible in the text available;
            ``ambiguous``; ``suspect``: printed, but contradicted by other cells; ``not_reported``; ``not_applicable``.
        note: What the doubt is.
        recomputed: Of a delta: what the printed means give, where that is not what is printed.
    """

    printed: str | None = None
    status: str = 'read'
    note: str = ''
    recomputed: float | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise DataError(f"status '{self.status}' of a published cell, expected one of {', '.join(STATUSES)}")

    @property
    def mean(self) -> float | None:
        """The figure, or None."""
        return self._number(0)

    @property
    def std(self) -> float | None:
        """The standard deviation printed with it, or None."""
        return self._number(1)

    @property
    def decimals(self) -> int:
        """Digits after the point of the mean."""
        return len((self.printed or '').split(' ± ')[0].partition('.')[2])

    def _number(self, index: int) -> float | None:
        parts = (self.printed or '').split(' ± ')
        return float(parts[index]) if index < len(parts) and parts[index] else None


@dataclass(frozen=True)
class PublishedColumn:
    """One column: a task's metric (``key`` is then the task), a delta, or another figure.

    Args:
        key: Key of the column in the rows.
        name: As the paper calls it.
        unit: ``%``, ``m``, ``deg`` and so on, or empty.
        higher_is_better: Direction.
        delta_of: Of a delta: the tasks it averages over; empty otherwise.
    """

    key: str
    name: str
    unit: str
    higher_is_better: bool
    delta_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedTable:
    """One table of a paper, or one block of it.

    Args:
        id: Such as ``xtam_t1_vkitti2_sd``.
        title: Such as ``Table 1: VKITTI2, S-D``.
        source: Paper and venue.
        dataset: What was evaluated on.
        task_set: The tasks' letters.
        columns: In the order of the paper.
        rows: ``{method: {column key: cell}}``, in the order of the paper.
        baselines: ``{task: method}``: the rows that the deltas compare with.
        baseline_table: The table that these rows stand in.
        note: What a reader must know.
    """

    id: str
    title: str
    source: str
    dataset: str
    task_set: str
    columns: tuple[PublishedColumn, ...]
    rows: Mapping[str, Mapping[str, PublishedCell]]
    baselines: Mapping[str, str]
    baseline_table: str
    note: str = ''

    def cell(self, method: str, key: str) -> PublishedCell:
        """The cell of a row; where the paper prints a dash, one with the status ``not_reported``."""
        return self.rows[method].get(key, PublishedCell(status='not_reported'))


@functools.cache
def published_tables() -> dict[str, PublishedTable]:
    """All tables by id.

    Raises:
        DataError: When a file of the tables is damaged; the message names it.
    """
    tables: dict[str, PublishedTable] = {}
    for path in sorted(FOLDER.glob('*.yaml')):
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8'))
            source = f'{content["paper"]}, {content["venue"]}'
            tables.update((entry['id'], _table(entry, source)) for entry in content['tables'])
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise DataError(f'published tables {path} cannot be read: {error!r}; install mtlbench again') from error
    return tables


def _table(entry: dict[str, Any], source: str) -> PublishedTable:
    columns = tuple(
        PublishedColumn(
            column['key'],
            column['name'],
            column['unit'],
            {'higher': True, 'lower': False}[column['direction']],
            tuple(column.get('delta_of', ())),
        )
        for column in entry['columns']
    )
    rows = {row['method']: {key: _cell(cell) for key, cell in row['cells'].items()} for row in entry['rows']}
    return PublishedTable(
        id=entry['id'],
        title=entry['title'],
        source=source,
        dataset=entry['dataset'],
        task_set=entry['task_set'],
        columns=columns,
        rows=rows,
        baselines=entry.get('baselines', {}),
        baseline_table=entry.get('baseline_table', entry['id']),
        note=entry.get('note', ''),
    )


def _cell(value: str | dict[str, Any]) -> PublishedCell:
    return PublishedCell(**value) if isinstance(value, dict) else PublishedCell(value)
