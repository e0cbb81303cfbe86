"""The pages become a site: nothing is lost on the way, and every contract has a page."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from markdown_it import MarkdownIt
from pages import DOCS, FIRST, PAGES, ROOT, site_hook, text_of

markdown = pytest.importorskip('markdown')
build = pytest.importorskip('mkdocs.commands.build').build
load_config = pytest.importorskip('mkdocs.config').load_config

TAGS = re.compile(r'<(li|ul|ol|table|tr|th|td|pre|code|h[1-6]|blockquote|p|em|strong|a|img)\b')


hook = site_hook()


@pytest.fixture(scope='module')
def api():
    return hook.api_pages()


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp('site')
    build(load_config(str(ROOT / 'mkdocs.yml'), strict=True, site_dir=str(folder)))
    return folder


class Targets(HTMLParser):
    """Collects what a page of the site refers to."""

    def __init__(self):
        super().__init__()
        self.found, self.ids = [], set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.add(attributes.get('id'))
        self.found += [attributes[name] for name in ('href', 'src') if attributes.get(name)]


@cache
def targets(page):
    parser = Targets()
    parser.feed(page.read_text(encoding='utf-8'))
    return parser


def dead(page, target):
    """Return whether a page of the site refers to a file or an anchor that the site lacks."""
    parts = urlsplit(target)
    if parts.scheme:
        return False
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    missing_anchor = path.suffix == '.html' and parts.fragment and parts.fragment not in targets(path).ids
    return not path.is_file() or bool(missing_anchor)


def test_all_links_of_the_site_lead_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    pages = [page for page in sorted(site.rglob('*.html')) if page.name != '404.html']  # whose links start at the root
    assert len(pages) > 40
    found = [(page, target) for page in pages for target in targets(page).found]
    assert [f'{page.relative_to(site)}: {target}' for page, target in found if dead(page, target)] == []
    from_elsewhere = re.compile(r'<(?:script|img|link)[^>]*"https?:[^"]*"')
    assert [found[0] for page in pages if (found := from_elsewhere.search(page.read_text(encoding='utf-8')))] == []


def test_all_pages_are_on_the_site(site):
    names = [page.relative_to(DOCS) for page in PAGES if page not in FIRST]
    shown = [name.with_name('index.html') if name.stem == 'README' else name.with_suffix('.html') for name in names]
    assert [str(name) for name in shown if not (site / name).is_file()] == []
    assert not list(site.rglob('*.py'))


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_the_same_parts_on_the_site_as_elsewhere(page):
    """Python-Markdown, which builds the site, needs blank lines and indents that CommonMark does not."""
    text = text_of(page)
    elsewhere = Counter(TAGS.findall(MarkdownIt('commonmark').enable('table').render(text)))
    assert Counter(TAGS.findall(markdown.markdown(text, extensions=['tables', 'fenced_code']))) == elsewhere


@pytest.mark.parametrize('text', ['Words:\n- item', '- item\n  - item', '1. item\n\n   text of it'])
def test_a_difference_between_the_two_is_seen(text):
    elsewhere = Counter(TAGS.findall(MarkdownIt('commonmark').render(text)))
    assert Counter(TAGS.findall(markdown.markdown(text))) != elsewhere


def test_every_contract_has_a_section_with_its_methods(api):
    contracts = hook.contracts()
    assert ('mtlbench.tasks', 'Task') in contracts and len(contracts) > 15
    for module, name in contracts:
        page = api[f'api/{module.split(".")[1]}.md']
        assert f'\n## {name}\n\n`from {module} import {name}`\n' in page
    for method in ('decode', 'loss', 'valid', 'statistics', 'scores', 'draw'):
        assert f'\n### Task.{method}\n' in api['api/tasks.md']
    assert '- `one_size: ClassVar[bool] = True`: True if all images' in api['api/datasets.md']


def test_api_pages_have_no_markup_of_docstrings_left(api):
    text = re.sub(r'```python.*?```', '', '\n'.join(api.values()), flags=re.DOTALL)
    assert re.findall(r':\w+:`|``|^ *(?:Args|Raises|Returns|Yields|Attributes):$', text, re.MULTILINE) == []


def test_api_pages_are_code_that_can_be_parsed(api):
    blocks = re.findall(r'```python\n(.*?)\n```', '\n'.join(api.values()), re.DOTALL)
    assert len(blocks) > 80
    for block in (block for block in blocks if not block.startswith('>>> ')):
        whole = re.search(r'^class .*:$', block, re.MULTILINE)  # a class with its fields
        ast.parse(block if whole else f'{re.sub("^class ", "def ", block)}: ...')


DOCSTRING = """Return a sum, see :func:`mean`.

Several lines of
``plain`` text.

>>> mean(1, 3)  # doctest: +SKIP
2

Args:
    first: Value in meters, as
        in the file.
    second: Other value.

Returns:
    The sum.

Raises:
    ValueError: When ``first`` is negative.
"""


def test_a_docstring_becomes_lists_and_blocks():
    lines = hook.markdown(DOCSTRING).splitlines()
    assert [line for line in lines if line] == [
        'Return a sum, see `mean`.',
        'Several lines of',
        '`plain` text.',
        '```python',
        '>>> mean(1, 3)',
        '2',
        '```',
        '**Args**',
        '- `first`: Value in meters, as',
        '    in the file.',
        '- `second`: Other value.',
        '**Returns**',
        'The sum.',
        '**Raises**',
        '- `ValueError`: When `first` is negative.',
    ]


@pytest.mark.parametrize(
    ('source', 'shown'),
    [
        ('def f(self, a: int = 1) -> str: ...', 'f(a: int=1) -> str'),
        ('def f(self): ...', 'f()'),
        ('def __init__(self, a: int) -> None: ...', 'f(a: int)'),
    ],
)
def test_a_signature_leaves_out_self(source, shown):
    assert hook.signature('f', ast.parse(source).body[0]) == shown


def test_a_long_signature_has_a_line_for_each_argument():
    arguments = f'first: {"a" * 50}, *rest: {"b" * 50}, last: int = 2, **options: str'
    shown = hook.signature('f', ast.parse(f'def f(self, {arguments}) -> str: ...').body[0])
    assert shown.splitlines() == [
        'f(',
        f'    first: {"a" * 50},',
        f'    *rest: {"b" * 50},',
        '    last: int = 2,',
        '    **options: str,',
        ') -> str',
    ]


def test_the_quickstart_page_shows_the_cells_of_the_notebook():
    page = hook.notebook_page(DOCS / 'quickstart.ipynb')
    assert page.startswith('# Quickstart\n')
    assert '```sh\nmtlbench benchmark report xtam_t1_vkitti2_sd --profile mini\n```' in page
    assert '%%sh' not in page


def test_the_navigation_needs_no_plugin():
    config = yaml.safe_load((ROOT / 'mkdocs.yml').read_text())
    assert 'plugins' not in config and 'markdown_extensions' not in config
    assert config['theme']['name'] in ('readthedocs', 'mkdocs')
