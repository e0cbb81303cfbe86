"""Printable tables: cells as text, with their raw numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mtlbench.leaderboard.claims.verdict import RULE, Verdict
from mtlbench.utils.printable import printable

DASH = '\N{EN DASH}'
RANKS = ('', '★', '☆')
DIFFERS = {True: '†', False: '≈', None: ''}


@dataclass
class Cell:
    """A cell of a table.

    Args:
        text: Printed text, without marks.
        notes: Numbers of its footnotes.
        rank: 1 for the best of the column, 2 for the second best, else 0.
        differs: True if it differs significantly from the reference row; None if not tested.
        raw: Raw numbers.
    """

    text: str = DASH
    notes: list[int] = field(default_factory=list)
    rank: int = 0
    differs: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = printable(self.text)

    def __str__(self) -> str:
        return ' '.join([self.text, *(f'[{number}]' for number in self.notes)])

    @property
    def marked(self) -> str:
        """Text with the marks of rank and significance."""
        return f'{self} {RANKS[self.rank]}{DIFFERS[self.differs]}'.rstrip()


@dataclass
class Grid:
    """A table with heading, footnotes and verdicts.

    Args:
        id: Id of the suite.
        title: Title of the table.
        lines: Lines of the heading.
        header: Names of the columns.
        rows: Cells in the order of the header.
        notes: Footnotes. A cell refers to the k-th by ``[k]``.
        verdicts: Verdicts on the claims of the paper.
        raw: Setting and columns.
    """

    id: str
    title: str
    lines: list[str]
    header: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    raw: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.title = printable(self.title)
        self.lines, self.header = [list(map(printable, texts)) for texts in (self.lines, self.header)]

    def note(self, text: str) -> int:
        """Return the number of a footnote, adding it if it is new."""
        text = printable(text)
        if text not in self.notes:
            self.notes.append(text)
        return self.notes.index(text) + 1

    @property
    def footnotes(self) -> list[str]:
        """Footnotes with their numbers."""
        return [f'[{number}] {note}' for number, note in enumerate(self.notes, 1)]

    @property
    def below(self) -> list[str]:
        """Footnotes and verdicts as lines."""
        verdicts = [f'claim {verdict}' for verdict in self.verdicts]
        return [*self.footnotes, *verdicts, RULE] if verdicts else self.footnotes
