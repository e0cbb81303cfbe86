"""What was measured of a run later stands in its row."""

import json
import math

import pytest

from mtlbench.leaderboard import find_records

SUBJECT = {'name': 'robust/s_cityscapes', 'profile': 'full', 'recipe': 'paper', 'seed': 1, 'iteration': 40000}


@pytest.fixture
def folder(make_record, tmp_path):
    make_record('robust/s_cityscapes').write(tmp_path / 'result.json')
    return tmp_path


def write(folder, metrics, file='robustness.json', **changes):
    content = {'subject': {**SUBJECT, **changes}, 'metrics': metrics, 'higher_is_better': dict.fromkeys(metrics, True)}
    (folder / file).write_text(json.dumps(content))


def test_measures_join_the_record(folder):
    write(folder, {'semseg/q_fgsm_0p25': 0.7, 'semseg/q_fgsm_16': None})
    write(folder, {'semseg/miou@kitti_stereo': 0.3}, 'robustness_kitti_stereo.json')
    (record,) = find_records(folder).records
    assert record.metrics['semseg/q_fgsm_0p25'] == 0.7 and record.metrics['semseg/miou@kitti_stereo'] == 0.3
    assert math.isnan(record.metrics['semseg/q_fgsm_16'])
    assert record.metrics['semseg/miou'] == 0.5 and record.higher_is_better['semseg/q_fgsm_0p25']


@pytest.mark.parametrize('change', [{'iteration': 20000}, {'profile': 'mini'}, {'name': 'stl/s_cityscapes'}])
def test_those_of_another_checkpoint_do_not(change, folder):
    write(folder, {'semseg/q_fgsm_1': 0.7}, **change)
    (record,) = find_records(folder).records
    assert 'semseg/q_fgsm_1' not in record.metrics


def test_damage_is_told(folder):
    (folder / 'robustness.json').write_text('{"subject": {}}')
    found = find_records(folder)
    assert not found.records and 'robustness.json' in found.damaged[0]


def test_they_fill_the_columns_of_their_suite(folder, capsys):
    from mtlbench.leaderboard.published.published_tables import published_tables
    from mtlbench.leaderboard.suites import find_suite
    from mtlbench.leaderboard.tables.columns import columns_of
    from mtlbench.leaderboard.tables.lines import lines_of
    from mtlbench.leaderboard.tables.measures import Measures

    write(folder, {'semseg/q_fgsm_0p25': 0.7})
    records = find_records(folder).records
    suite = find_suite('robust_t4_fgsm_s')
    shown = columns_of(suite, published_tables()[suite.published], records)[0]
    (line,) = lines_of(suite.rows[0], records)
    assert Measures(suite, records).estimate(line, shown).mean == 0.7
