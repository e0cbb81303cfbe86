"""The mini network learns four genuine full-size frames by heart: readers, units, losses and metrics fit together."""

from pathlib import Path

import pytest
from tiny_runs import read_record

from mtlbench.config import load_config
from mtlbench.evaluation.trivial import trivial_scores
from mtlbench.registry import DATASETS, TASKS

SAMPLES = Path(__file__).parents[3] / 'shared' / 'samples' / 'cityscapes'
SIZE = '(256,512)'
OPTIONS = [
    'val_dataloader.dataset.split=train',
    f'train_dataloader.labeled.dataset.pipeline.0.size={SIZE}',
    f'val_dataloader.dataset.pipeline.0.size={SIZE}',
    # By heart: the same four images again and again, no mirrored ones, until the loss is flat.
    'train_dataloader.labeled.dataset.pipeline.1.prob=0',
    'optim_wrapper.optimizer.lr=2e-3',
    'train_cfg.max_iters=900',
    'train_cfg.val_interval=900',
    'param_scheduler.0.milestones=[600,800]',
]


@pytest.mark.slow
def test_four_genuine_frames_are_learnt_by_heart(tool, tmp_path):
    if not SAMPLES.is_dir():
        pytest.skip('the genuine sample files are not at hand')
    common = ['configs/xtam/sdn_cityscapes.py', '--profile', 'mini', '--data-root', SAMPLES]
    arguments = [*common, '--work-dir', tmp_path / 'run', '--cfg-options', *OPTIONS]
    done = tool('train', *arguments, env={'OMP_NUM_THREADS': '2'}, limit=3000)
    assert done.returncode == 0, done.stdout
    learnt, constant = read_record(tmp_path / 'run')['metrics'], best_constants()
    # Four frames are few enough to be learnt almost entirely; a wrong unit, id or pairing would show.
    assert learnt['semseg/miou'] > 0.8
    assert learnt['depth/rmse_m'] < 0.4 * constant['depth/rmse_m']
    assert learnt['normals/mean_deg'] < constant['normals/mean_deg']


def best_constants():
    cfg = load_config(
        'xtam/sdn_cityscapes',
        'mini',
        options={'val_dataloader.dataset.split': 'train', 'val_dataloader.dataset.pipeline.0.size': (256, 512)},
        data_root=SAMPLES,
    )
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    return trivial_scores({name: TASKS.build(node) for name, node in cfg.tasks.items()}, dataset, dataset)
