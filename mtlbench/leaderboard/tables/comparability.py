"""Comparability of runs."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mtlbench.records.record import ResultRecord

VARIES = 'varying'


@dataclasses.dataclass(frozen=True, order=True)
class Setting:
    """Properties that must be equal for runs to appear in the same table."""

    dataset: str
    rendered: bool
    profile: str
    recipe: str
    pretrained: bool
    resolution: tuple[int, ...]
    iterations: int
    train_split: str
    val_split: str
    validations: int = 1
    """Number of validations whose mean the metrics are."""
    content: str = ''
    """Digest that separates settings whose files have equal names but different content; empty if there is only one."""

    @classmethod
    def of(cls, record: ResultRecord, train_varies: bool = False) -> Setting:
        """Return the setting of a run, without its training split if that may vary."""
        return cls(
            dataset=record.dataset,
            rendered=record.rendered,
            profile=record.profile,
            recipe=record.recipe,
            pretrained=bool(record.iterations and record.pretrained),
            resolution=tuple(record.resolution),
            iterations=record.iterations,
            train_split=VARIES if train_varies else train_split(record),
            val_split=record.data['val']['split_digest'],
            validations=record.validations,
        )

    @property
    def comparable(self) -> bool:
        """True if results are comparable with published ones: real data, full profile."""
        return not self.rendered and self.profile == 'full'

    def describe(self) -> str:
        """Return one line for the heading of a table."""
        height, width = self.resolution
        return (
            f'{self.dataset} ({"RENDERED images" if self.rendered else "real images"}), '
            f'profile {self.profile if self.profile == "full" else self.profile.upper()}, recipe {self.recipe}, '
            f'{"pretrained features" if self.pretrained else "random weights"}, '
            f'{height} x {width}, {self.iterations} updates, '
            f'{f"mean of the last {self.validations} validations, " if self.validations > 1 else ""}'
            f'splits {self.train_split[:8]} (train) and {self.val_split[:8]} (val)'
            f'{f", content {self.content[:8]}" if self.content else ""}'
        )


def train_split(record: ResultRecord) -> str:
    """Return the digest of the images that a run was trained on."""
    return record.data['train']['split_digest']


def changes(record: ResultRecord) -> str:
    """Return the settings and data that were changed during a run, without changes of the code."""
    found = [change for change in record.changes or () if not change['key'].startswith('environment.')]
    return ', '.join(f'{change["key"]} changed at update {change["update"]}' for change in found)


def source(record: ResultRecord) -> str | None:
    """Return the config digest of the run that provided the initial weights, if there is one."""
    return record.started_from['config_digest'] if record.started_from else None


def by_setting(records: Iterable[ResultRecord], train_varies: bool = False) -> dict[Setting, list[ResultRecord]]:
    """Group records by setting. Untrained rows (no updates) are added to every setting that differs only in updates."""
    groups: dict[Setting, list[ResultRecord]] = {}
    for record in records:
        groups.setdefault(Setting.of(record, train_varies), []).append(record)
    trained = {setting: group for setting, group in groups.items() if setting.iterations}
    for setting, group in groups.items():
        if setting.iterations:
            continue
        hosts = [host for host in trained if _untrained(host) == _untrained(setting)]
        for host in hosts:
            trained[host] = trained[host] + group
        if not hosts:
            trained[setting] = group
    parts = ('val',) if train_varies else ('val', 'train')
    return dict(sorted(part for setting, group in trained.items() for part in _by_content(setting, group, parts)))


def _untrained(setting: Setting) -> Setting:
    """Return the setting of a row without updates that belongs to runs of a setting."""
    return dataclasses.replace(setting, iterations=0, pretrained=False, validations=1)


def variants(records: Iterable[ResultRecord]) -> list[list[ResultRecord]]:
    """Split the runs of one config by their inputs, newest first. Only the newest run of each seed counts.

    Inputs are the config, the settings that were changed during the run, the config of the run that provided the
    initial weights, and all training and evaluation data. A record without the content of its data joins the newest
    group that it does not contradict.
    """
    newest_first = sorted(records, key=lambda record: datetime.fromisoformat(record.created), reverse=True)
    found: list[tuple[dict[str, str], dict[int, ResultRecord]]] = []
    for record in newest_first:
        own = inputs_of(record)
        parts, runs = next((pair for pair in found if _agree(pair[0], own)), ({}, {}))
        if not runs:
            found.append((parts, runs))
        parts.update(own)
        runs.setdefault(record.seed, record)
    return [sorted(runs.values(), key=lambda record: record.seed) for _, runs in found]


def inputs_of(record: ResultRecord) -> dict[str, str]:
    """Return the inputs of a run by name: its settings, and the frames and content of each dataset."""
    parts = {'config': record.config_digest, 'changes': changes(record), 'source': str(source(record))}
    for name, data in record.data.items():
        parts[f'{name} frames'] = data['split_digest']
        parts |= {f'{name} {field}': digest for field, digest in data.get('content', {}).items()}
    return parts


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether all keys present in both have equal values."""
    return all(other.get(part, value) == value for part, value in one.items())


def _by_content(
    setting: Setting, records: Sequence[ResultRecord], names: Sequence[str]
) -> list[tuple[Setting, list[ResultRecord]]]:
    """Split the runs of a setting whose files have equal names but different content.

    A record contains digests of its images and of the labels of its own tasks only. A run joins every part that its
    digests do not contradict.
    """
    digests = [
        {f'{name} {field}': digest for name in names for field, digest in record.data[name].get('content', {}).items()}
        for record in records
    ]
    several = {part for one in digests for part in one if len({other[part] for other in digests if part in other}) > 1}
    if not several:
        return [(setting, list(records))]
    contents = [{part: one[part] for part in sorted(several) if part in one} for one in digests]
    # Contents that are no subset of another.
    heads = [one for one in contents if not any(one != other and one.items() <= other.items() for other in contents)]
    split = []
    for head in {repr(head): head for head in heads}.values():
        group = [record for record, one in zip(records, contents, strict=True) if _agree(head, one)]
        digest = hashlib.sha256(repr(head).encode()).hexdigest()
        split.append((dataclasses.replace(setting, content=digest), group))
    return split
