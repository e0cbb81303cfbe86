"""A suite: the runs behind one published table or figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.config.files import has_config
from mtlbench.evaluation.delta import DEFINITIONS
from mtlbench.records.paths import run_name
from mtlbench.utils.choices import require_known

TRIVIAL = 'trivial/'
DELTA = 'delta'


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        label: Label of the row.
        configs: Names of its configs, such as ``xtam/sd_vkitti2``, or paths. Each cell shows the first config that has
            the metric. Empty for a row that the paper quotes from elsewhere, for which there is no run.
        published: Name of the row in the published table, if it has one.
        at: Position on the axis of a chart over the rows.
    """

    label: str
    configs: tuple[str, ...] = ()
    published: str | None = None
    at: float | None = None


@dataclass(frozen=True)
class ExtraRow:
    """A row that a plugin adds to a suite.

    Args:
        suite: Id of the suite.
        row: The row. Its label must be new in the suite.
    """

    suite: str
    row: Row


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        key: Key of the published column, or a new key for a column that the paper does not print.
        metric: A metric such as ``'depth/abs_rel'``; a task such as ``'depth'`` for its metric of record; either with
            ``'@<dataset>'`` if measured on another dataset; or a cost: ``parameters``, ``gflops``, ``step_time_s`` or
            ``peak_memory_mb``; or ``'delta'``: the mean gain in the metrics of all other columns.
        suffix: Suffix of a config's name; restricts the column to the config of the row that has it.
        above: Config whose mean is subtracted, such as the network without the part whose size is shown.
        at: Position on the axis of a chart over the columns.
        curve: Name of the curve, if the columns form several.
    """

    key: str
    metric: str
    suffix: str = ''
    above: str = ''
    at: float | None = None
    curve: str = ''


@dataclass(frozen=True)
class Suite:
    """The rows and columns of a table, and its baselines.

    Args:
        id: Id such as ``xtam_t1_vkitti2_sd``.
        title: Title of the table.
        rows: Rows in the order of the table.
        baselines: Configs of the single-task runs by task, to which deltas are relative.
        published: Id of the published table, if there is one.
        columns: Metrics of the columns. An unlisted column whose key is a task shows that task's metric of record.
        reference: Label of the row that the others are tested against, if there is one.
        train_varies: Set if rows differ in their training data on purpose, such as the number of labels.
        across: Axis label of the charts over rows or columns that have a position.
        delta: Definition of the deltas, one of :data:`mtlbench.evaluation.delta.DEFINITIONS`. Published deltas have
            their own.
    """

    id: str
    title: str
    rows: tuple[Row, ...]
    baselines: Mapping[str, str] = field(default_factory=dict)
    published: str | None = None
    columns: tuple[Column, ...] = ()
    reference: str = ''
    train_varies: bool = False
    across: str = ''
    delta: str = 'record'

    def __post_init__(self) -> None:
        require_known(f"delta of suite '{self.id}'", self.delta, DEFINITIONS)

    @property
    def names(self) -> set[str]:
        """Names of all runs in the table."""
        others = {column.above for column in self.columns} - {''}
        return {run_name(config) for row in self.rows for config in row.configs} | set(self.baselines.values()) | others

    @property
    def trained(self) -> tuple[str, ...]:
        """Configs of all runs that the table needs, each once, in the order of the rows."""
        names = [name for row in self.rows for name in row.configs]
        names += [*self.baselines.values(), *(column.above for column in self.columns if column.above)]
        return tuple(dict.fromkeys(name for name in names if not name.startswith(TRIVIAL)))

    @property
    def configs(self) -> tuple[str, ...]:
        """Trained configs that exist."""
        return tuple(name for name in self.trained if has_config(name))

    @property
    def missing(self) -> tuple[str, ...]:
        """Trained configs that do not exist yet."""
        return tuple(name for name in self.trained if not has_config(name))
