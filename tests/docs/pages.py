"""The pages of the documentation, as a Markdown parser sees them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / 'docs'
FIRST = [ROOT / name for name in ('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md')]
PAGES = [*FIRST, *sorted(DOCS.rglob('*.md')), *sorted(DOCS.rglob('*.ipynb'))]


@dataclass(frozen=True)
class Part:
    """A fenced block, a code span or a link: its page, its line, and its text.

    Args:
        page: Path of the page, relative to the checkout.
        line: Number of the line, from 1.
        text: The code, or the target of the link.
        language: The word behind the fence.
    """

    page: str
    line: int
    text: str
    language: str = ''

    def __str__(self) -> str:
        return f'{self.page}:{self.line}'


@cache
def site_hook() -> ModuleType:
    """The file that adds pages to the site; ``mkdocs.yml`` names it."""
    spec = importlib.util.spec_from_file_location('api_pages', DOCS / 'api_pages.py')
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(page: Path) -> str:
    """The Markdown of a page, or of a notebook's cells."""
    return site_hook().notebook_page(page) if page.suffix == '.ipynb' else page.read_text(encoding='utf-8')


def fences() -> list[Part]:
    """Every fenced block."""
    return [
        Part(page, token.map[0] + 1, token.content, token.info.strip())
        for page, tokens in _pages()
        for token in tokens
        if token.type == 'fence'
    ]


def spans() -> list[Part]:
    """Every code span outside a fence."""
    return [Part(page, line, token.content) for page, line, token in _inline() if token.type == 'code_inline']


def links() -> list[Part]:
    """The target of every link and image."""
    targets = {'link_open': 'href', 'image': 'src'}
    return [
        Part(page, line, str(token.attrs[targets[token.type]]))
        for page, line, token in _inline()
        if token.type in targets
    ]


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    tokens = _parse(page)
    titles = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == 'heading_open']
    texts = [''.join(child.content for child in title.children or ()) for title in titles]
    return {re.sub(r'[^\w\- ]', '', text.lower()).replace(' ', '-') for text in texts}


def _pages() -> Iterator[tuple[str, list[Token]]]:
    for page in PAGES:
        yield str(page.relative_to(ROOT)), _parse(page)


def _inline() -> Iterator[tuple[str, int, Token]]:
    for page, tokens in _pages():
        for token in tokens:
            for child in token.children or ():
                yield page, token.map[0] + 1, child


@cache
def _parse(page: Path) -> list[Token]:
    return MarkdownIt('commonmark').enable('table').parse(text_of(page))
