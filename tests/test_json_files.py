"""Strict JSON, and files that are written whole."""

from __future__ import annotations

import json
import math
import os

import pytest

from mtlbench.errors import DataError
from mtlbench.utils.json_files import MAX_DEPTH, encode_json, parse_json, read_file, read_json
from mtlbench.utils.output import write_whole


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('', 'not strict JSON'),
        ('{', 'not strict JSON'),
        ('[NaN]', 'NaN'),
        ('[-Infinity]', 'Infinity'),
        ('[1e999]', 'too large'),
        (f'[{10**399}]', 'too large'),
        (f'[-{2**64}]', 'too large'),
        ('1' * 5000, 'too large'),
        ('{"a": 1, "a": 2}', "'a' is duplicated"),
        ('{"a": {"b": 1, "b": 1}}', 'duplicated'),
        ('["\\ud800"]', 'not strict JSON'),
        ('[' * 100_000, 'nested'),
        ('{"a":' * 100_000 + '1' + '}' * 100_000, 'nested'),
        ('[' * (MAX_DEPTH + 1) + ']' * (MAX_DEPTH + 1), 'nested'),
        ('{}'.encode('utf-16'), 'not strict JSON'),
        (b'\xef\xbb\xbf{}', 'not strict JSON'),
        (b'\xff', 'not strict JSON'),
    ],
)
def test_anything_else_is_refused_by_name(text, why):
    with pytest.raises(DataError, match=why) as error:
        parse_json(text, 'some.json')
    assert str(error.value).startswith('some.json')


def test_what_is_strict_is_read():
    value = {'a': [1, -2.5, None, True, 'é\U0001f600'], 'b': {'c': 2**63 - 1}}
    assert parse_json(json.dumps(value), 'x') == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode(), 'x') == value


def test_what_is_no_number_is_null():
    text = encode_json({'a': math.nan, 'b': [math.inf, (1.5, -math.inf)]})
    assert parse_json(text, 'x') == {'a': None, 'b': [None, [1.5, None]]}


def test_only_regular_files_of_limited_size_are_read(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'large').write_bytes(b'x' * 11)
    (tmp_path / 'loop').symlink_to(tmp_path / 'loop')
    for name, why in (
        ('pipe', 'regular'),
        ('', 'regular'),
        ('gone', 'missing'),
        ('large', '11 bytes'),
        ('loop', 'loop'),
    ):
        with pytest.raises(DataError, match=why):
            read_file(tmp_path / name, most=10)
    (tmp_path / 'good.json').write_text('[1]')
    assert read_json(tmp_path / 'good.json') == [1]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    path, seen = tmp_path / 'new' / 'file', []
    monkeypatch.setattr(os, 'fsync', lambda handle: seen.append((path.exists(), os.fstat(handle).st_size)))
    write_whole(path, b'content')
    assert seen == [(False, 7)]
    assert path.read_bytes() == b'content'


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    write_whole(tmp_path / 'file', b'old')

    def full(handle):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space'):
        write_whole(tmp_path / 'file', b'new')
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b'old']
