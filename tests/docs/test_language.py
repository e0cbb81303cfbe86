"""One spelling and one word for one thing, in all text that is tracked."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
from pages import ROOT

BRITISH = (
    r'colour|neighbour|behaviour|favour|honour|labell|modell|centred?\b|centring|metres?\b|catalogue|\bgrey|licence|artefact|judgement',
    r'(random|normal|regular|synchron|minim|maxim|optim|initial|visual|recogn|general|serial|quant|organ|summar|parametr)is(?!m|t)',
)
"""Words, and beginnings of words, that are spelled otherwise in American English."""
PICTURES = (
    'mtlbench/class_sets/nyu40.py',  # a class of NYUDv2
    'mtlbench/world/scene/indoor/',  # things that hang on a wall
)
# The license is quoted; the kept results are a printout of records made with earlier texts.
QUOTED = ('LICENSE', 'results/', 'docs/results.md', 'tests/docs/test_language.py')


def tracked_texts():
    names = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split('\0')):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b'\0'
        if not name.startswith(QUOTED) and b'\0' not in content[:8192]:
            yield name, content.decode('utf-8')


def found(pattern):
    """Return every line of the tracked texts that holds a word."""
    words = re.compile(pattern, re.IGNORECASE)
    return [
        (name, f'{name}:{number}: {word[0]}')
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (word := words.search(line))
    ]


def docstrings():
    """Yield every docstring of the package with its place."""
    for path in sorted((ROOT / 'mtlbench').rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield f'{path.relative_to(ROOT)}:{getattr(node, "lineno", 1)}', text


def test_spelling_is_american():
    assert [place for _, place in found('|'.join(BRITISH))] == []


@pytest.mark.parametrize('word', ['colour', 'labelled', 'Normalise', 'initialisation', 'optimiser', 'centre', 'grey'])
def test_british_words_are_known(word):
    assert re.search('|'.join(BRITISH), word, re.IGNORECASE)


def test_an_image_is_called_image():
    assert [place for name, place in found('picture') if not name.startswith(PICTURES)] == []


# For the lead: remove the marks when the docstrings of all rooms are rewritten.
@pytest.mark.xfail(strict=False, reason='docstrings are being rewritten')
@pytest.mark.parametrize('word', ['What', 'How', 'Whether'])
def test_no_docstring_begins_with_a_question(word):
    assert [f'{place}: {text[:60]}' for place, text in docstrings() if text.startswith(f'{word} ')] == []
