"""Every method trains, tests and predicts through the tools."""

import json

import cv2
import pytest
import torch
from tiny_runs import read_record, same_metrics

METHODS = ['stl/s', 'stl/d', 'stl/n', 'mtl/sdn', 'padnet/sd', 'three_ways/sdn', 'xtam/sdn']


@pytest.mark.parametrize('method', METHODS)
def test_method_trains_and_leaves_a_record(method, tool, train_arguments, tmp_path):
    done = tool('train', *train_arguments(f'{method}_vkitti2', tmp_path / 'run', train_cfg__max_iters=3))
    assert done.returncode == 0, done.stdout
    record = read_record(tmp_path / 'run')
    assert record['iterations'] == 3
    assert record['task_set'] == method.split('/')[1]
    assert record['data']['train']['samples'] + record['data']['val']['samples'] == 11
    assert {key.split('/')[0] for key in record['metrics']} == set(record['metrics_of_record'])
    assert record['gflops'] > 0


def test_test_repeats_the_record_and_predict_draws(tool, train_arguments, tmp_path, tiny_vkitti2):
    arguments = train_arguments('xtam/sd_vkitti2', tmp_path / 'run')
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    checkpoint = tmp_path / 'run' / 'iter_6.pth'
    torch.load(checkpoint, weights_only=True)
    assert len(list((tmp_path / 'run' / 'images').glob('*.png'))) == min(
        3, read_record(tmp_path / 'run')['data']['val']['samples']
    )

    tested = tool('test', arguments[0], checkpoint, *arguments[1:5], '--out', 'metrics.json', '--draw', 'beside')
    assert tested.returncode == 0, tested.stdout
    tested_metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert same_metrics(tested_metrics, read_record(tmp_path / 'run')['metrics'], tolerance=1e-9)

    validated = read_record(tmp_path / 'run')['data']['val']['samples']
    assert len(list((tmp_path / 'beside').glob('0000*_rgb_*.png'))) == validated

    images = tiny_vkitti2 / 'Scene01/15-deg-left/frames/rgb/Camera_0'
    drawn = tool('predict', checkpoint, images, '--config', arguments[0], *arguments[1:3], '--out', 'drawn')
    assert drawn.returncode == 0, drawn.stdout
    panels = sorted((tmp_path / 'drawn/panels').glob('*.png'))
    assert len(panels) == 11
    assert min(cv2.imread(str(panels[0])).shape[:2]) > 64


def test_mixed_precision_and_uncertainty_weights_train(tool, train_arguments, tmp_path):
    config = tmp_path / 'own.py'
    from mtlbench.config import find_config

    config.write_text(
        f"_base_ = '{find_config('xtam/sd_vkitti2')}'\nbalancer = dict(_delete_=True, type='UncertaintyWeights')\n"
    )
    done = tool('train', *train_arguments(config, tmp_path / 'run', '--amp', train_cfg__max_iters=3))
    assert done.returncode == 0, done.stdout
    assert any('balancer' in name for name in torch.load(tmp_path / 'run/iter_3.pth', weights_only=True)['state_dict'])


def test_browse_draws_what_the_network_is_fed(tool, train_arguments, tmp_path):
    arguments = train_arguments('xtam/sdn_vkitti2', tmp_path)
    done = tool('browse_dataset', *arguments[:5], '--count', 2, '--out', 'drawn')
    assert done.returncode == 0, done.stdout
    assert len(list((tmp_path / 'drawn').glob('*.png'))) == 2
