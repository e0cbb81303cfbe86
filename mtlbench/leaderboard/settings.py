"""Which runs may be compared with each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from mtlbench.leaderboard.record import ResultRecord

VARIES = 'varying'


@dataclasses.dataclass(frozen=True, order=True)
class Setting:
    """All that must agree between two runs before their figures stand in one table."""

    dataset: str
    rendered: bool
    profile: str
    recipe: str
    resolution: tuple[int, ...]
    iterations: int
    train_split: str
    val_split: str

    @classmethod
    def of(cls, record: ResultRecord, train_varies: bool = False) -> Setting:
        """The setting that a run was made in; its training split is left out where that may vary."""
        return cls(
            dataset=record.dataset,
            rendered=record.rendered,
            profile=record.profile,
            recipe=record.recipe,
            resolution=tuple(record.resolution),
            iterations=record.iterations,
            train_split=VARIES if train_varies else train_split(record),
            val_split=record.data['val']['split_digest'],
        )

    @property
    def comparable(self) -> bool:
        """Whether its figures may be held against those of a paper: real data, full profile."""
        return not self.rendered and self.profile == 'full'

    def describe(self) -> str:
        """One line for a table's heading."""
        height, width = self.resolution
        return (
            f'{self.dataset} ({"RENDERED pictures" if self.rendered else "real pictures"}), '
            f'profile {self.profile if self.profile == "full" else self.profile.upper()}, recipe {self.recipe}, '
            f'{height} x {width}, {self.iterations} updates, '
            f'splits {self.train_split[:8]} (train) and {self.val_split[:8]} (val)'
        )


def train_split(record: ResultRecord) -> str:
    """The digest of the pictures that a run was trained on."""
    return record.data['train']['split_digest']


def changes(record: ResultRecord) -> str:
    """Return the settings and data that were changed while a run was made; of the code, the record alone tells."""
    told = [change for change in record.changes or () if not change['key'].startswith('environment.')]
    return ', '.join(f'{change["key"]} changed at update {change["update"]}' for change in told)


def source(record: ResultRecord) -> str | None:
    """Return the digest of the config of the run that gave the first weights, if any did."""
    return record.started_from['config_digest'] if record.started_from else None


def by_setting(records: Iterable[ResultRecord], train_varies: bool = False) -> dict[Setting, list[ResultRecord]]:
    """Sort records by setting. What was not trained (no updates) goes to every setting that differs only in that."""
    groups: dict[Setting, list[ResultRecord]] = {}
    for record in records:
        groups.setdefault(Setting.of(record, train_varies), []).append(record)
    trained = {setting: group for setting, group in groups.items() if setting.iterations}
    for setting, group in groups.items():
        if setting.iterations:
            continue
        hosts = [host for host in trained if dataclasses.replace(host, iterations=0) == setting]
        for host in hosts:
            trained[host] = trained[host] + group
        if not hosts:
            trained[setting] = group
    return dict(sorted(trained.items()))


def variants(records: Iterable[ResultRecord]) -> list[list[ResultRecord]]:
    """Split the runs of one config by what they were made of, newest first; of each seed only the newest run counts.

    What they were made of are the text of the config, the settings that were changed on the way, the images trained on,
    and the config of the run that gave the first weights.
    """
    newest_first = sorted(records, key=lambda record: datetime.fromisoformat(record.created), reverse=True)
    found: dict[tuple[str, ...], dict[int, ResultRecord]] = {}
    for record in newest_first:
        made_of = (record.config_digest, train_split(record), changes(record), str(source(record)))
        found.setdefault(made_of, {}).setdefault(record.seed, record)
    return [sorted(runs.values(), key=lambda record: record.seed) for runs in found.values()]
