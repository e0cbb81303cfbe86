"""Runs that learn from two data sets and are evaluated on both, through the tools."""

import json

import pytest
from tiny_runs import read_record, same_metrics

from mtlbench.config import config_dir

CONFIG = """
_base_ = ['{configs}/semimtl/sd_potsdam_vaihingen.py']
__crops = [
    dict(type='Resize', size=(64, 64)),
    dict(type='RandomScale'),
    dict(type='Pad', size=(48, 48)),
    dict(type='RandomCrop', size=(48, 48)),
    dict(type='PackSample'),
]
__stream = dict(batch_size=2, num_workers=1, dataset=dict(pipeline=__crops))
train_dataloader = dict(classes=__stream, distances=__stream)
train_cfg = dict(max_iters=2, val_interval=2)
model = dict(network=dict(decoder=dict(semseg=dict(channels=8), height=dict(channels=(8, 8, 8)))))
objectives = dict(alignment=dict(critic=dict(channels=(4, 8, 8, 8))))
"""


@pytest.fixture
def data(tmp_path):
    """Both sets; what is withheld from training cannot be read."""
    import layout_potsdam
    import layout_vaihingen

    for layout, kind in ((layout_potsdam, 'height'), (layout_vaihingen, 'label')):
        root = tmp_path / 'data' / layout.__name__.removeprefix('layout_')
        layout.write(root)
        train = ('2_10', '7_12') if kind == 'height' else ('area1', 'area37')
        broken = [path for path in root.glob(f'patches_512/{kind}/*.png') if path.name.startswith(train)]
        assert broken
        for path in broken:
            path.write_bytes(b'unreadable')
    return tmp_path / 'data'


def test_learns_from_both_and_is_evaluated_on_both(tool, overlay, data, tmp_path):
    config = tmp_path / 'sd_potsdam_vaihingen.py'
    config.write_text(CONFIG.format(configs=config_dir()))
    environment = dict(MTLBENCH_DATA=str(data))
    done = tool('train', config, '--profile', overlay, '--work-dir', tmp_path / 'run', env=environment)
    assert done.returncode == 0, done.stdout
    record = read_record(tmp_path / 'run')
    assert record['dataset'] == 'potsdam' and record['data']['val@vaihingen']['dataset'] == 'vaihingen'
    for metric in ('semseg/miou', 'height/rmse_m', 'height/delta1'):
        own, further = record['metrics'][metric], record['metrics'][f'{metric}@vaihingen']
        # The patches of both hold the same noise.
        assert own is not None and further == pytest.approx(own, rel=1e-6)
        assert record['higher_is_better'][metric] == record['higher_is_better'][f'{metric}@vaihingen']
    checkpoint = tmp_path / 'run' / 'iter_2.pth'
    out = tmp_path / 'metrics.json'
    tested = tool('test', config, checkpoint, '--profile', overlay, '--out', out, env=environment)
    assert tested.returncode == 0, tested.stdout
    assert same_metrics(json.loads(out.read_text()), record['metrics'], tolerance=1e-6)
