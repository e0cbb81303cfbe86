"""Writing of report folders, either completely or not at all."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.leaderboard.html import sections, weights
from mtlbench.leaderboard.html.charts import draw_all
from mtlbench.leaderboard.html.figures import figures_of
from mtlbench.leaderboard.statistics import COSTS
from mtlbench.leaderboard.suites import Suite
from mtlbench.leaderboard.tables.comparability import Setting
from mtlbench.leaderboard.tables.grid import Grid
from mtlbench.records.record import ResultRecord
from mtlbench.utils.json_files import encode_json
from mtlbench.utils.output import hidden_folder

TEMPLATES = Path(__file__).parent / 'templates'
ASSETS = ('style.css', 'report.js')
MARK = '.mtlbench-report'


def write_report(
    tables: Sequence[tuple[Suite, Sequence[Grid]]], records: Sequence[ResultRecord], work_dir: Path, out: Path
) -> list[str]:
    """Write the report pages of suites.

    Args:
        tables: Suites with their tables.
        records: All records used in the tables.
        work_dir: Folder of the runs, with their curves and images.
        out: Folder to write. An earlier report in it is replaced.

    Returns:
        A message for each skipped file of a run that cannot be read or is a link out of its folder.

    Raises:
        ConfigError: If the folder contains anything but an earlier report.
        MissingExtraError: If the extra ``report`` is not installed.
    """
    try:
        import jinja2
        import matplotlib  # noqa: F401  the charts need it
    except ImportError as error:
        raise MissingExtraError(error.name or 'jinja2', 'report') from error
    if out.exists() and not (out / MARK).exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f'{out} contains something other than a report and is not overwritten; choose another --out')
    out.parent.mkdir(parents=True, exist_ok=True)
    loader = jinja2.FileSystemLoader(TEMPLATES)
    templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    with hidden_folder(out) as hidden:
        made = hidden / 'new'
        site = _Site(templates, records, work_dir, made)
        site.write(tables)
        if out.exists():
            out.rename(hidden / 'old')
        made.rename(out)
    return list(dict.fromkeys(site.left_out))


class _Site:
    """Writer of a report folder."""

    def __init__(self, templates: Any, records: Sequence[ResultRecord], work_dir: Path, folder: Path) -> None:
        self.templates, self.records, self.work_dir, self.folder = templates, records, work_dir, folder
        self.pages: dict[int, str] = {}
        self.runs: list[tuple[str, dict[str, Any]]] = []
        self.left_out: list[str] = []

    def write(self, tables: Sequence[tuple[Suite, Sequence[Grid]]]) -> None:
        """Write all pages."""
        (self.folder / 'runs').mkdir(parents=True)
        (self.folder / MARK).touch()
        for name in ASSETS:
            shutil.copyfile(TEMPLATES / name, self.folder / name)
        entries = []
        suites = [(suite, grids, [self._table(suite, grid) for grid in grids]) for suite, grids in tables]
        _draw([part for _, _, parts in suites for part in parts] + [values for _, values in self.runs])
        for page, values in self.runs:
            self._page(page, 'run.html', **values)
        for suite, grids, parts in suites:
            page = f'{_slug(suite.id)}.html'
            self._page(page, 'suite.html', suite=suite, tables=parts, costs=COSTS)
            runs = {id(run) for part in parts for group in part['rows'].values() for run in group}
            entries.append({'page': page, 'suite': suite, 'runs': len(runs), 'tables': len(grids)})
        self._page('index.html', 'index.html', entries=entries)

    def _table(self, suite: Suite, grid: Grid) -> dict[str, Any]:
        rows = sections.runs_of(grid, suite, self.records)
        links = {label: [(run, self._run(run)) for run in runs] for label, runs in rows.items()}
        return {
            'grid': grid,
            'rows': rows,
            'links': links,
            'charts': figures_of(suite, grid) or sections.charts_of(grid),
            'costs': sections.costs_of(rows),
            'weights': weights.weights_of(rows),
            'tradeoffs': sections.tradeoffs_of(grid, rows),
            'curves': sections.curves_of(rows, self.work_dir, self.left_out),
            'images': [
                (name, [(label, run, copy) for label, run, path in panels if (copy := self._image(run, path))])
                for name, panels in sections.images_of(rows, self.work_dir, self.left_out)
            ],
        }

    def _run(self, run: ResultRecord) -> str:
        """Return the page of a run, and note what it shows on first use."""
        if id(run) not in self.pages:
            self.pages[id(run)] = f'runs/{_run_slug(run)}.html'
            texts = {name: encode_json(getattr(run, name), indent=1, ensure_ascii=False) for name in ('data', 'config')}
            values = {
                'run': run,
                'setting': Setting.of(run).describe(),
                'balancer': weights.notes_of_run(run),
                'weights': weights.weights_of_run(run),
                'curves': weights.weight_curves_of(run, self.work_dir, self.left_out),
            }
            self.runs.append((self.pages[id(run)], {**values, **texts}))
        return self.pages[id(run)]

    def _image(self, run: ResultRecord, path: Path) -> str:
        """Copy an image and return its path; empty if it cannot be read."""
        folder = self.folder / 'images' / _run_slug(run)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, folder / path.name)
        except OSError as error:
            self.left_out.append(f'{path} cannot be read: {error.strerror}')
            return ''
        return f'images/{folder.name}/{path.name}'

    def _page(self, path: str, template: str, **values: Any) -> None:
        text = self.templates.get_template(template).render(up='../' * path.count('/'), **values)
        (self.folder / path).write_text(text, encoding='utf-8')


def _draw(parts: Sequence[dict[str, Any]]) -> None:
    """Replace drawings with drawn charts."""
    groups = [part[kind] for part in parts for kind in ('charts', 'tradeoffs', 'curves') if kind in part]
    drawn = iter(draw_all([drawing for group in groups for drawing in group]))
    for group in groups:
        group[:] = [next(drawn) for _ in group]


def _run_slug(run: ResultRecord) -> str:
    digest = hashlib.sha256(repr(run).encode()).hexdigest()[:8]
    return _slug(f'{run.profile}-{run.recipe}-{run.name}-seed{run.seed}-{digest}')


def _slug(text: str) -> str:
    return re.sub(r'[^A-Za-z0-9_-]+', '-', text)
