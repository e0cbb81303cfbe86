"""A whole table, from nothing: real configs, real training, real records."""

from __future__ import annotations

import json
import subprocess
import sys

import layout_vkitti2
import pytest

OVERLAY = """
rules = [
    dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(64, 128))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, weights=None)),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(16, 16, 16, 16, 16), aspp_channels=16)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=16)),
    dict(where=dict(type='StreamTrainLoop'), set=dict(max_iters=2, val_interval=2, dynamic_intervals=None)),
    dict(where=dict(persistent_workers=True), set=dict(num_workers=0, persistent_workers=False)),
]
"""


@pytest.mark.slow
def test_a_table_from_nothing(tmp_path):
    layout_vkitti2.write(tmp_path / 'vkitti2')
    (tmp_path / 'tiny.py').write_text(OVERLAY)

    def benchmark(*arguments):
        command = [sys.executable, '-m', 'mtlbench.cli.benchmark', *arguments, '--work-dir', 'runs']
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    configs = ['stl/s_vkitti2', 'stl/d_vkitti2', 'xtam/sd_vkitti2']
    overlay = ['--profile', 'tiny.py', '--data-root', str(tmp_path / 'vkitti2')]
    done = benchmark('run', *configs, '--seeds', '1', *overlay, '--jobs', '2')
    assert done.returncode == 0, done.stdout + done.stderr
    again = benchmark('run', *configs, '--seeds', '1', *overlay)
    assert again.stdout.count('finished before') == 4

    done = benchmark('report', '--suite', 'xtam_t1_vkitti2_sd', '--format', 'json')
    (grid,) = json.loads(done.stdout)
    assert 'profile TINY' in grid['lines'][0]
    rows = {row[0]: row[1:] for row in grid['rows']}
    # Segmentation, depth, delta: all measured but the delta of the single-task row itself.
    for label in ('trivial', 'STL', 'xTAM'):
        assert all(cell.endswith('(1)') for cell in rows[label][:2])
    scores = {
        name: json.loads((tmp_path / f'runs/tiny/paper/{name}/seed1/result.json').read_text())['metrics']
        for name in configs
    }
    miou, rmse = (scores['xtam/sd_vkitti2'][key] for key in ('semseg/miou', 'depth/rmse_m'))
    base_miou, base_rmse = scores['stl/s_vkitti2']['semseg/miou'], scores['stl/d_vkitti2']['depth/rmse_m']
    delta = 50 * ((miou - base_miou) / base_miou - (rmse - base_rmse) / base_rmse)
    assert rows['xTAM'][2] == f'{delta:+.2f} (1)'
