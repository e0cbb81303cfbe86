"""Output formats of tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from prettytable import PrettyTable

from mtlbench.leaderboard.tables.grid import DIFFERS, Cell, Grid
from mtlbench.utils.json_files import encode_json
from mtlbench.utils.terminal import fitted, wrapped

MARKDOWN = ('{}', '**{}**', '*{}*')
LATEX = ('{}', r'\textbf{{{}}}', r'\underline{{{}}}')
LATEX_ESCAPES = {
    '\\': r'\textbackslash{}',
    **{character: f'\\{character}' for character in '&%$#_{}'},
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '<': r'\textless{}',
    '>': r'\textgreater{}',
    '±': r'$\pm$',
    '↑': r'$\uparrow$',
    '↓': r'$\downarrow$',
    'Δ': r'$\Delta$',
    'λ': r'$\lambda$',
    'ε': r'$\varepsilon$',
    '≈': r'$\approx$',
    '†': r'$\dagger$',
    '★': r'$\star$',
    '☆': r'$\circ$',
    '\N{EN DASH}': '--',
}


def as_text(grids: Sequence[Grid]) -> str:
    """Format tables for a terminal, as lists if a table would be too wide."""
    parts = []
    for grid in grids:
        lines = [grid.title, *grid.lines, *_legend(grid, '★ best, ☆ second best')]
        parts.append('\n'.join([*wrapped(lines), fitted(_pretty(grid)), *wrapped(grid.below)]))
    return '\n\n'.join(parts)


def as_markdown(grids: Sequence[Grid]) -> str:
    """Format tables as Markdown, with the best of a column in bold and the second best in italics."""
    parts = []
    for grid in grids:
        align = [':--', *('--:' for _ in grid.header[1:])]
        body = [[_ranked(cell, MARKDOWN, _markdown) for cell in row] for row in grid.rows]
        table = [f'| {" | ".join(row)} |' for row in (map(_markdown, grid.header), align, *body)]
        remarks = (*grid.lines, *_legend(grid, 'bold: best, italics: second best'), *grid.below)
        lines = [f'- {_markdown(line)}' for line in remarks]
        parts.append('\n'.join([f'### {_markdown(grid.title)}', '', *table, '', *lines]))
    return '\n\n'.join(parts)


def as_latex(grids: Sequence[Grid]) -> str:
    """Format tables as LaTeX with ``booktabs``, with the best of a column in bold and the second best underlined."""
    parts = []
    for grid in grids:
        body = [[_ranked(cell, LATEX, _latex) for cell in row] for row in grid.rows]
        rows = [' & '.join(row) + r' \\' for row in ([_latex(name) for name in grid.header], *body)]
        comments = [f'% {line}' for line in grid.below]
        legend = _legend(grid, 'Bold: best, underlined: second best')
        caption = _latex('. '.join(line.rstrip('.') for line in (grid.title, *grid.lines, *legend, *grid.footnotes)))
        start = [r'\begin{table}', rf'\caption{{{caption}.}}', rf'\label{{tab:{grid.id}}}']
        start += [rf'\begin{{tabular}}{{l{"r" * (len(grid.header) - 1)}}}', r'\toprule', rows[0], r'\midrule']
        parts.append('\n'.join([*comments, *start, *rows[1:], r'\bottomrule', r'\end{tabular}', r'\end{table}']))
    return '\n\n'.join(parts)


def as_csv(grids: Sequence[Grid]) -> str:
    """Format all tables as CSV, each under its own header. The first column contains the table's title."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    for grid in grids:
        heading = _no_formula(' | '.join([grid.title, *grid.lines]))
        writer.writerow(['table', *map(_no_formula, grid.header)])
        # Only labels come from other sources. Numbers may begin with a sign.
        writer.writerows([heading, _no_formula(str(row[0])), *map(str, row[1:])] for row in grid.rows)
        writer.writerows([['note', _no_formula(line)] for line in grid.below])
    return out.getvalue().rstrip('\n')


def as_json(grids: Sequence[Grid]) -> str:
    """Format tables as JSON with unrounded means, deviations and values by seed, in the given units."""
    text = encode_json([_raw(grid) for grid in grids], indent=1, ensure_ascii=False)
    return ''.join(char if char.isprintable() or char == '\n' else json.dumps(char)[1:-1] for char in text).rstrip('\n')


FORMATS: dict[str, Callable[[Sequence[Grid]], str]] = {
    'text': as_text,
    'markdown': as_markdown,
    'latex': as_latex,
    'csv': as_csv,
    'json': as_json,
}


def _legend(grid: Grid, marks: str) -> list[str]:
    """Return the meaning of the rank marks, if there are any."""
    ranked = any(cell.rank for row in grid.rows for cell in row)
    return [f'{marks} of a column, by mean'] if ranked else []


def _pretty(grid: Grid) -> PrettyTable:
    table = PrettyTable(grid.header, align='r')
    table.align[grid.header[0]] = 'l'
    table.add_rows([[cell.marked for cell in row] for row in grid.rows])
    return table


def _ranked(cell: Cell, styles: Sequence[str], escape: Callable[[str], str]) -> str:
    text = styles[cell.rank].format(escape(cell.text))
    return f'{text}{escape(DIFFERS[cell.differs])}{escape(str(cell)[len(cell.text) :])}'


def _markdown(text: str) -> str:
    """Escape column separators, tags and links."""
    return text.replace('|', '&#124;').replace('<', '&lt;').replace('](', ']\\(')


def _no_formula(text: str) -> str:
    """Escape text that a spreadsheet would evaluate."""
    return f"'{text}" if text.lstrip().startswith(('=', '+', '-', '@')) else text


def _latex(text: str) -> str:
    minus = '$-$' if text.startswith('-') else ''
    return minus + ''.join(LATEX_ESCAPES.get(character, character) for character in text.removeprefix('-'))


def _raw(grid: Grid) -> dict[str, Any]:
    verdicts = [
        {
            'says': verdict.claim.says,
            'verdict': verdict.verdict,
            'seeds': verdict.seeds,
            'comparisons': [asdict(comparison) for comparison in verdict.comparisons],
        }
        for verdict in grid.verdicts
    ]
    rows = [{'label': row[0].text, 'notes': row[0].notes, **row[0].raw, 'cells': _cells(row[1:])} for row in grid.rows]
    heading = {'suite': grid.id, 'title': grid.title, 'heading': grid.lines, **grid.raw}
    return {**heading, 'rows': rows, 'claims': verdicts, 'notes': grid.notes}


def _cells(cells: Sequence[Cell]) -> dict[str, dict[str, Any]]:
    """Return the measured and published cells by column key."""
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        raw = {key: value for key, value in cell.raw.items() if key not in ('column', 'kind')}
        found.setdefault(cell.raw['column'], {})[cell.raw['kind']] = {**raw, 'rank': cell.rank, 'notes': cell.notes}
    return found
