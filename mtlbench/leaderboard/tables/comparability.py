"""Which runs may be compared with each other."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mtlbench.records.record import ResultRecord

VARIES = 'varying'


@dataclasses.dataclass(frozen=True, order=True)
class Setting:
    """All that must agree between two runs before their figures stand in one table."""

    dataset: str
    rendered: bool
    profile: str
    recipe: str
    pretrained: bool
    resolution: tuple[int, ...]
    iterations: int
    train_split: str
    val_split: str
    content: str = ''
    """Tells settings apart whose files have equal names and other content; empty where there is but one content."""

    @classmethod
    def of(cls, record: ResultRecord, train_varies: bool = False) -> Setting:
        """The setting that a run was made in; its training split is left out where that may vary."""
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
        )

    @property
    def comparable(self) -> bool:
        """Whether its figures may be held against those of a paper: real data, full profile."""
        return not self.rendered and self.profile == 'full'

    def describe(self) -> str:
        """One line for a table's heading."""
        height, width = self.resolution
        return (
            f'{self.dataset} ({"RENDERED images" if self.rendered else "real images"}), '
            f'profile {self.profile if self.profile == "full" else self.profile.upper()}, recipe {self.recipe}, '
            f'{"pretrained features" if self.pretrained else "random weights"}, '
            f'{height} x {width}, {self.iterations} updates, '
            f'splits {self.train_split[:8]} (train) and {self.val_split[:8]} (val)'
            f'{f", content {self.content[:8]}" if self.content else ""}'
        )


def train_split(record: ResultRecord) -> str:
    """The digest of the images that a run was trained on."""
    return record.data['train']['split_digest']


def changes(record: ResultRecord) -> str:
    """Return the settings and data that were changed while a run was made; of the code, the record alone tells."""
    told = [change for change in record.changes or () if not change['key'].startswith('environment.')]
    return ', '.join(f'{change["key"]} changed at update {change["update"]}' for change in told)


def source(record: ResultRecord) -> str | None:
    """Return the digest of the config of the run that gave the first weights, if any did."""
    return record.started_from['config_digest'] if record.started_from else None


def by_setting(records: Iterable[ResultRecord], train_varies: bool = False) -> dict[Setting, list[ResultRecord]]:
    """Sort records by setting. What was not trained (no updates, no weights) goes to all that differ only in that."""
    groups: dict[Setting, list[ResultRecord]] = {}
    for record in records:
        groups.setdefault(Setting.of(record, train_varies), []).append(record)
    trained = {setting: group for setting, group in groups.items() if setting.iterations}
    for setting, group in groups.items():
        if setting.iterations:
            continue
        hosts = [host for host in trained if dataclasses.replace(host, iterations=0, pretrained=False) == setting]
        for host in hosts:
            trained[host] = trained[host] + group
        if not hosts:
            trained[setting] = group
    parts = ('val',) if train_varies else ('val', 'train')
    return dict(sorted(part for setting, group in trained.items() for part in _by_content(setting, group, parts)))


def variants(records: Iterable[ResultRecord]) -> list[list[ResultRecord]]:
    """Split the runs of one config by what they were made of, newest first; of each seed only the newest run counts.

    What they were made of are the text of the config, the settings that were changed on the way, the config of the run
    that gave the first weights, and all data, trained on and evaluated. Where a record does not tell the content of its
    data, it goes with the newest that does not contradict it.
    """
    newest_first = sorted(records, key=lambda record: datetime.fromisoformat(record.created), reverse=True)
    found: list[tuple[dict[str, str], dict[int, ResultRecord]]] = []
    for record in newest_first:
        own = made_of(record)
        parts, runs = next((pair for pair in found if _agree(pair[0], own)), ({}, {}))
        if not runs:
            found.append((parts, runs))
        parts.update(own)
        runs.setdefault(record.seed, record)
    return [sorted(runs.values(), key=lambda record: record.seed) for _, runs in found]


def made_of(record: ResultRecord) -> dict[str, str]:
    """What a run was made of, by name of the part: its settings, and the frames and the content of each data set."""
    parts = {'config': record.config_digest, 'changes': changes(record), 'source': str(source(record))}
    for name, data in record.data.items():
        parts[f'{name} frames'] = data['split_digest']
        parts |= {f'{name} {field}': digest for field, digest in data.get('content', {}).items()}
    return parts


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether nothing that both tell is different."""
    return all(other.get(part, value) == value for part, value in one.items())


def _by_content(
    setting: Setting, records: Sequence[ResultRecord], names: Sequence[str]
) -> list[tuple[Setting, list[ResultRecord]]]:
    """Split the runs of a setting where the files behind equal names differ.

    A run tells the content of its images and of the labels of its tasks alone. It goes to every part that nothing it
    tells contradicts.
    """
    told = [
        {f'{name} {field}': digest for name in names for field, digest in record.data[name].get('content', {}).items()}
        for record in records
    ]
    several = {part for one in told for part in one if len({other[part] for other in told if part in other}) > 1}
    if not several:
        return [(setting, list(records))]
    contents = [{part: one[part] for part in sorted(several) if part in one} for one in told]
    # Those that are part of no other.
    heads = [one for one in contents if not any(one != other and one.items() <= other.items() for other in contents)]
    split = []
    for head in {repr(head): head for head in heads}.values():
        group = [record for record, one in zip(records, contents, strict=True) if _agree(head, one)]
        digest = hashlib.sha256(repr(head).encode()).hexdigest()
        split.append((dataclasses.replace(setting, content=digest), group))
    return split
