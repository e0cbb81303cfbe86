"""A checkpoint as the authors of xTAM published theirs, converted and evaluated by the tools."""

import json

import torch
from densemtl_reference import published_shapes, random_weights

RULES = """
rules = [
    dict(where=dict(type='Resize'), set=dict(size=(32, 64))),
    dict(where=dict(persistent_workers=True), set=dict(persistent_workers=False, num_workers=0)),
]
"""


def test_a_published_checkpoint_is_converted_and_evaluated(tool, tiny_vkitti2, tmp_path):
    torch.save(random_weights(published_shapes(dict(semseg=14, depth=1))), tmp_path / 'vkitti2_densemtl_SD.pkl')
    overlay = tmp_path / 'small.py'
    overlay.write_text(RULES)
    converted = tool('convert_checkpoint', 'densemtl', 'vkitti2_densemtl_SD.pkl', 'sd.pth')
    assert converted.returncode == 0, converted.stdout
    where = ['--recipe', 'reference', '--profile', overlay, '--data-root', tiny_vkitti2, '--work-dir', tmp_path / 'run']
    tested = tool('test', 'xtam/sd_vkitti2', 'sd.pth', *where, '--out', 'metrics.json')
    assert tested.returncode == 0, tested.stdout
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert 0 <= metrics['semseg/miou'] < 1
    assert metrics['depth/rmse_m'] > 0
