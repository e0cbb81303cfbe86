"""Tables that fit the terminal, and lists where they do not."""

from __future__ import annotations

import os

import pytest
from prettytable import PrettyTable

from mtlbench.utils.terminal import WITHOUT_TERMINAL, fitted, terminal_width, wrapped


def a_table():
    table = PrettyTable(['method', 'miou [%]', 'a rather long name of a column'])
    table.add_rows([['xTAM', '97.00', 'yes'], ['MTL', '', 'it depends on what is asked']])
    return table


def test_a_table_that_fits_stays_one():
    table = a_table()
    own = len(table.get_string().splitlines()[0])
    assert fitted(table, own) == table.get_string()
    assert fitted(table, own - 1) != table.get_string()


def test_a_table_that_is_too_wide_becomes_a_list():
    assert fitted(a_table(), 50).splitlines() == [
        'method: xTAM',
        '  miou [%]                        97.00',
        '  a rather long name of a column  yes',
        '',
        'method: MTL',
        '  a rather long name of a column',
        '    it depends on what is asked',
    ]


@pytest.mark.parametrize('width', range(24, 90))
def test_nothing_is_lost_or_wider_than_the_terminal(width):
    text = fitted(a_table(), width)
    assert max(map(len, text.splitlines())) <= width
    words = ' '.join(text.split())
    assert all(word in words for word in ('xTAM', '97.00', 'yes', 'MTL', 'it depends on', 'is asked'))


def test_wide_characters_count_twice():
    table = PrettyTable(['a', 'b'])
    table.add_row(['\N{CJK UNIFIED IDEOGRAPH-4E2D}' * 20, 1])
    assert fitted(table, 40).startswith('a: ')
    assert fitted(table, 60) == table.get_string()


def test_words_stay_whole():
    long = 'x' * 99
    assert wrapped([f'see {long} there'], 40) == ['see', f'  {long}', '  there']


def test_the_width_is_that_of_the_terminal_or_of_a_page(monkeypatch):
    monkeypatch.delenv('COLUMNS', raising=False)
    monkeypatch.setattr(os, 'get_terminal_size', lambda _: os.terminal_size((77, 24)))
    assert terminal_width() == 77

    def no_terminal(_):
        raise OSError

    monkeypatch.setattr(os, 'get_terminal_size', no_terminal)
    assert terminal_width() == WITHOUT_TERMINAL
    monkeypatch.setenv('COLUMNS', '61')
    assert terminal_width() == 61
