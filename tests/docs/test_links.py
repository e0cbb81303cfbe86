"""What the pages refer to exists: files, headings, modules, classes, configs."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages import PAGES, ROOT, Part, anchors, links, spans

from mtlbench.config.files import config_dir, list_configs

PLACES = ('.ci', 'configs', 'docs', 'mtlbench', 'results', 'tests', 'tools')
"""Folders of the checkout; a code span that begins with one is a path."""
METHODS = sorted({name.split('/')[0] for name in list_configs()})


def missing_link(link: Part) -> str | None:
    """Return what is wrong with a link."""
    parts = urlsplit(link.text)
    if parts.scheme:
        return None if parts.scheme == 'https' and '.' in parts.netloc else 'no well-formed https address'
    page = ROOT / link.page
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists():
        return 'no such file'
    if parts.fragment and parts.fragment not in anchors(target):
        return f'no such heading, there are {", ".join(sorted(anchors(target)))}'
    return None


def alternatives(text: str) -> list[str]:
    """Return all words that braces stand for: ``{a,b}_c`` gives ``a_c`` and ``b_c``."""
    found = re.search(r'\{([^{}]*)\}', text)
    if not found:
        return [text]
    words = [text[: found.start()] + word + text[found.end() :] for word in found[1].split(',')]
    return [one for word in words for one in alternatives(word)]


def has_match(folder: Path, pattern: str) -> bool:
    """Return whether a folder holds what a path with ``*`` names; configs are named without ``.py``, too."""
    return any(folder.glob(pattern)) or any(folder.glob(f'{pattern}.py'))


def dotted_exists(name: str) -> bool:
    """Return whether a dotted name is that of a module, or of a member of one."""
    *parents, last = name.split('.')
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        try:
            return bool(parents) and hasattr(importlib.import_module('.'.join(parents)), last)
        except ModuleNotFoundError:
            return False
    return True


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    own = [link for link in links() if link.page == str(page.relative_to(ROOT))]
    assert [f'{link}: {link.text}: {wrong}' for link in own if (wrong := missing_link(link))] == []


def test_every_page_can_be_reached_from_the_readme():
    reached, ahead = set(), [ROOT / 'README.md']
    while ahead:
        page = ahead.pop()
        reached.add(page)
        targets = {(page.parent / urlsplit(link.text).path) for link in links() if ROOT / link.page == page}
        pages = {(target / 'README.md' if target.is_dir() else target).resolve() for target in targets}
        ahead += [target for target in pages if target in PAGES and target not in reached]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


def test_paths_in_the_text_exist():
    paths = [span for span in spans() if re.fullmatch(rf'({"|".join(map(re.escape, PLACES))})/[^\s<>[\]]*', span.text)]
    assert len(paths) > 50
    wrong = [f'{span}: {path}' for span in paths for path in alternatives(span.text) if not has_match(ROOT, path)]
    assert wrong == []


def test_dotted_names_in_the_text_exist():
    names = [(span, found[1]) for span in spans() if (found := re.match(r'(mtlbench(?:\.\w+)+)(?![\w/])', span.text))]
    assert len(names) > 20
    assert [f'{span}: {name}' for span, name in names if not dotted_exists(name)] == []


def test_configs_in_the_text_exist():
    names = [
        (span, name)
        for span in spans()
        for name in re.findall(rf'(?<![\w/])(?:{"|".join(METHODS)})/[\w*{{,}}]+', span.text)
    ]
    assert len(names) > 20
    wrong = [f'{span}: {one}' for span, name in names for one in alternatives(name) if not has_match(config_dir(), one)]
    assert wrong == []
