"""Result tables of the papers as typed values. The YAML files lie in this folder."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from mtlbench.errors import DataError
from mtlbench.evaluation.delta import delta, shares_of

FOLDER = Path(__file__).parent
STATUSES = ('read', 'idem', 'computed', 'missing', 'ambiguous', 'suspect', 'not_reported', 'not_applicable')


@dataclass(frozen=True)
class PublishedCell:
    """A published value.

    Args:
        printed: Text in the paper, such as ``97.00 ± 0.10``; None if there is none.
        status: ``read``: unambiguous; ``idem``: same run as in another block; ``computed``: not printed, but computed
            from the printed means; ``missing``: not legible in the available text; ``ambiguous``; ``suspect``:
            contradicted by other printed cells; ``not_reported``; ``not_applicable``.
        note: Explanation of the status.
        recomputed: Delta computed from the printed means, if it differs from the printed delta.
    """

    printed: str | None = None
    status: str = 'read'
    note: str = ''
    recomputed: float | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise DataError(f"a published cell has status '{self.status}', expected one of {', '.join(STATUSES)}")

    @property
    def mean(self) -> float | None:
        """Mean, or None."""
        return self._number(0)

    @property
    def std(self) -> float | None:
        """Printed standard deviation, or None."""
        return self._number(1)

    @property
    def decimals(self) -> int:
        """Number of decimals of the mean."""
        return len((self.printed or '').split(' ± ')[0].partition('.')[2])

    @property
    def negated(self) -> PublishedCell:
        """Cell with the other sign, for a delta that is printed as a loss."""
        mean, _, std = (self.printed or '').partition(' ± ')
        printed = f'{-float(mean):+.{self.decimals}f}' + (f' ± {std}' if std else '') if mean else None
        return replace(self, printed=printed, recomputed=None if self.recomputed is None else -self.recomputed)

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
        higher_is_better: Direction of the metric.
        delta_of: Keys of the columns that a delta averages over, by task; empty for other columns. A delta of which
            lower is better is a mean relative loss, with the other sign than ours.
        definition: Definition of a delta, one of :data:`mtlbench.evaluation.delta.DEFINITIONS`.
    """

    key: str
    name: str
    unit: str
    higher_is_better: bool
    delta_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    definition: str = 'record'


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
        baselines: Methods by task, to which deltas are relative.
        baseline_table: Id of the table that contains these methods.
        note: Remark for the reader.
        sources: Origin of rows that were not read in the paper of the method, by method.
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
    sources: Mapping[str, str] = field(default_factory=dict)

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
    columns = tuple(
        PublishedColumn(
            column['key'],
            column['name'],
            column['unit'],
            {'higher': True, 'lower': False}[column['direction']],
            _delta_of(column.get('delta_of', ())),
            column.get('definition', 'record'),
        )
        for column in entry['columns']
    )
    rows = {row['method']: {key: _cell(cell) for key, cell in row['cells'].items()} for row in entry['rows']}
    baselines = entry.get('baselines', {})
    for column in (columns[i] for i, node in enumerate(entry['columns']) if node.get('computed')):
        for method, value in _gains(rows, columns, column, baselines).items():
            rows[method][column.key] = PublishedCell(f'{value:+.2f}', 'computed', 'computed from the printed means')
    return PublishedTable(
        id=entry['id'],
        title=entry['title'],
        source=source,
        dataset=entry['dataset'],
        task_set=entry['task_set'],
        columns=columns,
        rows=rows,
        baselines=baselines,
        baseline_table=entry.get('baseline_table', entry['id']),
        note=entry.get('note', ''),
        sources={row['method']: row['source'] for row in entry['rows'] if 'source' in row},
    )


def gain(
    scores: Mapping[str, PublishedCell],
    baselines: Mapping[str, PublishedCell],
    columns: Sequence[PublishedColumn],
    column: PublishedColumn,
) -> float | None:
    """Return a delta from printed means, of which higher is better; None if a mean is not printed.

    Args:
        scores: Cells of a row by column.
        baselines: Cells of the baselines by column.
        columns: Columns of the table.
        column: Column of the delta.
    """
    keys = [key for names in column.delta_of.values() for key in names]
    means = [{key: cells[key].mean for key in keys if key in cells} for cells in (scores, baselines)]
    row, base = ({key: mean for key, mean in one.items() if mean is not None} for one in means)
    if len(row) < len(keys) or len(base) < len(keys):
        return None
    higher = {one.key: one.higher_is_better for one in columns if one.key in keys}
    return delta(row, base, higher, shares_of(column.delta_of, column.definition))


def _gains(
    rows: Mapping[str, Mapping[str, PublishedCell]],
    columns: Sequence[PublishedColumn],
    column: PublishedColumn,
    baselines: Mapping[str, str],
) -> dict[str, float]:
    """Return a delta by method, without the baselines."""
    base = {key: rows[baselines[task]][key] for task, keys in column.delta_of.items() for key in keys}
    found = {method: gain(cells, base, columns, column) for method, cells in rows.items()}
    return {method: value for method, value in found.items() if value is not None and method not in baselines.values()}


def _delta_of(value: list[str] | dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the keys of the averaged columns by task; a list names columns of tasks."""
    return {task: tuple(keys) for task, keys in value.items()} if isinstance(value, dict) else {t: (t,) for t in value}


def _cell(value: str | dict[str, Any]) -> PublishedCell:
    return PublishedCell(**value) if isinstance(value, dict) else PublishedCell(value)
