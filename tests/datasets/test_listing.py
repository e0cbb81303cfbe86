"""Files beside the frames are passed over and reported; they do not change the list of frames."""

import os
import shutil

import pytest
from copies import COPIES, build, faults_of, report_of, write_copy
from genuine_layout import write_text
from PIL import Image

from mtlbench.errors import DataError

STRAYS = ('._{name}', 'rgb_foo.jpg', 'Thumbs.db', '.DS_Store', 'desktop.ini', 'foo.png', 'copy of {name}')
LISTS = {'nyudv2': 'gt_sets/train.txt', 'scannet': 'scannetv2_train.txt', 'scannet 25k': 'scannetv2_train.txt'}


def first_image(config):
    dataset = build(config)
    return dataset.root / dataset.frames[0]


@pytest.mark.parametrize('copy', COPIES)
def test_strays_are_passed_over_and_named(copy, tmp_path):
    config = write_copy(copy, tmp_path)
    frames, image, usual = build(config).frames, first_image(config), faults_of(config)
    names = [stray.format(name=image.name) for stray in STRAYS]
    for name in names:
        (image.parent / name).write_bytes(b'no image')
    assert build(config).frames == frames
    report = report_of(config)
    assert all(any(f'/{name} ' in message for message in report.harmless) for name in names)
    assert {message for messages in report.faults.values() for message in messages} == usual


@pytest.mark.parametrize('copy', COPIES)
def test_the_same_frame_in_two_formats_is_one(copy, tmp_path):
    """Of the dataset's own format; the other may be in capitals."""
    config = write_copy(copy, tmp_path)
    dataset, usual = build(config), faults_of(config)
    image = dataset.root / dataset.frames[0]
    others = [suffix for suffix in ('.PNG', '.JPG', '.jpeg') if suffix.lower() != image.suffix]
    for suffix in others:
        with Image.open(image) as opened:
            opened.save(image.with_suffix(suffix))
    own = image if image.suffix == dataset.image_suffixes[0] else None
    frames = build(config).frames
    assert len(frames) == len(dataset.frames)
    assert own is None or frames == dataset.frames
    found = faults_of(config) - usual
    assert len(found) == len(others)
    assert all('shows the same frame as' in message and 'remove one of them' in message for message in found)


@pytest.mark.parametrize('copy', COPIES)
@pytest.mark.parametrize('suffix', ['.PNG', '.JPG', '.jpeg'])
def test_suffixes_in_all_spellings(copy, suffix, tmp_path):
    """Images of one folder, renamed: all frames are there, with their neighbors; labels stay png."""
    config = write_copy(copy, tmp_path)
    dataset = build(config)
    for frame in dataset.frames:
        for path in list((dataset.root / frame).parent.glob('*.[pj][np]g')):
            path.rename(path.with_suffix(suffix))
    again = build(config)
    assert [frame.rsplit('.', 1)[0] for frame in again.frames] == [frame.rsplit('.', 1)[0] for frame in dataset.frames]
    again.read(0)


def test_labels_in_capitals(tmp_path):
    config = write_copy('cityscapes', tmp_path)
    for path in list(tmp_path.rglob('*labelIds.png')):
        path.rename(path.with_suffix('.PNG'))
    with pytest.raises(DataError, match=r'labelIds\.png is missing'):
        build(config).read(0)


@pytest.mark.parametrize('plant', ['folder', 'link', 'empty'])
def test_what_is_no_file_is_found(plant, tmp_path):
    """Another image of the first frame that is none: the frame is read as before."""
    config = write_copy('vkitti2', tmp_path)
    frames, image = build(config).frames, first_image(config)
    place = image.with_suffix('.png')
    {'folder': place.mkdir, 'link': lambda: place.symlink_to('nowhere'), 'empty': place.touch}[plant]()
    assert build(config).frames == frames
    assert any(place.name in message for message in faults_of(config))


def test_an_empty_image_gives_way_to_a_whole_one(tmp_path):
    config = write_copy('vkitti2', tmp_path)
    image = first_image(config)
    with Image.open(image) as opened:
        opened.save(image.with_suffix('.png'))
    image.write_bytes(b'')
    assert first_image(config) == image.with_suffix('.png')


@pytest.mark.parametrize('copy', LISTS)
@pytest.mark.parametrize(
    'change',
    [
        lambda text: '\ufeff' + text,
        lambda text: text.replace('\n', '\r\n'),
        lambda text: text.replace('\n', '  \n\n'),
        lambda text: '\n\n' + text.strip(),
        lambda text: ''.join(f'images\\{line}\n' for line in text.split()),
    ],
    ids=['mark', 'windows', 'blank', 'no end', 'folders'],
)
def test_lists_of_any_editor(copy, change, tmp_path):
    config = write_copy(copy, tmp_path)
    frames, path = build(config).frames, tmp_path / LISTS[copy]
    text = path.read_text()
    path.write_bytes(change(text).encode())
    assert build(config).frames == frames
    path.write_bytes(change(text).removeprefix('\ufeff').encode('utf-16'))
    assert build(config).frames == frames


def test_frames_listed_twice_are_read_once(tmp_path):
    config = write_copy('nyudv2', tmp_path)
    frames, path = build(config).frames, tmp_path / 'gt_sets/train.txt'
    path.write_text(path.read_text() * 2)
    assert build(config).frames == frames
    assert any('lists 3 frames twice' in message for message in faults_of(config))


DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'


@pytest.mark.parametrize('mark', ['', '\ufeff'])
@pytest.mark.parametrize('end', ['\n', '\r\n', '  \n\n'])
@pytest.mark.parametrize(
    'line',
    [
        f'{DRIVE} 5 l',
        f'{DRIVE} 0000000005 l',
        f'{DRIVE}/image_02/data/0000000005.jpg',
        f'./{DRIVE}/image_02/data/5.png',
    ],
)
def test_lists_of_drives(mark, end, line, tmp_path):
    config = write_copy('kitti_raw', tmp_path, split_files={'train': 'list.txt'})
    if line.endswith('/5.png'):
        line = line.replace('5.png', '0000000005.PNG').replace('/', '\\')
    write_text(tmp_path / 'list.txt', mark + line + end)
    assert build(config).frames == [f'{DRIVE}/image_02/data/0000000005.png']


def test_lists_of_the_odometry_benchmark(tmp_path):
    config = write_copy('kitti_raw', tmp_path, split_files={'train': 'list.txt'})
    for line in ('00 4 l', '7 000123 r'):
        write_text(tmp_path / 'list.txt', line + '\n')
        with pytest.raises(DataError, match=r'list\.txt, line 1: .* odometry benchmark.*; expected a list of frames'):
            build(config)


@pytest.mark.skipif(os.geteuid() == 0, reason='root may list any folder')
def test_a_folder_that_cannot_be_listed(tmp_path):
    config = write_copy('synthia', tmp_path)
    (tmp_path / 'RGB').chmod(0)
    with pytest.raises(DataError, match='cannot be listed'):
        build(config)


def test_partial_copies_are_counted(tmp_path):
    """Only part of the scenes, drives, tiles, images or cameras is present."""
    for copy, words in {
        'scannet': '1 of 2 scenes are unpacked; scene0001_01 is missing',
        'kitti_raw': '3 of 32 drives are unpacked',
        'potsdam': "2 of 24 tiles of 'train' are present",
        'synscapes': '3 of 4 files of this kind are present',
        'nyudv2': '2 of 3 images are present',
    }.items():
        root = tmp_path / copy
        config = write_copy(copy, root)
        shutil.rmtree(root / 'scans/scene0001_01', ignore_errors=True)
        for gone in ('meta/2.json', 'images/0003.jpg'):
            (root / gone).unlink(missing_ok=True)
        assert any(words in message for message in faults_of(config)), copy


def test_official_lists_are_counted(tmp_path):
    assert any('lists 2 of 1201 scenes' in message for message in faults_of(write_copy('scannet', tmp_path)))


def test_images_that_were_not_unpacked(tmp_path):
    """Labels without an image tell that there was one."""
    for copy in ('vaihingen', 'scannet 25k'):
        config = write_copy(copy, tmp_path / copy)
        first_image(config).unlink()
        assert any('1 files without an image' in message for message in faults_of(config)), copy


def test_a_count_does_not_depend_on_what_is_drawn(tmp_path):
    """A share of the frames of a partial copy is no more complete than all of them."""
    config = write_copy('cityscapes', tmp_path, subset=0.5, neighbor_offsets=())
    assert any('6 found, expected 2975' in message for message in faults_of(config))
