"""What is typed behind ``--cfg-options``."""

import argparse

import pytest

from mtlbench.cli.options import OptionsAction


@pytest.fixture
def parser():
    made = argparse.ArgumentParser(prog='tool')
    made.add_argument('--cfg-options', nargs='+', action=OptionsAction, default={})
    return made


def test_options_of_several_times_add_up(parser):
    given = ['--cfg-options', 'a.b=1', 'c=[1,2]', '--cfg-options', 'd=None', 'a.b=2']
    assert parser.parse_args(given).cfg_options == {'a.b': 2, 'c': [1, 2], 'd': None}
    assert parser.parse_args([]).cfg_options == {}


@pytest.mark.parametrize('wrong', ['lr', '=3', 'a=[1,(2]'])
def test_what_is_no_option_is_told_in_one_line(parser, wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(['--cfg-options', wrong])
    assert caught.value.code == 2
    assert wrong in capsys.readouterr().err
