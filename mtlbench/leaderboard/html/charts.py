"""SVG charts to embed in a page: transparent, in the text color of the page, so that they work in dark mode."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = '#010203'
STYLE: Any = {
    **dict.fromkeys(('text.color', 'axes.edgecolor', 'axes.labelcolor', 'xtick.color', 'ytick.color'), INK),
    'svg.fonttype': 'none',
    'svg.hashsalt': 'mtlbench',
    'text.parse_math': False,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'font.size': 9,
}
# Margins in inches around the plot. They are fixed, because fitting them to the text draws every chart twice.
PLOT_IN, TOP_IN, BELOW_IN, RIGHT_IN = 3.5, 0.3, 0.5, 0.1
NUMBERS_IN, LETTER_IN, GAP_IN, LEGEND_ROW_IN = 0.5, 0.085, 0.2, 0.2
LEGEND_COLUMNS = 2
# Mid tones: legible on white and on near-black.
COLORS = ('#3b82d6', '#d9730d', '#3a9a55', '#c94f4f', '#8f6fd1', '#a0764e', '#cc5fa8', '#7d8590', '#9a9a20', '#1d9bb0')
STROKES = ('-', '--', ':')


class Point(NamedTuple):
    """A value with its standard deviation over seeds. Charts with one value per row do not use ``x``."""

    label: str
    value: float
    std: float | None
    x: float = 0.0


Drawing = partial[str]  # a chart that is not drawn yet
Lines = Mapping[str, Sequence[Point]]
Series = Mapping[str, Sequence[tuple[Sequence[float], Sequence[float]]]]


def bars(title: str, points: Sequence[Point], published: Sequence[Point] = ()) -> str:
    """Draw a dot with an error bar for each row, from top to bottom, and hollow markers for published values."""
    labels = list(dict.fromkeys(point.label for point in (*points, *published)))
    looks: tuple[tuple[str, Sequence[Point], dict[str, Any]], ...] = (
        ('measured', points, {'fmt': 'o', 'color': COLORS[0]}),
        ('published', published, {'fmt': 'D', 'color': COLORS[7], 'mfc': 'none'}),
    )
    left = GAP_IN + LETTER_IN * max(map(len, labels))
    with _Chart(title, 0.2 + 0.24 * len(labels), left, 2 if published else 0) as chart:
        for name, group, look in looks:
            values, places = [point.value for point in group], [labels.index(point.label) for point in group]
            chart.axes.errorbar(values, places, xerr=_deviations(group), ms=5, capsize=3, label=name, **look)
        chart.axes.set_yticks(range(len(labels)), labels)
        chart.axes.invert_yaxis()
        chart.axes.grid(axis='x', alpha=0.3)
    return chart.svg


def scatter(title: str, across: str, points: Sequence[Point]) -> str:
    """Draw quality, with error bars, against a cost."""
    with _Chart(title, 2.4, NUMBERS_IN, len(points)) as chart:
        for (color, stroke), point in zip(_looks(), points, strict=False):
            mark = {'-': 'o', '--': 's', ':': '^'}[stroke]
            chart.axes.plot(point.x, point.value, mark, color=color, label=point.label)
        colors = [color for (color, _), _ in zip(_looks(), points, strict=False)]
        xs, values = [point.x for point in points], [point.value for point in points]
        bars_only: dict[str, Any] = {'fmt': 'none', 'ecolor': colors}
        chart.axes.errorbar(xs, values, _deviations(points), **bars_only)
        chart.axes.set_xlabel(across)
        chart.axes.grid(alpha=0.3)
    return chart.svg


def curves(title: str, series: Series) -> str:
    """Draw a line for each run, with one color per row."""
    with _Chart(title, 2.4, NUMBERS_IN, len(series)) as chart:
        for (color, stroke), (label, runs) in zip(_looks(), series.items(), strict=False):
            for number, (xs, ys) in enumerate(runs):
                name = label if number == 0 else None
                chart.axes.plot(xs, ys, stroke, color=color, lw=1.2, marker='.' if len(xs) < 3 else None, label=name)
        chart.axes.set_xlabel('updates')
        chart.axes.grid(alpha=0.3)
    return chart.svg


def lines(title: str, across: str, measured: Lines, published: Lines) -> str:
    """Draw a line with error bars for each row, and hollow markers in its color for published values."""
    labels = list(dict.fromkeys([*measured, *published]))
    with _Chart(title, 2.4, NUMBERS_IN, len(labels) + bool(published)) as chart:
        for (color, stroke), label in zip(_looks(), labels, strict=False):
            points = measured.get(label, ())
            xs, ys, errors = ([getattr(point, name) or 0 for point in points] for name in ('x', 'value', 'std'))
            chart.axes.errorbar(xs, ys, errors, fmt=f'{stroke}o', ms=4, capsize=3, color=color, label=label)
            printed = published.get(label, ())
            chart.axes.plot([p.x for p in printed], [p.value for p in printed], 'D', color=color, mfc='none')
        if published:
            chart.axes.plot([], [], 'D', color=COLORS[7], mfc='none', label='published')
        places = [point.x for points in measured.values() for point in points]
        if min(places) > 0:
            chart.axes.set_xscale('log', base=2)
            chart.axes.xaxis.set_major_formatter('{x:g}')
        chart.axes.set_xlabel(across)
        chart.axes.grid(alpha=0.3)
    return chart.svg


def draw_all(drawings: Sequence[Drawing]) -> list[str]:
    """Draw charts on all cores. One takes about 50 ms."""
    if not drawings:
        return []
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_draw, drawings, chunksize=4))


def _draw(drawing: Drawing) -> str:
    return drawing()


class _Chart:
    """Context that draws a chart, available as ``svg`` afterwards.

    Args:
        title: Title above the plot.
        height: Height of the plot in inches.
        left: Left margin for the axis labels in inches.
        entries: Number of legend entries below the plot; 0 for no legend.
    """

    def __init__(self, title: str, height: float, left: float, entries: int) -> None:
        self.title, self.height, self.left, self.entries, self.svg = title, height, left, entries, ''

    def __enter__(self) -> _Chart:
        import matplotlib
        from matplotlib.figure import Figure

        self._style = matplotlib.rc_context(STYLE)
        self._style.__enter__()
        width = self.left + PLOT_IN + RIGHT_IN
        below = BELOW_IN + LEGEND_ROW_IN * math.ceil(self.entries / LEGEND_COLUMNS)
        tall = TOP_IN + self.height + below
        self.figure: Figure = Figure(figsize=(width, tall))
        self.axes: Axes = self.figure.add_axes((self.left / width, below / tall, PLOT_IN / width, self.height / tall))
        # A fixed position avoids the slow automatic placement of the title.
        self.axes.set_title(self.title, fontsize=10, y=1.0)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if error[0] is None:
                self._add_legend()
                self.svg = _svg(self.figure, self.title)
        finally:
            self._style.__exit__(None, None, None)

    def _add_legend(self) -> None:
        if self.entries:
            place = (0.5, -(BELOW_IN - LEGEND_ROW_IN / 4) / self.height)
            options: dict[str, Any] = {'ncols': LEGEND_COLUMNS, 'fontsize': 8, 'frameon': False, 'borderaxespad': 0.0}
            self.axes.legend(loc='upper center', bbox_to_anchor=place, **options)


def _svg(figure: Figure, title: str) -> str:
    out = io.StringIO()
    figure.savefig(out, format='svg', transparent=True, metadata={'Date': None, 'Creator': None})
    text = out.getvalue().replace(INK, 'currentColor')
    return text[text.index('<svg') :].replace('<svg', f'<svg role="img" aria-label="{escape(title)}"', 1)


def _deviations(points: Sequence[Point]) -> list[float]:
    return [math.nan if point.std is None else point.std for point in points]


def _looks() -> Iterator[tuple[str, str]]:
    """Yield colors and strokes: all colors solid, then dashed, then dotted, and again."""
    return itertools.cycle((color, stroke) for stroke, color in itertools.product(STROKES, COLORS))
