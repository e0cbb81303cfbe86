"""A suite: the runs behind one published table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlbench.leaderboard.paths import run_name


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        label: What the row is called.
        configs: Names of its configs, such as ``xtam/sd_vkitti2``, or paths; several where each measures another task.
            A task's figure comes from the first config that has it.
        published: The row's name in the published table, where it stands there.
    """

    label: str
    configs: tuple[str, ...]
    published: str | None = None


@dataclass(frozen=True)
class Suite:
    """The rows of a table, and what they are compared with.

    Args:
        id: Such as ``xtam_t1_vkitti2_sd``.
        title: What the table shows.
        rows: In the order of the table.
        baselines: ``{task: config}``: the single-task runs that the deltas compare with; also the tasks of the table.
        published: Id of the published table, where there is one.
    """

    id: str
    title: str
    rows: tuple[Row, ...]
    baselines: Mapping[str, str] = field(default_factory=dict)
    published: str | None = None

    @property
    def names(self) -> set[str]:
        """The names of all runs that the table is made of."""
        return {run_name(config) for row in self.rows for config in row.configs} | set(self.baselines.values())

    @property
    def configs(self) -> tuple[str, ...]:
        """All configs that are trained, each once, in the order of the rows."""
        names = (name for row in self.rows for name in row.configs if not name.startswith('trivial/'))
        return tuple(dict.fromkeys(names))
