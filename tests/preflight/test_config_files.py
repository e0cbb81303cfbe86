"""A config file that cannot be read is named in one line, with the line in it."""

import time

import pytest

from mtlbench.config import load_config
from mtlbench.errors import ConfigError


def told(path, **options):
    with pytest.raises(ConfigError) as caught:
        load_config(path, **options)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ('text', 'line', 'reason'),
    [
        ('a = 1\nb = 1 / 0', 'line 2', 'ZeroDivisionError'),
        ('a = 1\n\nb = unknown', 'line 3', 'unknown'),
        ('model = dict(', 'line 1', 'never closed'),
        ('a = 1\n  b = 2', 'line 2', 'indent'),
        ("a = {}\nb = a['missing']", 'line 2', 'missing'),
        ("raise ValueError('two\\nlines')", 'line 1', 'two lines'),
        ('import no_such_module_here\na = no_such_module_here.x', '', 'no_such_module_here'),
    ],
)
def test_an_error_in_a_config_is_told_with_its_line(tmp_path, text, line, reason):
    path = tmp_path / 'own.py'
    path.write_text(text)
    message = told(path)
    assert str(path) in message
    assert line in message
    assert reason in message


def test_an_error_in_a_base_names_the_base(tmp_path):
    (tmp_path / 'base.py').write_text('x = 3\ny = 1 / 0')
    (tmp_path / 'own.py').write_text("_base_ = './base.py'")
    assert 'base.py, line 2' in told(tmp_path / 'own.py')


@pytest.mark.parametrize('length', [1, 2, 3])
def test_a_circle_of_bases_is_told_at_once(tmp_path, length):
    for number in range(length):
        (tmp_path / f'c{number}.py').write_text(f"_base_ = './c{(number + 1) % length}.py'")
    start = time.monotonic()
    message = told(tmp_path / 'c0.py')
    assert 'its own base' in message
    assert message.count('c0.py') >= 2
    assert time.monotonic() - start < 5, 'mmengine alone goes round a thousand times, which takes 20 seconds'


@pytest.mark.parametrize(
    ('name', 'content', 'reason'),
    [
        ('own.yaml', b'a: [1, 2\nb: 3', 'line 2'),
        ('own.json', b'{"a": 1,}', 'line 1'),
        ('own.json', b'[1, 2]', 'expected keys and values'),
        ('own.yml', b'', 'expected keys and values'),
        ('own.py', b'\x89PNG\r\n\x1a\n\xff', 'is not text'),
        ('own.py', b'a = "\x00"', 'null'),
        ('own.txt', b'a = 1', 'expected a file that ends in .py'),
        ('own.py', b"_base_ = './none.py'", 'none.py'),
        ('own.py', b'_base_ = 3', '_base_ is'),
    ],
)
def test_what_is_no_config_is_named(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    message = told(tmp_path / name)
    assert str(tmp_path) in message
    assert reason in message


def test_a_folder_and_an_impossible_name_are_no_configs(tmp_path):
    assert 'is a folder' in told(tmp_path)
    assert 'no config' in told('x' * 300)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('x = 1', 'expected a list rules'),
        ('rules = 3', 'expected a list rules'),
        ("rules = [dict(where=dict(type='A'))]", r'rules\[0\]'),
        ("rules = [dict(set=dict(log_level='INFO')), dict(were=dict(), set=dict())]", r'rules\[1\]'),
        ('rules = [dict(where=3, set=dict(a=1))]', r'rules\[0\]'),
        ("rules = ['a']", r'rules\[0\]'),
        ('rules = [dict(set=dict(log_level=dict(a=1)))]', 'does not fit'),
        ('rules = 1 / 0', 'line 1'),
    ],
)
def test_an_overlay_without_proper_rules_is_refused(tmp_path, text, reason):
    path = tmp_path / 'overlay.py'
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf'overlay.py.*{reason}'):
        load_config('stl/d_vkitti2', profile=str(path))


@pytest.mark.parametrize('folder', ["it's", 'a "quoted" name', 'back\\slash', 'br{ce}s', 'plain'])
def test_data_may_lie_anywhere(tmp_path, monkeypatch, folder):
    root = str(tmp_path / folder)
    monkeypatch.setenv('MTLBENCH_DATA', root)
    for profile, inside in (('full', 'vkitti2'), ('mini', 'rendered/vkitti2')):
        cfg = load_config('stl/d_vkitti2', profile)
        assert cfg.val_dataloader.dataset.data_root == f'{root}/{inside}'
    import os

    assert os.environ['MTLBENCH_DATA'] == root
