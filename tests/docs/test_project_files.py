"""Changelog, citation, workflow and images fit the package."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
import yaml
from markdown_it import MarkdownIt
from pages import PAGES, ROOT, text_of
from PIL import Image

from mtlbench.version import __version__

CHANGES = ('Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security')
WORKFLOW = yaml.safe_load((ROOT / '.github/workflows/ci.yml').read_text())
STEPS = [step for job in WORKFLOW['jobs'].values() for step in job['steps']]
SETUP = (ROOT / 'setup.py').read_text()
LARGEST_IMAGE = 300_000  # bytes; a page with a few of them still loads at once


def headings(level):
    return re.findall(rf'^{"#" * level} (.+)$', (ROOT / 'CHANGELOG.md').read_text(), re.MULTILINE)


def test_the_changelog_names_versions_with_dates_newest_first():
    first, *versions = headings(2)
    assert first == '[Unreleased]'
    found = [re.fullmatch(r'\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)', version) for version in versions]
    assert all(found)
    dates = [one[2] for one in found]
    assert dates == sorted(dates, reverse=True)
    assert set(headings(3)) <= set(CHANGES)


def test_the_changelog_covers_the_version_of_the_package():
    text = (ROOT / 'CHANGELOG.md').read_text()
    assert f'## [{__version__}]' in text or f'become version {__version__}' in text


def test_the_citation_names_the_version_and_the_license_of_the_package():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    assert {'cff-version', 'message', 'title', 'authors'} <= set(citation)  # what the format requires
    assert citation['version'] == __version__
    assert f"license='{citation['license']}'" in SETUP


def test_the_workflow_runs_the_checks_on_all_supported_versions_of_python():
    versions = WORKFLOW['jobs']['test']['strategy']['matrix']['python']
    oldest = re.search(r"python_requires='>=3\.(\d+)'", SETUP)[1]
    assert versions[0] == f'3.{oldest}'
    assert versions == [f'3.{minor}' for minor in range(int(oldest), int(oldest) + len(versions))]
    commands = ' '.join(step.get('run', '') for step in STEPS)
    targets = re.findall(r'make ([\w-]+)', commands)
    assert {'lint', 'test', 'docs'} <= set(targets)
    assert set(targets) <= set(re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))


def test_the_actions_of_the_workflow_are_pinned_to_a_major_version():
    used = [step['uses'] for step in STEPS if 'uses' in step]
    assert used and [use for use in used if not re.fullmatch(r'actions/[\w-]+@v\d+', use)] == []


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_images_of_a_page_are_small_and_described(page):
    tokens = MarkdownIt('commonmark').enable('table').parse(text_of(page))
    for token in (child for one in tokens for child in one.children or () if child.type == 'image'):
        content = (page.parent / token.attrs['src']).read_bytes()
        assert len(content) < LARGEST_IMAGE
        assert len(token.content) > 10
        assert min(Image.open(BytesIO(content)).size) > 100
