"""Result tables of the papers as typed values. The YAML files lie in this folder."""

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
    """A published value.

    Args:
        printed: Text in the paper, such as ``97.00 ± 0.10``; None if there is none.
        status: ``read``: unambiguous; ``idem``: same run as in another block; ``missing``: not legible in the available
            text; ``ambiguous``; ``suspect``: contradicted by other printed cells; ``not_reported``;
            ``not_applicable``.
        note: Explanation of the status.
        recomputed: Delta computed from the printed means, if it differs from the printed delta.
        negated: Whether the paper prints the value with the other sign.
    """

    printed: str | None = None
    status: str = 'read'
    note: str = ''
    recomputed: float | None = None
    negated: bool = False

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise DataError(f"a published cell has status '{self.status}', expected one of {', '.join(STATUSES)}")

    @property
    def mean(self) -> float | None:
        """Mean with the sign of this project, or None."""
        found = self._number(0)
        return -found if self.negated and found is not None else found

    @property
    def text(self) -> str | None:
        """Text for a table: as printed, or with the sign of this project and the printed value beside it."""
        if not self.negated or self.mean is None:
            return self.printed
        return f'{self.mean:+.{self.decimals}f} (printed {self.printed})'

    @property
    def std(self) -> float | None:
        """Printed standard deviation, or None."""
        return self._number(1)

    @property
    def decimals(self) -> int:
        """Number of decimals of the mean."""
        return len((self.printed or '').split(' ± ')[0].partition('.')[2])

    def _number(self, index: int) -> float | None:
        parts = (self.printed or '').split(' ± ')
        return float(parts[index]) if index < len(parts) and parts[index] else None


@dataclass(frozen=True)
class PublishedColumn:
    """A published column: a task's metric (``key`` is then the task), a delta, or another quantity.

    Args:
        key: Key of the column in the rows.
        name: Name in the paper.
        unit: Unit such as ``%``, ``m`` or ``deg``; empty if there is none.
        higher_is_better: Direction of the metric; with ``negated``, that of the negated value.
        delta_of: Keys of the columns that a delta averages over; empty for other columns.
        parts: The same keys in groups, if the delta is a mean over groups of means.
        negated: Whether the paper prints the values with the other sign.
    """

    key: str
    name: str
    unit: str
    higher_is_better: bool
    delta_of: tuple[str, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class PublishedTable:
    """A published table, or one block of it.

    Args:
        id: Id such as ``xtam_t1_vkitti2_sd``.
        title: Title such as ``Table 1: VKITTI2, S-D``.
        source: Paper and venue.
        dataset: Dataset used for evaluation.
        task_set: Letters of the tasks.
        columns: Columns in the order of the paper.
        rows: Cells by method and column key, in the order of the paper.
        baselines: Methods by column key, to which deltas are relative.
        baseline_table: Id of the table that contains these methods.
        note: Remark for the reader.
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
        """Return the cell of a row. It has the status ``not_reported`` where the paper prints a dash."""
        return self.rows[method].get(key, PublishedCell(status='not_reported'))


@functools.cache
def published_tables() -> dict[str, PublishedTable]:
    """Return all tables by id.

    Raises:
        DataError: If a file of tables is damaged. The message names it.
    """
    tables: dict[str, PublishedTable] = {}
    for path in sorted(FOLDER.glob('*.yaml')):
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8'))
            source = f'{content["paper"]}, {content["venue"]}'
            tables.update((entry['id'], _table(entry, source)) for entry in content['tables'])
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise DataError(f'cannot read the published tables in {path}: {error!r}; reinstall mtlbench') from error
    return tables


def _table(entry: dict[str, Any], source: str) -> PublishedTable:
    columns = tuple(map(_column, entry['columns']))
    negated = {column.key for column in columns if column.negated}
    rows = {
        row['method']: {key: _cell(cell, key in negated) for key, cell in row['cells'].items()} for row in entry['rows']
    }
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


def _column(column: dict[str, Any]) -> PublishedColumn:
    parts = tuple((part,) if isinstance(part, str) else tuple(part) for part in column.get('delta_of', ()))
    keys = tuple(key for part in parts for key in part)
    return PublishedColumn(
        column['key'],
        column['name'],
        column['unit'],
        {'higher': True, 'lower': False}[column['direction']],
        keys,
        parts if len(parts) < len(keys) else (),
        column.get('negated', False),
    )


def _cell(value: str | dict[str, Any], negated: bool) -> PublishedCell:
    return PublishedCell(**(value if isinstance(value, dict) else {'printed': value}), negated=negated)
