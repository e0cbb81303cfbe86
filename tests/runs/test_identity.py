"""A folder belongs to one run: what differs is refused, or goes on by name, for true, and is recorded."""

import fcntl
import importlib
import math
import os
import shutil
from dataclasses import replace

import pytest
import torch
from tiny_runs import OPTIONS, equal, read_record

from mtlbench.engine import launch
from mtlbench.engine.launch import RunRequest, configure
from mtlbench.engine.resume import Course, course_of
from mtlbench.errors import ConfigError
from mtlbench.leaderboard import ResultRecord

RATE = 'optim_wrapper.optimizer.lr'


@pytest.fixture(scope='module')
def made(tool_of, train_arguments_of, tmp_path_factory):
    """A finished run."""
    folder = tmp_path_factory.mktemp('made') / 'run'
    done = tool_of(folder.parent)('train', *train_arguments_of('xtam/sd_vkitti2', folder))
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


def request(folder, overlay, data, config='xtam/sd_vkitti2', seed=None, amp=False, **options):
    options = {**OPTIONS, **{key.replace('__', '.'): value for key, value in options.items()}}
    given = dict(profile=str(overlay), work_dir=str(folder), data_root=str(data), seed=seed, amp=amp)
    return RunRequest(config, options=options, **given)


@pytest.fixture
def asked(made, overlay, tiny_vkitti2):
    def build(**changes):
        return configure(request(made[0], overlay, tiny_vkitti2, **changes))

    return build


def test_the_same_run_has_finished(made, asked):
    assert course_of(made[0], asked(), resume=True, may_change=()).finished


@pytest.mark.parametrize(
    'same',
    [
        dict(train_dataloader__labeled__num_workers=0),
        dict(default_hooks__checkpoint__interval=1),
        dict(default_hooks__logger__interval=1),
        dict(log_level='WARNING'),
        dict(env_cfg__cudnn_benchmark=False),
    ],
)
def test_workers_logs_and_device_may_differ(same, made, asked):
    assert course_of(made[0], asked(**same), resume=True, may_change=()).finished


@pytest.mark.parametrize(
    ('change', 'key', 'new'),
    [
        ({RATE: 0.5}, RATE, '0.5'),
        ({'balancer.weights.semseg': 7}, 'balancer.weights.semseg', '7'),
        ({'param_scheduler.0.milestones': [1]}, 'param_scheduler.0.milestones', '[1]'),
        ({'optim_wrapper.accumulative_counts': 2}, 'optim_wrapper.accumulative_counts', '2'),
        ({'train_dataloader.labeled.batch_size': 3}, 'train_dataloader.labeled.batch_size', '3'),
        ({'train_cfg.max_iters': 8}, 'train_cfg.max_iters', '8'),
        ({'load_from': 'other.pth'}, 'load_from', 'other.pth'),
        ({'seed': 7}, 'randomness.seed', '7'),
        ({'amp': True}, 'optim_wrapper.type', 'MixedPrecisionOptimWrapper'),
        ({'config': 'mtl/sd_vkitti2'}, 'config', 'mtl/sd_vkitti2'),
    ],
)
@pytest.mark.parametrize('unfinished', [False, True])
def test_what_differs_is_named_with_both_values(change, key, new, unfinished, made, asked, tmp_path):
    folder = made[0]
    if unfinished:
        folder = tmp_path
        (folder / 'iter_6.pth').symlink_to(made[0] / 'iter_6.pth')
    with pytest.raises(ConfigError, match=r'other settings') as caught:
        course_of(folder, asked(**change), resume=True, may_change=())
    assert key in str(caught.value)
    assert new in str(caught.value)
    with pytest.raises(ConfigError, match='holds a run already'):
        course_of(folder, asked(**change), resume=False, may_change=())


def test_other_data_are_named(made, overlay, tmp_path):
    for folder in (made[0], tmp_path):
        with pytest.raises(ConfigError, match='data_root was'):
            found = made[0] / 'iter_6.pth'
            (tmp_path / 'iter_6.pth').exists() or (tmp_path / 'iter_6.pth').symlink_to(found)
            cfg = configure(request(folder, overlay, tmp_path / 'elsewhere'))
            course_of(folder, cfg, resume=True, may_change=())


def test_without_checkpoints_the_record_tells(made, asked, tmp_path):
    (tmp_path / 'result.json').write_bytes((made[0] / 'result.json').read_bytes())
    assert course_of(tmp_path, asked(), resume=True, may_change=()).finished
    for change in ({'seed': 7}, {RATE: 0.5}):
        with pytest.raises(ConfigError, match='other settings'):
            course_of(tmp_path, asked(**change), resume=True, may_change=())
    with pytest.raises(ConfigError, match='no checkpoint of it was kept'):
        course_of(tmp_path, asked(train_cfg__max_iters=8), resume=True, may_change=['train_cfg'])


def test_a_finished_run_is_not_changed_without_further_updates(made, asked):
    with pytest.raises(ConfigError, match='made all of'):
        course_of(made[0], asked(**{RATE: 0.5}), resume=True, may_change=[RATE])
    with pytest.raises(ConfigError, match='add --resume'):
        course_of(made[0], asked(**{RATE: 0.5}), resume=False, may_change=[RATE])


def test_longer_training_is_a_change_by_name(made, asked):
    cfg = asked(train_cfg__max_iters=8)
    course = course_of(made[0], cfg, resume=True, may_change=['train_cfg.max_iters'])
    assert isinstance(course, Course)
    assert [tuple(change) for change in course.changes] == [('train_cfg.max_iters', 6, 8)]
    assert course.checkpoint == made[0] / 'iter_6.pth'
    assert course.superseded.iterations == 6


def test_changes_count_from_there_on_and_are_recorded(made, tool, train_arguments, tmp_path):
    """The rate of every later update is that of the new schedule, as if it had been followed from the beginning."""
    folder = tmp_path / 'run'
    folder.mkdir()
    for name in ('iter_6.pth', 'result.json'):
        (folder / name).write_bytes((made[0] / name).read_bytes())
    changed = {'train_cfg.max_iters': 10, RATE: 0.002, 'param_scheduler.0.milestones': '[4,8]'}
    options = {'default_hooks.checkpoint.keep': 9, 'default_hooks.checkpoint.interval': 1, **changed}
    arguments = train_arguments('xtam/sd_vkitti2', folder, '--resume', '--change', *changed, **options)
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    for update, factor in ((7, 0.1), (8, 0.01), (9, 0.01), (10, 0.01)):
        groups = torch.load(folder / f'iter_{update}.pth', weights_only=True)['optimizer']['param_groups']
        # The scheduler has stepped to the next update when a checkpoint is written; the encoder's rate is its own.
        assert groups[0]['lr'] == pytest.approx(0.002 * factor)
        assert groups[1]['lr'] == pytest.approx(2e-4 * factor)
    record = ResultRecord.read(folder / 'result.json')
    told = {change['key']: (change['update'], change['old'], change['new']) for change in record.changes}
    assert told == {
        'train_cfg.max_iters': (6, 6, 10),
        RATE: (6, 3e-4, 0.002),
        'param_scheduler.0.milestones': (6, [30000], [4, 8]),
    }
    assert record.iterations == 10
    assert (folder / 'result_at_6.json').read_bytes() == (made[0] / 'result.json').read_bytes()
    # The same command again finds the run finished; the old one finds another.
    before = (folder / 'result.json').read_bytes()
    assert tool('train', *arguments).returncode == 0
    assert (folder / 'result.json').read_bytes() == before
    again = tool('train', *train_arguments('xtam/sd_vkitti2', folder, '--resume'))
    assert 'other settings' in again.stdout.splitlines()[-1]


def test_a_folder_at_work_is_left_alone(made, tool, train_arguments, tmp_path):
    lock = os.open(tmp_path / 'run.lock', os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    done = tool('train', *train_arguments('xtam/sd_vkitti2', tmp_path))
    os.close(lock)
    assert done.returncode == 1
    assert 'another process is using' in done.stdout.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ['run.lock']


def test_a_start_tells_ten_lines(made):
    lines = made[1].splitlines()
    first = next(number for number, line in enumerate(lines) if 'Iter(' in line)
    assert first <= 10
    assert 'xtam/sd_vkitti2 starts: 6 updates, seed 42' in made[1]


@pytest.mark.parametrize('name', ['test', 'test_robustness'])
def test_tools_take_a_run_without_its_config(name):
    parser = importlib.import_module(f'mtlbench.cli.{name}').build_parser()
    assert parser.parse_args(['checkpoint']).config is None
    assert parser.parse_args(['checkpoint']).checkpoint == 'checkpoint'
    spread = parser.parse_args(['config', 'checkpoint', '--profile', 'mini'])
    assert (spread.config, spread.checkpoint, spread.profile) == ('config', 'checkpoint', 'mini')


def test_predict_takes_a_run_and_images_and_only_by_name_a_config():
    parser = importlib.import_module('mtlbench.cli.predict').build_parser()
    args = parser.parse_args(['run', 'a.jpg', '--profile', 'mini', 'b.jpg'])
    assert (args.config, args.checkpoint, args.images) == (None, 'run', ['a.jpg', 'b.jpg'])
    assert parser.parse_args(['run', 'a.jpg', '--config', 'mine']).config == 'mine'


def test_a_checkpoint_knows_its_run(made, monkeypatch, tmp_path):
    """Neither profile nor config nor options are needed to test, and the metrics are those of the record."""
    monkeypatch.chdir(tmp_path)
    record = read_record(made[0])
    for where in (made[0], made[0] / 'iter_6.pth'):
        metrics = launch.test(RunRequest(None, work_dir=str(tmp_path)), str(where))
        valued = {name: None if math.isnan(value) else value for name, value in metrics.items()}
        assert equal(valued, record['metrics'])
    with pytest.raises(ConfigError, match='made with profile tiny, not mini'):
        launch.test(RunRequest(None, profile='mini'), str(made[0]))


def test_data_that_changed_between_two_starts_are_told(made, overlay, tiny_vkitti2, tmp_path):
    """The folder of the data is the same, a frame is gone."""
    data, folder = tmp_path / 'vkitti2', tmp_path / 'run'
    shutil.copytree(tiny_vkitti2, data)
    asked = request(folder, overlay, data, config='stl/d_vkitti2', train_cfg__max_iters=2)
    launch.train(asked)
    (folder / 'result.json').unlink()
    next(data.rglob('rgb_00003.jpg')).unlink()
    longer = replace(asked, options={**asked.options, 'train_cfg.max_iters': 4})
    named = ['train_cfg.max_iters']
    with pytest.raises(ConfigError, match='the data differs from that of the run'):
        launch.train(longer, resume=True, may_change=named)
    launch.train(longer, resume=True, may_change=[*named, 'data'])
    told = {change['key']: change['update'] for change in read_record(folder)['changes']}
    assert told.items() >= {'train_cfg.max_iters': 2, 'data.labeled': 2}.items()
