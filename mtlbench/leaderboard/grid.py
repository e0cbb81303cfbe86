"""A table ready to print, and the formats it is printed in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from prettytable import PrettyTable


@dataclass
class Grid:
    """Cells of text under a heading.

    Args:
        title: What the table shows.
        lines: What a reader must know before the numbers.
        header: Names of the columns.
        rows: Cells, in the order of the header.
        notes: Footnotes; a cell refers to the k-th by ``[k]``.
    """

    title: str
    lines: list[str]
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> str:
        """The mark of a footnote, added where it is new."""
        if text not in self.notes:
            self.notes.append(text)
        return f'[{self.notes.index(text) + 1}]'


def as_text(grids: Sequence[Grid]) -> str:
    """Tables for a terminal."""
    return '\n\n'.join('\n'.join([grid.title, *grid.lines, str(_pretty(grid)), *_notes(grid)]) for grid in grids)


def as_markdown(grids: Sequence[Grid]) -> str:
    """Tables for a page."""
    parts = []
    for grid in grids:
        align = [':--', *('--:' for _ in grid.header[1:])]
        table = [f'| {" | ".join(row)} |' for row in (grid.header, align, *grid.rows)]
        lines = [f'- {line}' for line in (*grid.lines, *_notes(grid))]
        parts.append('\n'.join([f'### {grid.title}', '', *table, '', *lines]))
    return '\n\n'.join(parts)


def as_csv(grids: Sequence[Grid]) -> str:
    """All tables below each other, each under its own header; the first column names the table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    for grid in grids:
        writer.writerow(['table', *grid.header])
        writer.writerows([' | '.join([grid.title, *grid.lines]), *row] for row in grid.rows)
        writer.writerows([['note', note] for note in _notes(grid)])
    return out.getvalue().rstrip('\n')


def as_json(grids: Sequence[Grid]) -> str:
    """A list of tables."""
    return json.dumps([asdict(grid) for grid in grids], indent=1, ensure_ascii=False)


FORMATS = {'text': as_text, 'markdown': as_markdown, 'csv': as_csv, 'json': as_json}


def _pretty(grid: Grid) -> PrettyTable:
    table = PrettyTable(grid.header, align='r')
    table.align[grid.header[0]] = 'l'
    table.add_rows(grid.rows)
    return table


def _notes(grid: Grid) -> list[str]:
    return [f'[{number}] {note}' for number, note in enumerate(grid.notes, 1)]
