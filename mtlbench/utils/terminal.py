"""Text in the width of the terminal: tables if they fit, otherwise lists."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable
from unicodedata import east_asian_width

from prettytable import PrettyTable

WITHOUT_TERMINAL = 120


def terminal_width() -> int:
    """Return the columns of the terminal or of ``COLUMNS``, and a fixed number for output to a file or pipe."""
    return shutil.get_terminal_size((WITHOUT_TERMINAL, 24)).columns


def fitted(table: PrettyTable, width: int | None = None) -> str:
    """Return a table that fits the terminal as text, and a wider one as a list with one block per row.

    Args:
        table: Table whose first column names the rows.
        width: Available columns; None for the width of the terminal.
    """
    width = width or terminal_width()
    text = table.get_string()
    if max(map(_columns, text.splitlines())) <= width:
        return text
    first, *names = table.field_names
    return '\n\n'.join('\n'.join(_block(f'{first}: {row[0]}', names, row[1:], width)) for row in table.rows)


def wrapped(lines: Iterable[str], width: int | None = None) -> list[str]:
    """Return the lines, with those that are wider than the terminal broken between words."""
    width = width or terminal_width()
    return [part for line in lines for part in _wrap(line, width, '  ')]


def _block(title: str, names: list[str], cells: list[object], width: int) -> list[str]:
    """Return the lines of one row: its name and its non-empty cells."""
    shown = [(name, str(cell)) for name, cell in zip(names, cells, strict=True) if str(cell)]
    space = max((_columns(name) for name, _ in shown), default=0)
    lines = _wrap(title, width, '  ')
    for name, cell in shown:
        beside = f'  {name}{" " * (space - _columns(name))}  {cell}'
        if _columns(beside) <= width:
            lines.append(beside)
        else:
            lines += [*_wrap(f'  {name}', width, '  '), *_wrap(f'    {cell}', width, '    ')]
    return lines


def _wrap(line: str, width: int, indent: str) -> list[str]:
    """Break a line between words; words longer than the width are kept."""
    if _columns(line) <= width:
        return [line]
    return textwrap.wrap(line, max(width, 20), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _columns(text: str) -> int:
    """Return the display width of a line; wide East Asian characters take two columns."""
    return sum(2 if east_asian_width(character) in 'WF' else 1 for character in text)
