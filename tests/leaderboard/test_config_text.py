from __future__ import annotations

import pytest

from mtlbench.config import list_configs, load_config
from mtlbench.errors import DataError
from mtlbench.records.config_text import read_config_text

# One of each folder: what is written is written in the same way for all.
FOLDERS = {name.split('/')[0]: name for name in list_configs()}


@pytest.mark.parametrize('name', FOLDERS.values(), ids=FOLDERS)
def test_a_config_is_read_as_it_was_written(name):
    cfg = load_config(name, 'mini')
    assert read_config_text(cfg.pretty_text) == cfg.to_dict()


@pytest.mark.parametrize(
    'text',
    [
        'import os',
        'a = open("x")',
        'a = dict(open("x"))',
        'a = dict(**b)',
        'a = b',
        'a.b = 1',
        'a = b = 1',
        'a = [x for x in ()]',
        'a = (',
        'a = 1\x00',
        'a = ' + '(' * 5000,
        'a = {[]: 1}',
    ],
)
def test_what_is_not_plain_is_refused(text):
    with pytest.raises(DataError, match='not a text of plain values'):
        read_config_text(text)
