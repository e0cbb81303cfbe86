"""Records whose metrics are means over the last validations, in a real run that is killed and resumed."""

from __future__ import annotations

import json
import math
from functools import partial

import pytest
import torch
from place import die_after_update
from tiny_runs import read_record

OFTEN = dict(train_cfg__max_iters=5, train_cfg__val_interval=1, default_hooks__checkpoint__interval=2)


@pytest.mark.slow
def test_a_killed_run_reports_the_mean_and_its_checkpoint_the_last_validation(tool, train_arguments, tmp_path):
    """It is killed at update 4; the validation of update 3 is made twice and counts once."""
    options = {**OFTEN, 'default_hooks__record__average_last': 3}
    arguments = train_arguments('xtam/sd_vkitti2', tmp_path / 'run', '--resume', **options)
    assert tool('train', *arguments, before=partial(die_after_update, 4)).returncode == -9
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    record = read_record(tmp_path / 'run')
    assert record['averaged_over'] == [3, 4, 5]
    tested = tool('test', tmp_path / 'run', '--out', 'last.json')
    assert tested.returncode == 0, tested.stdout
    last = json.loads((tmp_path / 'last.json').read_text())
    hub = torch.load(tmp_path / 'run/iter_5.pth', weights_only=True)['message_hub']['runtime_info']
    kept = {one['iter']: one for one in hub['all_validations']}
    assert record['metrics']['semseg/pixel_acc'] != last['semseg/pixel_acc']
    for key in ('semseg/miou', 'depth/rmse_m'):
        values = [kept[3][key], kept[4][key], last[key]]
        assert record['metrics'][key] == pytest.approx(math.fsum(values) / 3, rel=1e-9)
