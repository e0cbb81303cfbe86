"""``tools/render_world.py`` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'render_world.py'


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(TOOL), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_renders_and_is_content_the_second_time(tmp_path):
    arguments = ('vkitti2', '--out', tmp_path / 'w', '--frames', 5, '--size', '48x16', '--jobs', 2, '--seed', 4)
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    note = json.loads((tmp_path / 'w/RENDERED.json').read_text())
    assert (note['frames'], note['size'], note['seed']) == (5, [48, 16], 4)
    assert len(list((tmp_path / 'w').rglob('*.jpg'))) == 5
    assert 'already rendered' in run(*arguments).stdout


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--size', '416'), "expected WIDTHxHEIGHT such as 416x128, got '416'"),
        (('--size', 'axb'), 'expected WIDTHxHEIGHT'),
        (('--variations', 'snow'), 'known are 15-deg-left'),
        (('--jobs', 0), 'argument --jobs: expected a whole number of at least 1'),
        (('--seed', -1), 'argument --seed: expected a whole number of at least 0'),
    ],
)
def test_wrong_arguments_are_explained(tmp_path, arguments, message):
    done = run('vkitti2', '--out', tmp_path / 'w', *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert 'Traceback' not in done.stderr
    assert not (tmp_path / 'w').exists()


def test_foreign_folder_is_left_alone(tmp_path):
    (tmp_path / 'precious.png').write_bytes(b'1')
    done = run('vkitti2', '--out', tmp_path, '--frames', 5)
    assert done.returncode == 1
    assert done.stderr.startswith('error: ')
    assert 'precious.png' in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ['precious.png']
