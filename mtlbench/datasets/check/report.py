"""Findings in a split, and their presentation."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from prettytable import PrettyTable

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.check.expected import expected
from mtlbench.utils.printable import printable

EXAMPLES = 3
COLUMNS = 100
FOUND = 58
"""Width of the table's last column, in characters: the space that the other columns leave."""
WORDS = {
    'frames': 'number of frames',
    'split': 'frames in the wrong split',
    'beside': 'files passed over',
    'files': 'files that cannot be read',
    'image': 'images of one color',
    'sizes': 'sizes of images, labels',
    'camera': 'intrinsics',
    'neighbors': 'neighboring video frames',
}


@dataclass
class SplitReport:
    """Findings in one split of a dataset.

    Args:
        title: Stream, dataset and split.
        root: Folder of the dataset.
        dataset: Dataset that was built for the split; None if that failed.
        size: Number of frames.
        faults: Messages of faults by check.
        harmless: Messages about harmless files that were passed over.
        notes: Remarks by check.
        facts: Statistics of the labels by field.
    """

    title: str
    root: str
    dataset: MultiTaskDataset | None = None
    size: int = 0
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    harmless: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[NDArray[np.float64]]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, dataset: MultiTaskDataset) -> None:
        """Start the report with the dataset, its size, and the files passed over."""
        self.dataset, self.size = dataset, len(dataset)
        for path, reason, wrong in dataset.passed_over:
            if wrong:
                self.add('beside', f'{path} {reason}')
            else:
                self.harmless.append(f'{path} {reason}')
        count = len(dataset.passed_over)
        self.note('beside', f'{count} {"file" if count == 1 else "files"}, see below' if count else 'none')
        labeled = Counter(task for frame in dataset.frames for task in dataset.labeled_tasks(frame))
        for task in dataset.tasks:
            if labeled[task] < self.size:
                self.note(dataset.label_fields[task], f'{labeled[task]} of {self.size} frames; ')

    def add(self, check: str, message: str) -> None:
        """Add a fault."""
        self.faults[check].append(message)

    def note(self, check: str, text: str) -> None:
        """Set the remark of a check."""
        self.notes[check] = text

    @property
    def wrong(self) -> int:
        """Number of faults."""
        return sum(len(messages) for messages in self.faults.values())

    @property
    def checks(self) -> Sequence[str]:
        """Names of the checks that were made."""
        if self.dataset is None:
            return ('frames',)
        read = dict.fromkeys(self.dataset.label_fields[task] for task in self.dataset.tasks)
        camera = ('camera',) if self.dataset.needs_camera else ()
        neighbors = ('neighbors',) if self.dataset.neighbor_offsets else ()
        return ('frames', 'split', 'beside', 'files', 'image', 'sizes', *camera, *read, *neighbors)

    def found(self, check: str) -> str:
        """Return the remark or the summary of a check."""
        if check in self.facts and self.dataset is not None:
            about = expected(self.dataset, check)
            summary = self.dataset.kinds[check].summary(np.stack(self.facts[check]), about)
            return self.notes.get(check, '') + summary
        return self.notes.get(check, '')


def draw_report(report: SplitReport) -> str:
    """Return a table with one row per check, and the first messages of each check."""
    table = PrettyTable(['check', 'wrong', 'found'], align='l')
    table.max_width['found'] = FOUND
    for check in report.checks:
        table.add_row([WORDS.get(check, check), len(report.faults[check]) or 'ok', report.found(check)])
    lines = [printable(f'{report.title}: {report.size} frames in {report.root}'), str(table)]
    for check, messages in report.faults.items():
        lines += _examples(messages, WORDS.get(check, check))
    lines += _examples([f'passed over: {message}' for message in report.harmless], 'passed over')
    return '\n'.join(lines)


def _examples(messages: Sequence[str], check: str) -> Iterator[str]:
    """Yield the first messages, wrapped between words."""
    for message in messages[:EXAMPLES]:
        yield textwrap.fill(
            printable(message),
            COLUMNS,
            initial_indent='  ',
            subsequent_indent='    ',
            break_long_words=False,
            break_on_hyphens=False,
        )
    if len(messages) > EXAMPLES:
        yield f'  ... and {len(messages) - EXAMPLES} more ({check})'
