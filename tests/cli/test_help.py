"""The help of every tool: it comes quickly, and its examples work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from tool_parsers import ROOT, TOOLS, command_of, parser_of, parsers_in

# Their options are those of the writers and trees, which need it.
WITH_TORCH = {'convert_isprs', 'render_world'}


def examples_of(parser, tool):
    """The command lines of a tool that its help shows, without the words behind two blanks or a pipe."""
    for text in (one.epilog or '' for one in parsers_in(parser)):
        for line in text.splitlines():
            if command := re.search(rf'mtlbench {command_of(tool)}(?: (.*?))?(?:  .*| \| .*)?$', line):
                yield shlex.split(command[1] or '')


@pytest.mark.parametrize('tool', TOOLS, ids=str)
def test_the_examples_of_a_tool_can_be_parsed(tool):
    parser = parser_of(tool)
    examples = list(examples_of(parser, tool))
    assert examples
    for example in examples:
        parser.parse_args(example)


@pytest.mark.parametrize('tool', TOOLS, ids=str)
def test_every_tool_explains_an_unknown_option_in_one_line(tool, capsys):
    for parser in parsers_in(parser_of(tool)):
        assert '--debug' in parser.format_help()
        needed = ['x'] * 4 if parser._get_positional_actions() else []
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(['--debgu', *needed])
        err = capsys.readouterr().err
        assert ended.value.code == 2
        assert err.startswith('error: ')
        assert err.count('\n') == 1


def test_a_misspelt_option_is_answered_with_the_near_ones(capsys):
    from mtlbench.cli.test import build_parser

    with pytest.raises(SystemExit):
        build_parser().parse_args(['a', 'b', '--profle', 'mini'])
    assert 'unrecognized arguments: --profle mini; did you mean --profile' in capsys.readouterr().err


@pytest.mark.parametrize('pair', ['no_value', '=3', 'a=[1,2', 'a=' + '(' * 1500 + ')' * 1500])
def test_a_config_option_that_is_none_is_one_line(pair, capsys):
    from mtlbench.cli.train import build_parser

    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(['xtam/sd_vkitti2', '--cfg-options', pair])
    assert ended.value.code == 2
    assert 'argument --cfg-options: ' in capsys.readouterr().err


def test_config_options_are_parsed_as_mmengine_does():
    from mtlbench.cli.train import build_parser

    given = build_parser().parse_args(['x', '--cfg-options', 'a.b=1', 'c=[1,2.5]', 'd=None', 'e=x=y'])
    assert given.cfg_options == {'a.b': 1, 'c': [1, 2.5], 'd': None, 'e': 'x=y'}


def test_help_imports_no_torch(tmp_path):
    """In one process for all, which is quicker: what one tool imports, it imports for all."""
    program = """
import contextlib, io, runpy, sys
for tool in sys.argv[1:]:
    sys.argv = [tool, '--help']
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        runpy.run_path(tool, run_name='__main__')
    assert 'usage' in out.getvalue(), tool
    assert 'torch' not in sys.modules, tool
"""
    tools = [str(ROOT / tool) for tool in TOOLS if tool.stem not in WITH_TORCH]
    done = subprocess.run([sys.executable, '-c', program, *tools], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
