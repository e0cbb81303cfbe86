"""A suite: the runs behind one published table or figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.config.files import has_config
from mtlbench.records.paths import run_name

TRIVIAL = 'trivial/'


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        label: What the row is called.
        configs: Names of its configs, such as ``xtam/sd_vkitti2``, or paths; several where each measures another
            figure: a cell's comes from the first config that has it. None of a row that the paper only quotes from
            elsewhere: it has no run of ours.
        published: The row's name in the published table, where it stands there.
        at: Its place on the axis of a chart over the rows.
    """

    label: str
    configs: tuple[str, ...] = ()
    published: str | None = None
    at: float | None = None


@dataclass(frozen=True)
class ExtraRow:
    """A row that a package of one's own adds to a suite.

    Args:
        suite: Id of the suite.
        row: The row; its label must be new there.
    """

    suite: str
    row: Row


@dataclass(frozen=True)
class Column:
    """What stands in a column.

    Args:
        key: Key of the published column; of a column that the paper does not print, a key of one's own.
        metric: ``'depth/abs_rel'``; ``'depth'`` for the task's metric of record; either with ``'@<dataset>'`` where it
            is measured on a further dataset; or a cost: ``parameters``, ``gflops``, ``step_time_s`` or
            ``peak_memory_mb``.
        suffix: Only of that config of the row whose name has this suffix.
        above: A config whose mean is taken off, such as that of the network without the part whose size is meant.
        at: Its place on the axis of a chart over the columns.
        curve: The chart, where the columns make several.
    """

    key: str
    metric: str
    suffix: str = ''
    above: str = ''
    at: float | None = None
    curve: str = ''


@dataclass(frozen=True)
class Suite:
    """The rows of a table, and what they are compared with.

    Args:
        id: Such as ``xtam_t1_vkitti2_sd``.
        title: What the table shows.
        rows: In the order of the table.
        baselines: ``{task: config}``: the single-task runs that the deltas compare with.
        published: Id of the published table, where there is one.
        columns: What the columns show; a column left out whose key is a task shows that task's metric of record.
        reference: Label of the row that the others are tested against, where there is one.
        train_varies: Whether the rows are meant to differ in their training data, such as the number of labels.
        across: The axis of the charts over rows or columns that have a place.
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

    @property
    def names(self) -> set[str]:
        """The names of all runs that the table is made of."""
        others = {column.above for column in self.columns} - {''}
        return {run_name(config) for row in self.rows for config in row.configs} | set(self.baselines.values()) | others

    @property
    def trained(self) -> tuple[str, ...]:
        """All configs that the table needs runs of, each once, in the order of the rows."""
        names = [name for row in self.rows for name in row.configs]
        names += [*self.baselines.values(), *(column.above for column in self.columns if column.above)]
        return tuple(dict.fromkeys(name for name in names if not name.startswith(TRIVIAL)))

    @property
    def configs(self) -> tuple[str, ...]:
        """Those of them that exist."""
        return tuple(name for name in self.trained if has_config(name))

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of them that do not exist yet, because a part of theirs does not."""
        return tuple(name for name in self.trained if not has_config(name))
