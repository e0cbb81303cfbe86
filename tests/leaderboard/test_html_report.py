from __future__ import annotations

import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from mtlbench.cli import benchmark
from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.leaderboard.html import traces
from mtlbench.records.paths import run_dir

SUITE = 'xtam_t1_vkitti2_sd'
TASKS = ('semseg', 'depth')
SCORES = {
    'stl/s_vkitti2': (0.80,),
    'stl/d_vkitti2': (5.0,),
    'mtl/sd_vkitti2': (0.82, 4.9),
    'padnet/sd_vkitti2': (0.79, 4.6),
    'xtam/sd_vkitti2': (0.85, 4.2),
}
LEARNED = {'padnet/sd_vkitti2': 'PCGrad', 'xtam/sd_vkitti2': 'DWA'}
COSTS = {'gflops': 10.0, 'step_time_s': 0.2, 'peak_memory_mb': 900.0}

PHONE = {'width': 360, 'height': 740}


def call(*arguments):
    sys_argv, sys.argv = sys.argv, ['benchmark.py', 'report', *map(str, arguments)]
    try:
        with pytest.raises(SystemExit) as status:
            benchmark.main()
    finally:
        sys.argv = sys_argv
    return status.value.code


def balancer_of(name, seed):
    """Learned weights for two rows, none for the records of an earlier version, and constant ones."""
    if name in LEARNED:
        weights = {task: {'mean': 0.5 * seed, 'last': number + seed, 'share': 1.0} for number, task in enumerate(TASKS)}
        return {'type': LEARNED[name], 'weights': weights, 'failures': 3}
    return {'type': 'FixedWeights', 'constant': {'semseg': 50}} if name.startswith('mtl') else None


@pytest.fixture
def work_dir(tmp_path, make_record):
    """Two seeds of five rows, the joint ones with curves, two of them with images."""
    for number, (name, scores) in enumerate(SCORES.items()):
        for seed in (1, 2):
            values = [score * (1 + 0.01 * seed) for score in scores]
            costs = {**COSTS, 'gflops': 10.0 + number}
            config = {'note': f'<script>alert(1)</script> of {name}'}
            costs['balancer'] = balancer_of(name, seed)
            record = make_record(name, *values, seed=seed, config=config, parameters=10**6 * (number + 1), **costs)
            folder = run_dir(tmp_path / 'runs', name, 'full', 'paper', seed)
            record.write(folder / 'result.json')
            if len(scores) == 2:
                _write_scalars(folder)
            if name.startswith(('mtl', 'xtam')):
                (folder / 'images').mkdir()
                Image.new('RGB', (1500, 200), (90, 120, 40 * number)).save(folder / 'images' / '00000_rgb 1.png')
    return tmp_path / 'runs'


@pytest.fixture
def report(work_dir, tmp_path):
    assert call(SUITE, '--format', 'html', '--out', tmp_path / 'out' / 'report', '--work-dir', work_dir) == 0
    return tmp_path / 'out' / 'report'


def _write_scalars(folder):
    logs = folder / '20260101_000000' / 'vis_data'
    logs.mkdir(parents=True)
    weights = {'weight_semseg': 2.0, 'weight_depth': 1.5, 'conflict': 0.5}
    lines = [json.dumps({'loss': 3.0 / step, 'step': step, **weights}) for step in range(1, 1001)]
    lines.append(json.dumps({'semseg/miou': 0.7, 'depth/rmse_m': 5.0, 'step': 1000}))
    (logs / 'scalars.json').write_text('\n'.join([*lines, '{"loss": 1.0, "st']))


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ('src', 'href')]


def test_all_links_lead_to_files_of_the_folder(report):
    for page in report.rglob('*.html'):
        parser = _Links()
        parser.feed(page.read_text(encoding='utf-8'))
        # '#...' are the reused parts of a chart; 'data:,' keeps browsers from asking for an icon.
        links = [link for link in parser.found if not link.startswith(('#', 'data:'))]
        assert links
        for link in links:
            assert (page.parent / link.replace('%20', ' ')).is_file(), (page, link)


def test_sections(report):
    page = (report / f'{SUITE}.html').read_text(encoding='utf-8')
    for heading in ('Figures', 'Quality against cost', 'Costs', 'Training curves', 'Predictions', 'Runs'):
        assert f'<h3>{heading}</h3>' in page
    # Three columns (two tasks, delta), four costs, three curves (loss, two metrics).
    assert page.count('<svg') == 3 + 2 + 3
    assert page.count('<img') == 2
    assert len(list((report / 'runs').iterdir())) == 2 * len(SCORES)


def test_pages_of_runs_hold_config_and_environment(report):
    text = next((report / 'runs').glob('*xtam*seed1*')).read_text(encoding='utf-8')
    assert '&lt;script&gt;alert(1)&lt;/script&gt; of xtam/sd_vkitti2' in text
    assert '<script>alert' not in text
    assert 'torch' in text
    assert 'abc1234' in text


def table_of(page):
    """Texts of the first table of weights, by line."""
    text = page.read_text(encoding='utf-8')
    found = re.search(r'<table class="sortable (?:suite-weights)?">(.*?)</table>', text, re.DOTALL)
    return [re.findall('<t[hd][^>]*>(.*?)</t[hd]>', line) for line in re.findall('<tr>(.*?)</tr>', found[1], re.DOTALL)]


def test_a_suite_shows_the_learned_weights_by_row(report):
    header, *lines = table_of(report / f'{SUITE}.html')
    columns = ['semseg, mean', 'semseg, last', 'depth, mean', 'depth, last', 'conflict', 'failures']
    assert header == ['method', 'config', 'balancer', *columns]
    # Means of seeds 1 and 2.
    assert [line[1:] for line in lines] == [
        [name, kind, '0.75', '1.5', '0.75', '2.5', '\N{EN DASH}', '3'] for name, kind in LEARNED.items()
    ]


def test_a_run_shows_its_weights_and_their_course(report):
    learned = next((report / 'runs').glob('*xtam*seed2*'))
    assert table_of(learned) == [
        ['task', 'mean', 'last', 'share of updates'],
        ['semseg', '1', '2', '1'],
        ['depth', '1', '3', '1'],
    ]
    text = learned.read_text(encoding='utf-8')
    assert 'aria-label="weight"' in text and 'aria-label="conflict: share of pairs of tasks"' in text
    assert table_of(next((report / 'runs').glob('*-mtl*seed2*'))) == [['task', 'weight'], ['semseg', '50']]
    older = next((report / 'runs').glob('*stl*seed2*')).read_text(encoding='utf-8')
    assert '<h2>Balancer</h2>' not in older


def test_only_json_has_the_weights_unrounded(work_dir, capsys):
    assert call(SUITE, '--format', 'json', '--work-dir', work_dir) == 0
    (table,) = json.loads(capsys.readouterr().out)
    found = {row['configs'][0]: row['balancers'] for row in table['rows'] if 'balancers' in row}
    name = 'xtam/sd_vkitti2'
    assert found[name] == {name: {str(seed): balancer_of(name, seed) for seed in (1, 2)}}
    assert 'stl/s_vkitti2' not in found
    assert call(SUITE, '--format', 'csv', '--work-dir', work_dir) == 0
    assert 'PCGrad' not in capsys.readouterr().out


def test_sections_without_source_are_left_out(work_dir, tmp_path):
    for run in list(work_dir.rglob('seed*')):
        for folder in ('20260101_000000', 'images'):
            shutil.rmtree(run / folder, ignore_errors=True)
    call(SUITE, '--format', 'html', '--out', tmp_path / 'bare', '--work-dir', work_dir)
    page = (tmp_path / 'bare' / f'{SUITE}.html').read_text(encoding='utf-8')
    assert 'Predictions' not in page
    assert 'Training curves' not in page


def test_replaces_a_report_and_nothing_else(report, work_dir):
    (report / 'stale.html').touch()
    call(SUITE, '--format', 'html', '--out', report, '--work-dir', work_dir)
    assert not (report / 'stale.html').exists()
    assert [path.name for path in report.parent.iterdir()] == [report.name]
    (report.parent / 'mine').mkdir()
    (report.parent / 'mine' / 'thesis.tex').touch()
    with pytest.raises(ConfigError, match='not overwritten'):
        _report_raising(report.parent / 'mine', work_dir)


def test_a_report_that_fails_leaves_the_old_one(report, work_dir, monkeypatch):
    before = sorted(path.read_bytes() for path in report.rglob('*') if path.is_file())
    monkeypatch.setattr(traces, 'MOST_POINTS', 0)
    with pytest.raises(ZeroDivisionError):
        _report_raising(report, work_dir)
    assert sorted(path.read_bytes() for path in report.rglob('*') if path.is_file()) == before
    assert [path.name for path in report.parent.iterdir()] == [report.name]


def test_missing_extra_is_named(work_dir, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'jinja2', None)
    with pytest.raises(MissingExtraError, match=r'mtlbench\[report\]'):
        _report_raising(tmp_path / 'new', work_dir)
    assert not (tmp_path / 'new').exists()


@pytest.mark.parametrize('arguments', [('--format', 'html'), ('--out', 'folder')])
def test_html_and_out_go_together(work_dir, arguments):
    with pytest.raises(ConfigError, match='must be given together'):
        _parsed(SUITE, *arguments, '--work-dir', work_dir)


def test_of_a_step_logged_twice_the_later_counts(tmp_path):
    for name, loss in (('1', 5.0), ('2', 4.0)):
        (tmp_path / name / 'vis_data').mkdir(parents=True)
        (tmp_path / name / 'vis_data' / 'scalars.json').write_text(json.dumps({'loss': loss, 'step': 50}))
    assert traces.read_scalars(tmp_path, ['loss', 'other'], []) == {'loss': ([50], [4.0])}


def _parsed(*arguments):
    args = benchmark.build_parser().parse_args(['report', *map(str, arguments)])
    return benchmark.COMMANDS['report'](args)


def _report_raising(out, work_dir):
    return _parsed(SUITE, '--format', 'html', '--out', out, '--work-dir', work_dir)


@pytest.fixture(scope='module')
def browser():
    sync_api = pytest.importorskip('playwright.sync_api', reason='no playwright')
    with sync_api.sync_playwright() as player:
        path = shutil.which('chromium') or player.chromium.executable_path
        if not Path(path).exists():
            pytest.skip('no Chromium: playwright install chromium, or the one of the system')
        # The sandbox needs rights that containers do not give; the pages are our own.
        browser = player.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, report):
    """Opens a page from disk; its console must hold no error, and nothing else may be asked for."""
    errors, asked, contexts = [], [], []

    def open_(path, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on('console', lambda message: errors.append(message.text) if message.type == 'error' else None)
        page.on('pageerror', lambda error: errors.append(str(error)))
        page.on('request', lambda request: asked.append(request.url))
        page.goto((report / path).as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert [url for url in asked if not url.startswith((report.as_uri(), 'data:'))] == []


def column(page, number):
    cells = page.locator(f'table.results >> nth=0 >> tbody tr td:nth-child({number})')
    return cells.evaluate_all('cells => cells.map(cell => cell.dataset.value ?? null)')


def test_tables_sort(open_page):
    page = open_page(f'{SUITE}.html')
    heading = page.locator('table.results >> nth=0 >> thead th:nth-child(2)')
    values = [float(value) for value in column(page, 2) if value is not None]
    empty = [None] * (len(column(page, 2)) - len(values))
    for direction, expected in (('ascending', sorted(values)), ('descending', sorted(values, reverse=True))):
        heading.locator('button').click()
        assert heading.get_attribute('aria-sort') == direction
        shown = column(page, 2)
        assert [float(value) for value in shown[: len(values)]] == expected
        assert shown[len(values) :] == empty


def test_charts_and_images_are_seen(open_page):
    page = open_page(f'{SUITE}.html')
    charts = page.locator('figure svg')
    assert charts.count() == 8
    for box in (charts.nth(number).bounding_box() for number in range(charts.count())):
        # A chart of two rows is some 90 pixels high.
        assert box['width'] > 200
        assert box['height'] > 60
    page.locator('img').first.scroll_into_view_if_needed()
    page.wait_for_function('document.querySelector("img").naturalWidth === 1500')


@pytest.mark.parametrize('path', ['index.html', f'{SUITE}.html', 'run'])
def test_no_page_is_wider_than_a_phone(open_page, report, path):
    path = next((report / 'runs').iterdir()).relative_to(report) if path == 'run' else path
    page = open_page(path, viewport=PHONE, device_scale_factor=2)
    assert page.evaluate('document.documentElement.scrollWidth') <= PHONE['width']


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_and_charts_stand_out_in_both_schemes(open_page, scheme):
    page = open_page(f'{SUITE}.html', color_scheme=scheme)
    color = 'element => getComputedStyle(element)'
    back = _luminance(page.locator('body').evaluate(f'{color}.backgroundColor'))
    assert (back > 0.5) == (scheme == 'light')
    for where, name in (('main h1', 'color'), ('.note >> nth=0', 'color'), ('svg text >> nth=0', 'fill')):
        ink = _luminance(page.locator(where).first.evaluate(f'{color}.{name}'))
        # 4.5 is what WCAG 2.2 asks of text (AA).
        assert (max(ink, back) + 0.05) / (min(ink, back) + 0.05) > 4.5, (where, scheme)


def _luminance(color):
    """Relative luminance of ``rgb(r, g, b)``, by WCAG 2.2."""
    shares = [int(part) / 255 for part in color.removeprefix('rgb(').rstrip(')').split(',')]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
