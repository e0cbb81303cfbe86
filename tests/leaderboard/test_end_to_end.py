"""A whole table, from nothing: real configs, real training, real records."""

from __future__ import annotations

import json

import pytest
from tiny import TinyBenchmark


@pytest.mark.slow
def test_a_table_from_nothing(tmp_path):
    benchmark = TinyBenchmark(tmp_path)
    configs = ['stl/s_vkitti2', 'stl/d_vkitti2', 'xtam/sd_vkitti2']
    done = benchmark('run', *configs, '--seeds', '1', '--jobs', '2')
    assert done.returncode == 0, done.stdout + done.stderr
    again = benchmark('run', *configs, '--seeds', '1')
    assert again.stdout.count('already finished') == 4

    done = benchmark('report', '--suite', 'xtam_t1_vkitti2_sd', '--format', 'json')
    (grid,) = json.loads(done.stdout)
    assert 'profile TINY' in grid['heading'][0]
    rows = {row['label']: row['cells'] for row in grid['rows']}
    # Segmentation, depth, delta: all measured but the delta of the single-task row itself.
    for label in ('trivial', 'STL', 'xTAM'):
        assert all(rows[label][task]['measured']['n'] == 1 for task in ('semseg', 'depth'))
    scores = {
        name: json.loads((benchmark.folder_of(name, 1) / 'result.json').read_text())['metrics'] for name in configs
    }
    miou, rmse = (scores['xtam/sd_vkitti2'][key] for key in ('semseg/miou', 'depth/rmse_m'))
    base_miou, base_rmse = scores['stl/s_vkitti2']['semseg/miou'], scores['stl/d_vkitti2']['depth/rmse_m']
    delta = 50 * ((miou - base_miou) / base_miou - (rmse - base_rmse) / base_rmse)
    assert rows['xTAM']['delta_sd']['measured']['mean'] == pytest.approx(delta, rel=1e-12)
