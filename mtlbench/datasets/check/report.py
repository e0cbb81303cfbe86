"""What was found in a split, and how it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from prettytable import PrettyTable

from mtlbench.datasets.base import FIELD_KINDS, MultiTaskDataset
from mtlbench.datasets.check.fields import CHECKS

EXAMPLES = 3
WORDS = {
    'frames': 'number of frames',
    'split': 'frames in the wrong split',
    'files': 'files that cannot be read',
    'neighbours': 'neighbouring video frames',
}


@dataclass
class SplitReport:
    """What was found in one split of a dataset.

    Args:
        title: Stream, dataset and split.
        root: Folder of the dataset.
    """

    title: str
    root: str
    dataset: MultiTaskDataset | None = None
    size: int = 0
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[NDArray[np.float64]]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, dataset: MultiTaskDataset) -> None:
        """Say what is looked at."""
        self.dataset, self.size = dataset, len(dataset)

    def add(self, check: str, message: str) -> None:
        """Something is wrong."""
        self.faults[check].append(message)

    def note(self, check: str, text: str) -> None:
        """Something worth telling that is not wrong."""
        self.notes[check] = text

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        return sum(len(messages) for messages in self.faults.values())

    @property
    def checks(self) -> Sequence[str]:
        """What was looked at."""
        if self.dataset is None:
            return ('frames',)
        read = dict.fromkeys(self.dataset.label_fields[task] for task in self.dataset.tasks)
        neighbours = ('neighbours',) if self.dataset.neighbour_offsets else ()
        return ('frames', 'split', 'files', *read, *neighbours)

    def found(self, check: str) -> str:
        """What there is to tell of a check, beside what is wrong."""
        if check in self.facts and self.dataset is not None:
            return CHECKS[FIELD_KINDS[check]].summary(np.stack(self.facts[check]), self.dataset)
        return self.notes.get(check, '')


def draw_report(report: SplitReport) -> str:
    """A table with a line for each check, and the first offending files of each."""
    table = PrettyTable(['check', 'wrong', 'found'], align='l', max_width=80)
    for check in report.checks:
        table.add_row([WORDS.get(check, check), len(report.faults[check]) or 'ok', report.found(check)])
    lines = [f'{report.title}: {report.size} frames in {report.root}', str(table)]
    for check, messages in report.faults.items():
        lines += [f'  {message}' for message in messages[:EXAMPLES]]
        if len(messages) > EXAMPLES:
            lines.append(f'  ... and {len(messages) - EXAMPLES} more ({WORDS.get(check, check)})')
    return '\n'.join(lines)
