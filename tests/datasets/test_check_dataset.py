"""``check_dataset.py`` finds each fault that is planted, and nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import layout_cityscapes
import layout_kitti_raw
import layout_vkitti2
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, read_uint16, save, write_text
from mmengine.config import Config

from mtlbench.cli import check_dataset
from mtlbench.datasets import CityscapesDataset, KITTIRawDataset, VKITTI2Dataset
from mtlbench.datasets.check.split import streams_of
from mtlbench.errors import ConfigError
from mtlbench.structures import FieldKind

TOOL = Path(__file__).parents[2] / 'tools' / 'check_dataset.py'
AACHEN = 'train/aachen/aachen_000000_000019'


@pytest.fixture
def cityscapes(tmp_path, monkeypatch):
    """A tiny copy, taken for complete."""
    layout_cityscapes.write(tmp_path, splits=('train', 'val'))
    monkeypatch.setattr(CityscapesDataset, 'official_counts', {'train': 6, 'val': 6})
    return tmp_path


@pytest.fixture
def vkitti2(tmp_path, monkeypatch):
    layout_vkitti2.write(tmp_path)
    monkeypatch.setattr(VKITTI2Dataset, 'official_counts', {'all': 20})
    return tmp_path


@pytest.fixture
def check(monkeypatch, capsys):
    """Runs the tool; returns its exit status and what it says."""

    def run(name, root, *options):
        monkeypatch.setattr(sys, 'argv', ['check_dataset.py', name, '--root', str(root), '--jobs', '1', *options])
        with pytest.raises(SystemExit) as leaving:
            check_dataset.main()
        text = capsys.readouterr().out
        run.columns = max(len(line) for line in text.splitlines() if str(root) not in line)
        return leaving.value.code, re.sub(r'\n {4}(?! )', ' ', text)

    return run


def wrong(text):
    """The lines of the tables that are not ok, as {check: number}."""
    rows = re.findall(r'^\| (.+?) +\| (\d+) +\|', text, re.MULTILINE)
    return {check: int(number) for check, number in rows}


def test_whole_copies_pass(check, cityscapes, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp('vkitti2')
    layout_vkitti2.write(other)
    monkeypatch.setattr(VKITTI2Dataset, 'official_counts', {'all': 20})
    for name, root, split in (('cityscapes', cityscapes, 'train'), ('vkitti2', other, 'all')):
        status, text = check(name, root)
        assert (status, wrong(text)) == (0, {})
        assert re.search(rf"the split '{split}' has (\d+) of \1 ", text)
        assert 'every class occurs' in text
        assert 'no problems found' in text


def test_truncated_image_and_missing_label(check, cityscapes):
    image = cityscapes / f'leftImg8bit/{AACHEN}_leftImg8bit.png'
    image.write_bytes(image.read_bytes()[:500])
    (cityscapes / 'gtFine/val/lindau/lindau_000001_000019_gtFine_labelIds.png').unlink()
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'files that cannot be read': 1})
    assert len(re.findall(r'files that cannot be read \| 1', text)) == 2
    assert f'{image} cannot be decoded' in text
    assert 'lindau_000001_000019_gtFine_labelIds.png is missing; unpack its archive' in text
    assert 'problems found: 2' in text


def test_one_damaged_file_does_not_hide_another(check, cityscapes):
    for path in (f'leftImg8bit/{AACHEN}_leftImg8bit.png', f'disparity/{AACHEN}_disparity.png'):
        (cityscapes / path).write_bytes(b'')
    write_text(cityscapes / f'camera/{AACHEN}_camera.json', '{}')
    _, text = check('cityscapes', cityscapes, '--split', 'train')
    assert wrong(text) == {'files that cannot be read': 3}


def test_raw_id_that_does_not_exist(check, cityscapes):
    labels = np.full((HEIGHT, WIDTH), 40, np.uint8)
    save(cityscapes / f'gtFine/{AACHEN}_gtFine_labelIds.png', labels)
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'files that cannot be read': 1})
    assert re.search(r'aachen_000000_000019_gtFine_labelIds.png .*40', text)


def test_labels_in_colors_of_no_class(check, vkitti2):
    """A lossy copy mixes the colors of classes."""
    path = vkitti2 / 'Scene01/15-deg-left/frames/classSegmentation/Camera_0/classgt_00003.png'
    save(path, np.full((HEIGHT, WIDTH, 3), 7, np.uint8))
    status, text = check('vkitti2', vkitti2, '--split', 'all')
    assert (status, wrong(text)) == (1, {'semseg': 1})
    assert "rgb_00003.jpg: semseg: no pixel has a class of 'vkitti2_14'" in text


def test_depth_without_a_valid_pixel(check, cityscapes):
    save(cityscapes / f'disparity/{AACHEN}_disparity.png', np.zeros((HEIGHT, WIDTH), np.uint16))
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'depth': 1})
    assert 'aachen_000000_000019_leftImg8bit.png: depth: no pixel is valid' in text


def test_depth_in_another_unit(check, vkitti2):
    path = vkitti2 / 'Scene02/15-deg-left/frames/depth/Camera_0/depth_00004.png'
    save(path, (read_uint16(path) // 200).astype(np.uint16))
    status, text = check('vkitti2', vkitti2, '--split', 'all')
    assert (status, wrong(text)) == (1, {'depth': 1})
    assert re.search(r'median depth of 0.15 m, expected 0.3 .. 1000 m', text)


def test_wrong_number_of_frames(check, cityscapes):
    for path in (cityscapes / 'leftImg8bit/train/ulm').iterdir():
        path.unlink()
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'number of frames': 1})
    assert "the split 'train' has 3 of 6" in text
    assert '3 found, expected 6; unpack or fetch the missing frames' in text


def test_wrong_number_over_all_splits(check, vkitti2):
    (vkitti2 / 'Scene02/15-deg-left/frames/rgb/Camera_0/rgb_00000.jpg').unlink()
    _, text = check('vkitti2', vkitti2)
    assert "the split 'all' has 19 of 20" in text


def test_incomparable_frame_counts_are_not_compared(check, cityscapes):
    options = ["train_dataloader.labeled.dataset.variations=['clone']"]
    layout_vkitti2.write(cityscapes / 'vkitti2', variation='clone')
    _, text = check('vkitti2', cityscapes / 'vkitti2', '--cfg-options', *options)
    assert 'not compared: the config selects frames by variations' in text
    write_text(cityscapes / 'RENDERED.json', '{"rendered": true}')
    (cityscapes / f'leftImg8bit/{AACHEN}_leftImg8bit.png').unlink()
    status, text = check('cityscapes', cityscapes)
    assert status == 0
    assert text.count('not compared: the dataset is rendered') == 2


def test_frames_of_another_split(check, cityscapes, monkeypatch):
    """A city of the training split that lies with those of the validation split."""
    for modality in ('leftImg8bit', 'gtFine', 'disparity', 'camera'):
        shutil.copytree(cityscapes / modality / 'train/aachen', cityscapes / modality / 'val/aachen')
    monkeypatch.setattr(CityscapesDataset, 'official_counts', {})
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'frames in the wrong split': 3})
    assert "val/aachen/aachen_000001_000019_leftImg8bit.png belongs to 'train'; move it there" in text


def test_frames_in_two_splits(check, vkitti2):
    """The split of the authors' code overlaps."""
    options = [
        f'{loader}.dataset.split_protocol=reference' for loader in ('train_dataloader.labeled', 'val_dataloader')
    ]
    status, text = check('vkitti2', vkitti2, '--cfg-options', *options)
    assert status == 1
    assert wrong(text).keys() == {'frames in the wrong split'}
    assert "is also in 'train'" in text


def test_missing_and_damaged_neighbors(check, cityscapes):
    option = 'train_dataloader.labeled.dataset.neighbor_offsets=(-1,1)'
    assert check('cityscapes', cityscapes, '--cfg-options', option)[0] == 0
    video = cityscapes / 'leftImg8bit_sequence/train'
    (video / 'aachen/aachen_000000_000018_leftImg8bit.png').unlink()
    (video / 'ulm/ulm_000002_000020_leftImg8bit.png').write_bytes(b'')
    status, text = check('cityscapes', cityscapes, '--cfg-options', option)
    assert (status, wrong(text)) == (1, {'neighboring video frames': 2})
    assert 'aachen_000000_000019_leftImg8bit.png: no video frame at -1; unpack the video' in text
    assert 'ulm_000002_000020_leftImg8bit.png cannot be decoded' in text


def test_an_empty_split_does_not_hide_the_other(check, cityscapes):
    shutil.rmtree(cityscapes / 'leftImg8bit/train')
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'number of frames': 1})
    assert "the split 'train' is empty" in text
    assert 'cityscapes, val: 6 frames' in text


def test_limit_and_tasks(check, cityscapes):
    save(cityscapes / f'gtFine/{AACHEN}_gtFine_labelIds.png', np.full((HEIGHT, WIDTH), 40, np.uint8))
    status, text = check('cityscapes', cityscapes, '--tasks', 'depth', '--limit', '2')
    assert status == 0
    assert '2 of the frames were read' in text
    assert 'semseg' not in text


def test_equal_streams_are_read_once():
    same = {'dataset': {'type': 'CityscapesDataset', 'split': 'train', 'pipeline': ['another']}}
    loaders = Config({'labeled': same, 'unlabeled': {'dataset': {**same['dataset'], 'pipeline': []}}})
    assert list(streams_of(loaders, None)) == ['labeled']
    assert list(streams_of(loaders, ['val', 'test'])) == ['val', 'test']


def test_full_config(check, vkitti2):
    status, text = check('stl/d_vkitti2', vkitti2)
    assert status == 0
    assert ('depth' in text, 'semseg' in text) == (True, False)


def test_genuine_frames(check, samples):
    """Four real ones of 2975: nothing else is wrong with them."""
    status, text = check('cityscapes', samples / 'cityscapes', '--split', 'train')
    assert (status, wrong(text)) == (1, {'number of frames': 1})
    assert '4 found, expected 2975' in text


def test_as_a_program_with_several_processes(tmp_path):
    """More frames than one process gets; the faults of all come back."""
    layout_vkitti2.write(tmp_path, frames=60)
    for scene in ('Scene01', 'Scene02'):
        (tmp_path / scene / '15-deg-left/frames/depth/Camera_0/depth_00007.png').write_bytes(b'')
    write_text(tmp_path / 'RENDERED.json', '{"rendered": true}')
    command = [sys.executable, str(TOOL), 'vkitti2', '--root', str(tmp_path), '--split', 'all', '--jobs', '2']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert wrong(done.stdout) == {'files that cannot be read': 2}
    assert 'problems found: 2' in done.stdout


def test_unknown_name_is_answered_in_one_line(tmp_path):
    command = [sys.executable, str(TOOL), 'vkiti2']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert 'datasets by name are cityscapes' in done.stderr
    assert done.stderr.count('\n') == 1


class Sized:
    class_set_name, plausible_depth, infinity, may_be_blank = 'three', (0.3, 1000), False, False
    metainfo = {'classes': ('a', 'b', 'c')}


@pytest.mark.parametrize(
    ('kind', 'good', 'bad', 'message'),
    [
        (FieldKind.IDS, [[0, 2, 255]], [[0, 3, 4]], "ids 3, 4, expected 0 .. 2 and 255 of 'three'"),
        (FieldKind.DEPTH, [[0.0, 5.0, 9.0]], [[4.0, -1.0, 9.0]], 'negative depths'),
        (FieldKind.DEPTH, [[0.0, 5.0, 9.0]], [[4.0, np.nan, 9.0]], 'NaN or infinite'),
        (FieldKind.HEIGHT, [[0.0, -1.0, 9.0]], [[-1.0, -1.0, -2.0]], 'no pixel is valid'),
        (FieldKind.DIRECTION, [[[0.0, 0.6, 0.8], [0, 0, 0]]], [[[0.0, 0.6, 0.7], [0, 0, 0]]], 'lengths 0.922'),
        (FieldKind.DIRECTION, [[[1.0, 0.0, 0.0]]], [[[0.0, 0.0, 0.0]]], 'no pixel is valid'),
        (FieldKind.BOUNDARY, [[0.0, 1.0, 255.0]], [[0.0, 0.5, 1.0]], r'values 0.5, expected 0, 1 or 255'),
    ],
)
def test_faults_of_labels(kind, good, bad, message):
    check = kind
    assert list(check.faults(np.array(good), Sized)) == []
    (fault,) = check.faults(np.array(bad), Sized)
    assert message in fault


def test_summary_of_ids():
    check = FieldKind.IDS
    facts = np.stack([check.facts(np.array(ids)) for ids in ([[0, 0, 255, 0]], [[2, 255, 255, 2]])])
    assert check.summary(facts, Sized) == '62.5% labeled; absent: b'


def test_summary_of_depth():
    check = FieldKind.DEPTH
    facts = np.stack([check.facts(np.array(meters)) for meters in ([[0.0, 0, 0, 0]], [[2.0, 4, 0, 6]])])
    assert check.summary(facts, Sized) == '37.5% valid; 2 .. 6 m, median of image medians 4 m'


def test_lines_fit_a_terminal(check, cityscapes, capsys):
    """Paths are not broken and may be longer."""
    (cityscapes / f'gtFine/{AACHEN}_gtFine_labelIds.png').write_bytes(b'no image')
    for name in ('Thumbs.db', 'rgb_foo.jpg', 'desktop.ini', '.DS_Store'):
        (cityscapes / f'leftImg8bit/{AACHEN}_leftImg8bit.png').with_name(name).touch()
    status, text = check('cityscapes', cityscapes)
    assert (status, wrong(text)) == (1, {'files that cannot be read': 1})
    assert '| files passed over         | ok    | 4 files, see below' in text
    assert '... and 1 more (passed over)' in text
    assert check.columns <= 100


@pytest.mark.parametrize('value', ["'list.txt'", '3'])
def test_invalid_split_files_are_refused(value, tmp_path):
    layout_kitti_raw.write(tmp_path)
    with pytest.raises(ConfigError, match='split_files: expected dict'):
        KITTIRawDataset(str(tmp_path), 'train', [], [], split_files=value)
