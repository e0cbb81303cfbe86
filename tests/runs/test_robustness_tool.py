"""The robustness of a checkpoint, measured as a user does it."""

import json

import pytest
from PIL import Image
from test_errors import last_line
from tiny_runs import read_record, same_metrics

from mtlbench.leaderboard import find_records


@pytest.fixture(scope='module')
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp('robust')


def test_robustness_of_a_run(tool, train_arguments, shared, tmp_path):
    run = shared / 'run'
    arguments = train_arguments('mtl/sd_vkitti2', run, train_cfg__max_iters=3)
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    ask = [arguments[0], run / 'iter_3.pth', *arguments[1:5], '--epsilons', '0', '2', '0.5', '--perturbations']

    first = tool('test_robustness', *ask, 'gaussian', 'kurakin', '--attack', 'depth')
    assert first.returncode == 0, first.stdout
    kept = json.loads((run / 'robustness.json').read_text())
    assert same_metrics(kept['clean'], read_record(run)['metrics'], tolerance=1e-9)
    assert [(curve['perturbation'], curve['attacked']) for curve in kept['curves']] == [
        ('gaussian', None),
        ('kurakin', 'depth'),
    ]
    assert [point['strength'] for point in kept['curves'][1]['points']] == [0.5, 2]
    assert {'semseg/q_gaussian_0p5', 'depth/q_gaussian_2', 'depth/q_kurakin_2'} <= kept['metrics'].keys()
    assert 'semseg/q_kurakin_2' not in kept['metrics']
    assert (run / 'robustness.png').stat().st_size > 5000
    assert 'kurakin on depth [gray]' in first.stdout and 'depth Q [%]' in first.stdout
    assert not list(run.glob('*.progress'))

    again = tool('test_robustness', *ask, 'gaussian', 'fgsm', '--attack', 'depth', '--images', '1')
    assert again.returncode == 0, again.stdout
    assert 'fgsm on depth: 100%' in again.stdout and '\ngaussian: ' not in again.stdout
    assert 'clean: 100%' in first.stdout and 'clean: 100%' not in again.stdout
    assert json.loads((run / 'robustness.json').read_text())['curves'][:2] == kept['curves']
    # Three rows: clean and two strengths; an image and two tasks each.
    for ending in ('gaussian', 'fgsm_depth'):
        width, height = Image.open(run / f'robustness_{ending}.png').size
        assert height % 3 == 0 and width > 2 * height / 3
    (record,) = find_records(shared).records
    assert record.metrics['depth/q_fgsm_2'] > 0 and record.higher_is_better['depth/q_fgsm_2']

    # Another split never passes for that of the config.
    other = tool('test_robustness', *ask, 'salt_pepper', '--split', 'train')
    assert other.returncode == 0, other.stdout
    elsewhere = json.loads((run / 'robustness_vkitti2_train.json').read_text())
    assert {'semseg/miou@vkitti2_train', 'semseg/q_salt_pepper_2@vkitti2_train'} <= elsewhere['metrics'].keys()
    assert elsewhere['subject']['data']['samples'] == read_record(run)['data']['train']['samples']


def test_correlation_of_a_run(tool, train_arguments, shared):
    """Of the run made above, which its suite then shows."""
    run = shared / 'run'
    arguments = train_arguments('mtl/sd_vkitti2', run)
    done = tool('analysis/feature_correlation', arguments[0], run, *arguments[1:5], '--most', '1')
    assert done.returncode == 0, done.stdout
    assert 'semseg level 0: ' in done.stdout and (run / 'feature_correlation.png').stat().st_size > 5000
    (record,) = find_records(shared).records
    assert 0 < record.metrics['depth/feature_correlation'] < 1
    ask = ['analysis/feature_correlation', arguments[0], run, *arguments[1:5]]
    none = tool(*ask, '--most', '0')
    assert (none.returncode, '--most: expected' in none.stdout) == (2, True)
    assert 'measure that run first' in last_line(tool(*ask, '--most', '1', '--beside', shared))


def test_what_is_not_known_is_told(tool, train_arguments, shared):
    arguments = train_arguments('mtl/sd_vkitti2', shared / 'run')
    ask = [arguments[0], shared / 'run' / 'iter_3.pth', *arguments[1:5]]
    line = last_line(tool('test_robustness', *ask, '--perturbations', 'rain'))
    assert "unknown perturbation 'rain'" in line and 'corruptions' in line
    assert "--attack is 'edges', expected one of semseg, depth" in last_line(
        tool('test_robustness', *ask, '--attack', 'edges')
    )
    assert '0 or more gray values, got -1' in last_line(tool('test_robustness', *ask, '--epsilons', '-1', '1'))
    changed = ['--cfg-options', 'tasks.depth.max_depth_m=20']
    assert 'belongs to another evaluation' in last_line(tool('test_robustness', *ask, *changed))
