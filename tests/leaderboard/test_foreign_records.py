"""Records that were edited, of other data, or of another checkpoint."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import zipfile

import pytest

from mtlbench.errors import DataError
from mtlbench.leaderboard import ResultRecord, find_records
from mtlbench.leaderboard.html import traces
from mtlbench.leaderboard.suites import Row, Suite
from mtlbench.leaderboard.tables.comparability import by_setting, variants
from mtlbench.leaderboard.tables.formats import FORMATS
from mtlbench.leaderboard.tables.selection import select
from mtlbench.leaderboard.tables.table import tables
from mtlbench.records.package import export_records, import_records
from mtlbench.scheduling.progress import read_progress

NAME = 'xtam/sd_vkitti2'


@pytest.mark.parametrize(('miou', 'rmse'), [(37.2, 5.0), (-4, 5.0), (1.001, 5.0), (0.5, -0.1), (0.5, 1e31)])
def test_a_metric_out_of_its_range_is_refused(make_record, tmp_path, miou, rmse):
    with pytest.raises(DataError, match="'metrics'"):
        make_record(NAME, miou, rmse)
    record = make_record(NAME)
    edited = {**json.loads(record.to_json()), 'metrics': {'semseg/miou': miou, 'depth/rmse_m': rmse}}
    (tmp_path / 'result.json').write_text(json.dumps(edited))
    assert 'result.json' in find_records(tmp_path).damaged[0]
    with pytest.raises(DataError, match="'best'"):
        make_record(NAME, best={'semseg/miou': miou, 'depth/rmse_m': rmse})


@pytest.mark.parametrize('value', [0, 1, 1 + 1e-12, 0.5, math.nan])
def test_a_metric_in_its_range_passes(make_record, value):
    make_record(NAME, value, 5.0)


def test_a_record_names_the_ranges_that_are_not_the_usual(make_record, tmp_path):
    ranges = {'semseg/miou': [None, 50.0], 'depth/rmse_m': [-10.0, None]}
    record = make_record(NAME, 37.2, -3.0, ranges=ranges)
    record.write(tmp_path / 'result.json')
    assert ResultRecord.read(tmp_path / 'result.json') == record
    with pytest.raises(DataError, match='expected -inf to 50'):
        make_record(NAME, 50.1, -3.0, ranges=ranges)


def test_the_text_of_an_older_record_stays_what_it_was(make_record):
    written = json.loads(make_record(NAME).to_json())
    assert {'ranges', 'checkpoint_digest'}.isdisjoint(written)


def with_content(record, **content):
    """A record that tells the content of its data, ``part_field=digest``."""
    data = {name: dict(one) for name, one in record.data.items()}
    for key, digest in content.items():
        part, field = key.split('_')
        data.setdefault(part, dict(data['train'])).setdefault('content', {})[field] = digest
    return dataclasses.replace(record, data=data)


def test_runs_over_other_content_stand_in_other_tables(make_record):
    one = [with_content(make_record(NAME, seed=seed), train_image='a', val_image='v') for seed in (1, 2)]
    other = with_content(make_record(NAME, seed=3), train_image='b', val_image='v')
    groups = by_setting([*one, other])
    assert sorted(len(group) for group in groups.values()) == [1, 2]
    assert len({setting.describe() for setting in groups}) == 2
    suite = Suite('own', 'x', (Row('xTAM', (NAME,)),))
    assert sorted(grid.rows[0][1].raw['n'] for grid in tables(suite, [*one, other])) == [1, 2]


def test_what_a_run_does_not_tell_keeps_it_out_of_no_table(make_record):
    """Single-task runs tell the labels of their task alone, and older runs nothing."""
    joint = [
        with_content(make_record(NAME, seed=seed), val_image='v', val_semseg='s', val_depth=depth)
        for seed, depth in ((1, 'd1'), (2, 'd2'))
    ]
    semseg = with_content(make_record('stl/s_vkitti2'), val_image='v', val_semseg='s')
    depth = with_content(make_record('stl/d_vkitti2'), val_image='v', val_depth='d2')
    older = make_record('mtl/sd_vkitti2')
    groups = [
        {record.name: record for record in group} for group in by_setting([*joint, semseg, depth, older]).values()
    ]
    assert len(groups) == 2
    for group in groups:
        assert {'stl/s_vkitti2', 'mtl/sd_vkitti2', NAME} <= group.keys()
        assert ('stl/d_vkitti2' in group) == (group[NAME].seed == 2)


def test_equal_content_is_one_setting(make_record):
    records = [with_content(make_record(NAME, seed=seed), train_image='a', val_image='v') for seed in (1, 2)]
    (setting,) = by_setting(records)
    assert setting == next(iter(by_setting([make_record(NAME)])))


@pytest.mark.parametrize('part', ['train', 'unlabeled', 'val@synscapes'])
def test_no_mean_goes_over_other_data_of_any_stream(make_record, part):
    base = {name: {**make_record(NAME).data['train']} for name in ('train', 'unlabeled', 'val', 'val@synscapes')}
    records = [
        make_record(NAME, seed=1, data=base),
        make_record(NAME, seed=2, data={**base, part: {**base[part], 'content': {'image': 'a'}}}),
        make_record(NAME, seed=3, data={**base, part: {**base[part], 'content': {'image': 'b'}}}),
        make_record(NAME, seed=4, data={**base, part: {**base[part], 'split_digest': 'other'}}),
    ]
    groups = [[record.seed for record in group] for group in variants(records)]
    assert sorted(groups) == [[1, 2], [3], [4]]


def subject(record, **changes):
    own = {key: getattr(record, key) for key in ('name', 'profile', 'recipe', 'seed')}
    return {**own, 'iteration': record.iterations, 'checkpoint': 'ab', **changes}


@pytest.mark.parametrize(
    ('digest', 'changes', 'joins'),
    [
        ('ab', {}, True),
        ('ab', {'seed': None}, True),
        ('ab', {'seed': 9}, False),
        ('cd', {}, False),
        ('ab', {'checkpoint': None}, True),
        ('ab', {'checkpoint': None, 'seed': 9}, False),
        ('ab', {'checkpoint': None, 'seed': None}, False),
        (None, {}, True),
        (None, {'seed': None}, False),
        (None, {'seed': 9}, False),
    ],
)
def test_measures_join_the_record_of_their_checkpoint_alone(make_record, tmp_path, digest, changes, joins):
    record = make_record(NAME, checkpoint_digest=digest)
    record.write(tmp_path / 'result.json')
    content = {'subject': subject(record, **changes), 'metrics': {'semseg/q_fog_1': 1.5}, 'higher_is_better': {}}
    (tmp_path / 'robustness.json').write_text(json.dumps(content))
    (found,) = find_records(tmp_path).records
    assert ('semseg/q_fog_1' in found.metrics) == joins


@pytest.mark.parametrize('metrics', [{'semseg/miou@x': 1.2}, {'semseg/q_fog_1': -1}, {'semseg/q_fog_1': 'a'}, [], 3])
def test_impossible_measures_are_told(make_record, tmp_path, metrics):
    record = make_record(NAME)
    record.write(tmp_path / 'result.json')
    content = {'subject': subject(record), 'metrics': metrics, 'higher_is_better': {}}
    (tmp_path / 'robustness.json').write_text(json.dumps(content))
    assert 'robustness.json' in find_records(tmp_path).damaged[0]


STRANGE = "=cmd|' /C calc'!A0<script>alert(1)</script>](http://x)\x1b[31m\n\x9b\u202e\\input{x} & %"


@pytest.mark.parametrize('form', FORMATS)
def test_no_format_passes_on_what_acts(make_record, form):
    record = make_record('mine/sd_vkitti2', method=STRANGE)
    grids = [grid for suite in select([], [], [record]) for grid in tables(suite, [record])]
    text = FORMATS[form](grids)
    assert all(char.isprintable() or char == '\n' for char in text)
    assert 'mine/sd' in text
    if form == 'markdown':
        assert '<script>' not in text and '](http' not in text
        assert len({line.replace('\\|', '').count('|') for line in text.splitlines() if line.startswith('|')}) == 1
    if form == 'latex':
        assert '\\input' not in text and ' \\& \\%' in text
    if form == 'csv':
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not any(cell.startswith(('=', '@')) for cell in cells)
        assert any(cell.startswith("'=cmd") for cell in cells)


def test_a_log_of_anything_is_no_progress(tmp_path):
    log = tmp_path / 'train.log'
    for line in (b'Iter(train) [' + b'9' * 5000 + b'/1] eta: 0:00:01', b'\xff\x00', b'eta: 999999999999 days, 0:00:00'):
        log.write_bytes(line)
        assert read_progress(log) is None


def test_links_and_strange_logs_give_no_curves_and_no_images(tmp_path):
    run, elsewhere = tmp_path / 'run', tmp_path / 'elsewhere'
    for name in ('run/a/vis_data', 'run/b/vis_data', 'run/c/vis_data/scalars.json', 'run/images', 'elsewhere'):
        (tmp_path / name).mkdir(parents=True)
    (elsewhere / 'x').write_text('{"loss": 1, "step": 1}')
    (run / 'a/vis_data/scalars.json').symlink_to(elsewhere / 'x')
    lines = ['{"loss": 2, "step": 3}', '[' * 9999, '{"loss": NaN, "step": 4}', f'{{"loss": {10**400}, "step": 5}}', '7']
    (run / 'b/vis_data/scalars.json').write_text('\n'.join(lines))
    (run / 'images/own.png').write_bytes(b'own')
    for name, target in (('file', elsewhere / 'x'), ('gone', elsewhere / 'no'), ('up', '../../elsewhere/x')):
        (run / f'images/{name}.png').symlink_to(target)
    (run / 'images/inside.png').symlink_to('own.png')
    left_out: list[str] = []
    assert traces.read_scalars(run, ['loss'], left_out) == {'loss': ([3], [2])}
    assert sorted(traces.find_images(run, left_out)) == ['inside.png', 'own.png']
    assert len(left_out) == 5


@pytest.mark.parametrize('kind', [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packages_are_compressed_as_export_does(make_record, tmp_path, kind):
    with zipfile.ZipFile(tmp_path / 'p.zip', 'w', kind) as package:
        package.writestr('package.json', '{}')
    with pytest.raises(DataError, match='unsupported compression'):
        import_records(tmp_path / 'p.zip', tmp_path / 'runs')


def test_a_package_that_is_made_up_is_refused_without_a_traceback(make_record, tmp_path):
    export_records([make_record(NAME)], tmp_path / 'p.zip')
    content = (tmp_path / 'p.zip').read_bytes()
    for place in range(0, len(content), 7):
        (tmp_path / 'p.zip').write_bytes(content[:place] + b'\xff' + content[place + 1 :])
        with pytest.raises(DataError, match=r'p\.zip'):
            import_records(tmp_path / 'p.zip', tmp_path / 'runs')
    assert not (tmp_path / 'runs').exists()
