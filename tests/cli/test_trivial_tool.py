from __future__ import annotations

import sys

import layout_nyudv2
import layout_vkitti2
import numpy as np
from genuine_layout import ground_depth

from mtlbench.cli import trivial
from mtlbench.leaderboard import ResultRecord


def test_the_record_of_constant_predictions(tmp_path, monkeypatch, capsys):
    layout_vkitti2.write(tmp_path / 'vkitti2')
    arguments = ['xtam/sd_vkitti2', '--data-root', str(tmp_path / 'vkitti2'), '--work-dir', str(tmp_path / 'out')]
    monkeypatch.setattr(sys, 'argv', ['trivial', *arguments])
    trivial.main()
    record = ResultRecord.read(tmp_path / 'out/result.json')
    assert (record.name, record.method, record.seed) == ('trivial/sd_vkitti2', 'trivial', 0)
    assert (record.parameters, record.iterations, list(record.resolution)) == (0, 0, [320, 1024])
    assert record.tasks == ('semseg', 'depth')
    assert not record.rendered
    assert record.data['train']['split_digest'] != record.data['val']['split_digest']
    # The ids are drawn evenly from 15, of which one is ignored: the best constant class is right in 1 of 14 pixels.
    assert abs(record.metrics['semseg/pixel_acc'] - 1 / 14) < 0.02
    # No constant comes nearer to the depths than their standard deviation; all images have the same depths.
    assert record.metrics['depth/rmse_m'] >= 0.9 * np.std(ground_depth())

    written = (tmp_path / 'out/result.json').read_text()
    trivial.main()
    assert (tmp_path / 'out/result.json').read_text() == written
    assert capsys.readouterr().out.count('result record:') == 2


def test_constants_of_four_tasks(tmp_path, monkeypatch):
    layout_nyudv2.write(tmp_path / 'nyudv2')
    arguments = ['xtam/sdne_nyudv2', '--data-root', str(tmp_path / 'nyudv2'), '--work-dir', str(tmp_path / 'out')]
    monkeypatch.setattr(sys, 'argv', ['trivial', *arguments])
    trivial.main()
    record = ResultRecord.read(tmp_path / 'out/result.json')
    assert (record.name, record.tasks) == ('trivial/sdne_nyudv2', ('semseg', 'depth', 'normals', 'edges'))
    # A constant has an F1 of 0 for the class it never predicts, so the mean of both is at most one half.
    assert 0 < record.metrics['edges/f1'] <= 0.5
    assert all(record.metrics[f'{task}/{metric}'] > 0 for task, metric in record.metrics_of_record.items())
