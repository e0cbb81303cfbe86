"""Every command that the pages show is one that its program accepts."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
from pages import ROOT, Part, fences, spans
from tool_parsers import TOOLS, parser_of, parsers_in

from mtlbench.cli.arguments import run_request
from mtlbench.cli.benchmark_show import is_config
from mtlbench.config import config_dir, load_data_config
from mtlbench.engine.launch import configure
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites import find_suite
from mtlbench.utils.command import COMMANDS

PROGRAMS = ('mtlbench', 'python', 'make', 'pip', 'torchrun', 'pre-commit')
TOOL_NAMES = {str(tool): tool for tool in TOOLS}
PLACEHOLDER = re.compile(r'\[?[A-Z]+|\.\.\.\]|(my_configs|configs/mine)/\S+|mine/\w+')
"""Values that stand for the reader's own: words in capitals, and a folder of configs of one's own."""


def in_blocks() -> list[tuple[Part, str]]:
    """Return all lines of the blocks that hold commands, continued lines joined, comments and blanks left out."""
    found = []
    for block in fences():
        lines = re.sub(r'\\\n\s*', ' ', block.text).splitlines()
        if block.language in ('sh', 'bash') or (not block.language and any(map(begins_with_program, lines))):
            found += [(block, line) for line in lines if shlex.split(line, comments=True)]
    return found


def in_text() -> list[tuple[Part, str]]:
    """Return all code spans that are a whole command."""
    return [(span, span.text) for span in spans() if begins_with_program(span.text) and '...' not in span.text]


def begins_with_program(line: str) -> bool:
    """Return whether a line starts a program, or a tool by its path, with arguments."""
    first, _, rest = line.partition(' ')
    return bool(rest) and (first in PROGRAMS or first in TOOL_NAMES)


def check(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check one command line, up to a pipe; the variables of the notebook are numbers or paths, for which 1 stands."""
    line = re.sub(r'\$[A-Z]+', '1', line)
    program, *words = takewhile('|'.__ne__, shlex.split(line, comments=True))
    if program in TOOL_NAMES:
        check_tool(program, words, monkeypatch)
    elif program in ('mtlbench', 'torchrun'):
        check_mtlbench(words[words.index('mtlbench') + 1 :] if program == 'torchrun' else words, monkeypatch)
    else:
        checks = {'python': check_python, 'make': check_make, 'pip': check_pip, 'pre-commit': check_pre_commit}
        assert program in checks, f'{program} is not among the programs of the pages'
        checks[program](words, monkeypatch)


def check_python(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a program of one line by running it, a tool by parsing its arguments."""
    if words[0] == '-c':
        exec(compile(words[1], 'command line', 'exec'), {})  # noqa: S102 - of our own pages
    elif words == ['-m', 'pytest']:  # of a package of the reader's own, see tests/plugins/test_page.py
        pass
    elif words[:2] == ['-m', 'mtlbench']:
        check_mtlbench(words[2:], monkeypatch)
    else:
        check_tool(words[0], words[1:], monkeypatch)


def check_mtlbench(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a command of mtlbench, whose name has one or two words."""
    if words == ['--help']:
        return
    command = next((' '.join(words[:n]) for n in (2, 1) if ' '.join(words[:n]) in COMMANDS), None)
    assert command, f'there is no command mtlbench {words[0]}'
    check_tool(f'tools/{COMMANDS[command]}.py', words[len(command.split()) :], monkeypatch)


def check_tool(name: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that a tool accepts the arguments, and that configs, suites and rows among them exist."""
    monkeypatch.setenv('MTLBENCH_TRACEBACK', '0')  # --debug sets it for good
    assert name in TOOL_NAMES, f'there is no {name}'
    if arguments == ['--help']:
        return
    parser = parser_of(TOOL_NAMES[name])
    choices = [choice for one in parser._get_positional_actions() for choice in one.choices or ()]
    args = parser.parse_args([choices[0] if word == 'NAME' and choices else word for word in arguments])
    for word in [*getattr(args, 'what', []), *getattr(args, 'suites', [])]:
        if not PLACEHOLDER.fullmatch(word):
            assert is_config(word) or find_suite(word)
    if rows := getattr(args, 'rows', []):
        assert set(rows) <= {row.label for word in args.what if not is_config(word) for row in find_suite(word).rows}
    if (config := getattr(args, 'config', None)) and not PLACEHOLDER.fullmatch(config):
        check_config(args)


def check_config(args) -> None:
    """Check that the config can be loaded with profile, recipe and options of the command."""
    if (config_dir() / '_base_' / 'datasets' / f'{args.config}.py').is_file():
        load_data_config(args.config, args.profile, args.recipe, args.cfg_options)
    else:
        configure(run_request(args))


def check_make(words: list[str], _) -> None:
    """Check that the targets are in the Makefile."""
    targets = re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    assert {word for word in words if '=' not in word} <= set(targets)


def check_pip(words: list[str], _) -> None:
    """Check that what is installed is this package, with extras that it has; or another one, by its plain name."""
    assert words[0] == 'install'
    for word in words[1:]:
        found = re.fullmatch(r'-e|pre-commit|(?:\.|mtlbench)(?:\[([\w,]+)\])?', word)
        assert found, f'{word} is not installed from here'
        assert set(filter(None, (found[1] or '').split(','))) <= extras()


def check_pre_commit(words: list[str], _) -> None:
    """Check that it is one of the commands that need no argument."""
    assert words in (['install'], ['run', '--all-files'])


@cache
def extras() -> set[str]:
    """Return the extras that ``setup.py`` names."""
    body = ast.parse((ROOT / 'setup.py').read_text()).body
    assigned = {node.targets[0].id: node.value for node in body if isinstance(node, ast.Assign)}
    return {*ast.literal_eval(assigned['EXTRAS']), 'all'}


def test_there_are_commands():
    assert len(in_blocks()) > 40
    assert len(in_text()) > 15


@pytest.mark.parametrize(
    'line',
    [
        'python tools/gone.py',
        'mtlbench gone',
        'mtlbench analyze gone',
        'mtlbench train xtam/sd_vkitti3',
        'mtlbench train xtam/sd_vkitti2 --profle mini',
        'mtlbench train xtam/sd_vkitti2 --profile tiny',
        'mtlbench train xtam/sd_vkitti2 --cfg-options model.netwrk.encoder.depth=50',
        'torchrun --nproc_per_node=2 -m mtlbench train xtam/sd_vkitti2 --launcher torch',
        'mtlbench benchmark run xtam_t1_vkitti2',
        'mtlbench benchmark run xtam_t1_vkitti2_sd --rows xTAN',
        'python -c "import mtlbench.gone"',
        'make tests',
        "pip install '.[worlds]'",
        'conda install mtlbench',
    ],
)
def test_a_wrong_command_is_found(line, monkeypatch):
    with pytest.raises((AssertionError, ConfigError, ImportError, SystemExit)):
        check(line, monkeypatch)


def cases(found: list[tuple[Part, str]]) -> list:
    """Return a parameter for each line."""
    return [pytest.param(line, id=f'{part} {shlex.join(shlex.split(line, comments=True))}') for part, line in found]


@pytest.mark.parametrize('line', cases(in_blocks()))
def test_a_command_in_a_block_is_accepted(line, monkeypatch):
    check(line, monkeypatch)


@pytest.mark.parametrize('line', cases(in_text()))
def test_a_command_in_the_text_is_accepted_but_for_what_it_leaves_out(line, monkeypatch, capsys):
    try:
        check(line, monkeypatch)
    except SystemExit:
        assert 'the following arguments are required' in capsys.readouterr().err


def test_every_option_in_the_text_is_one_of_the_tool_before_it():
    """Of `mtlbench train --resume`, the option of that command; of `--resume` alone, that of any command."""
    known = {tool: {o for one in parsers_in(parser_of(tool)) for o in one._option_string_actions} for tool in TOOLS}
    other = {'--launcher-args', '--nproc_per_node', '--no-deps'}
    wrong = []
    for span in spans():
        words = span.text.split()
        names = (' '.join(words[1:n]) for n in (3, 2)) if words[:1] == ['mtlbench'] else ()
        tool = next((Path(f'tools/{COMMANDS[name]}.py') for name in names if name in COMMANDS), None)
        if tool is None and not span.text.startswith('--'):
            continue
        accepted = known[tool] if tool else set.union(other, *known.values())
        wrong += [f'{span}: {one}' for one in re.findall(r'(?<!\S)--[\w-]+', span.text) if one not in accepted]
    assert wrong == []
