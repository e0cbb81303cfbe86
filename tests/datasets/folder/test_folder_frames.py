"""Which files are images, in which order, and in which split."""

import numpy as np
import pytest
from genuine_layout import noise, save

from mtlbench.errors import ConfigError, DataError

CAMERA = dict(fx=40, fy=40, cx=30, cy=17)


def write_images(root, *names):
    generator = np.random.default_rng(0)
    for name in names:
        save(root / name, noise(generator))


@pytest.mark.parametrize(
    ('images', 'expected'),
    [
        ('rgb', ['rgb/a/1.png', 'rgb/a/2.jpg', 'rgb/3.png']),
        ('rgb/{name}', ['rgb/a/1.png', 'rgb/a/2.jpg', 'rgb/3.png']),
        ('rgb/{name}.png', ['rgb/a/1.png', 'rgb/3.png']),
        ('rgb/{scene}/{name}', ['rgb/a/1.png', 'rgb/a/2.jpg']),
        ('rgb/a/{name}.PNG', ['rgb/a/1.png']),
        ('{kind}/{name}_left.png', ['other/b_left.png']),
        ('{kind}/b_{side}', ['other/b_left.png', 'other/b_right.png']),
        ('{a}/{a}_{b}', ['c/c_1.png']),
    ],
)
def test_patterns_find_the_images(tmp_path, dataset, images, expected):
    write_images(tmp_path, 'rgb/a/1.png', 'rgb/a/2.jpg', 'rgb/3.png', 'other/b_left.png', 'other/b_right.png')
    write_images(tmp_path, 'c/c_1.png', 'c/d_1.png', 'rgb/.hidden.png', 'rgb/.thumbs/1.png', '__MACOSX/rgb/3.png')
    (tmp_path / 'rgb/notes.txt').write_text('x')
    found = dataset(images=images)
    assert sorted(found.frames) == sorted(expected)
    assert not any(passed.wrong for passed in found.passed_over)


def test_linked_folders_are_read_once(tmp_path, dataset):
    write_images(tmp_path, 'disk/a/1.png')
    (tmp_path / 'rgb').symlink_to(tmp_path / 'disk')
    (tmp_path / 'disk/a/loop').symlink_to(tmp_path / 'disk')
    assert dataset(images='rgb').frames == ['rgb/a/1.png']


def test_two_images_of_one_frame_are_told_and_read_once(tmp_path, dataset):
    write_images(tmp_path, 'rgb/1.png', 'rgb/1.jpg')
    found = dataset(images='rgb')
    assert found.frames == ['rgb/1.png']
    ((path, reason, wrong),) = found.passed_over
    assert (path.name, wrong) == ('1.jpg', True)
    assert reason == 'shows the same frame as 1.png, which is read; remove one of them'


@pytest.fixture
def days(tmp_path):
    write_images(tmp_path, *(f'rgb/{day}/{number:02d}.png' for day in ('fri', 'sat', 'sun') for number in range(20)))
    return tmp_path


def test_splits_by_folder(days, dataset):
    splits = dict(train=['fri', 'su*'], val=['sat'])
    train, val = (dataset(images='rgb', split=split, splits=splits).frames for split in splits)
    assert {name.split('/')[1] for name in train} == {'fri', 'sun'}
    assert {name.split('/')[1] for name in val} == {'sat'}
    assert len(train) + len(val) == 60
    assert dataset(images='rgb', split='sat').frames == val


def test_shares_split_by_name_alone(days, dataset):
    """Shares of 60 frames, drawn one by one, are right within four standard deviations of a binomial distribution."""
    splits = dict(train=0.5, val=0.25, test=0.25)
    found = {split: dataset(images='rgb', split=split, splits=splits).frames for split in splits}
    assert sorted(frame for frames in found.values() for frame in frames) == dataset(images='rgb').frames
    assert abs(len(found['train']) - 30) <= 4 * (60 * 0.25) ** 0.5
    write_images(days, *(f'rgb/mon/{number}.png' for number in range(5)))
    again = {split: dataset(images='rgb', split=split, splits=splits).frames for split in splits}
    assert all(set(found[split]) <= set(again[split]) for split in splits)


def test_splits_by_list(days, dataset):
    lines = ['sat/03', 'rgb/fri/01.png', '', './sun/00.png', r'fri\02', 'rgb/fri/03', 'sat/03']
    (days / 'train.txt').write_text('\n'.join(lines), encoding='utf-8-sig')
    found = dataset(images='rgb', split='train', splits=dict(train='train.txt')).frames
    assert found == [f'rgb/{name}.png' for name in ('sat/03', 'fri/01', 'sun/00', 'fri/02', 'fri/03')]


@pytest.mark.parametrize(
    ('changes', 'kind', 'message'),
    [
        (dict(images='rgb/{name}.jpg'), DataError, r'no image matches rgb/\{name\}\.jpg; .*/rgb holds fri, sat, sun'),
        (dict(images='rbg'), DataError, r'no image matches rbg/\{name\}\.png \(or .*\); .* holds lost\.txt, rgb'),
        (dict(images='rgb/*.png'), ConfigError, r"images is 'rgb/\*\.png', expected a path such as"),
        (
            dict(images='rgb/{name}.mp4'),
            ConfigError,
            r"images is 'rgb/\{name\}\.mp4', expected a suffix that can be read",
        ),
        (dict(images='/rgb/{name}'), ConfigError, r"images is '/rgb/\{name\}', expected a path relative to data_root"),
        (dict(images='../{name}'), ConfigError, r'expected a path relative to data_root'),
        (dict(split='mon'), ConfigError, r"no image is in a folder 'mon'; set splits=dict\(train=0\.8, val=0\.2\)"),
        (dict(split='tain', splits=dict(train=0.5)), ConfigError, r"split is 'tain', expected one of train, all; did"),
        (dict(splits=dict(train=['mon'])), DataError, r"no image is in the folder 'mon'; folders are: fri, sat, sun"),
        (
            dict(splits=dict(train='lost.txt')),
            DataError,
            r"lost\.txt, line 2: there is no image 'mon/1'; expected names",
        ),
        (dict(splits=dict(train='no.txt')), DataError, r'no\.txt is missing; splits name it'),
        (dict(splits=dict(train=0)), DataError, r"the split 'train' is empty; expected .*rgb/\{name\}"),
        (
            dict(splits=dict(train=0.9, val=0.2)),
            ConfigError,
            r'expected only shares of 0 or more whose sum is at most 1',
        ),
        (dict(splits=dict(train=0.9, val='a.txt')), ConfigError, r'expected only shares'),
        (dict(splits=dict(train=None)), ConfigError, r'splits\.train is None, expected a share such as 0\.8'),
        (dict(splits=[0.8, 0.2]), ConfigError, r'splits are \[0\.8, 0\.2\], expected a dict'),
        (dict(neighbor_offsets=(1,), camera=CAMERA, video_order='time'), ConfigError, r"video_order is 'time'"),
        (dict(neighbor_offsets=(1,)), ConfigError, r'camera is not set; neighbors'),
        (dict(neighbor_offsets=(30,), camera=CAMERA, require_neighbors=True), DataError, r'with video frames at \+30'),
        (dict(data_root='/nowhere/at all'), DataError, r'/nowhere/at all: no such folder; set data_root'),
    ],
)
def test_wrong_settings_are_one_line(days, dataset, changes, kind, message):
    (days / 'lost.txt').write_text('fri/01\nmon/1\n')
    if 'splits' in changes:
        changes = {'split': 'train', **changes}
    with pytest.raises(kind, match=message) as told:
        dataset(**{'images': 'rgb', **changes})
    assert '\n' not in str(told.value)


def test_neighbors_by_number(tmp_path, dataset):
    write_images(
        tmp_path, *(f'a/left_{number}_x.png' for number in (8, 9, 10, 12)), 'a/right_9_x.png', 'b/left_11_x.png'
    )
    video = dataset(images='{video}/{name}', neighbor_offsets=(-1, 1), camera=CAMERA)
    found = {
        frame: [path and path.relative_to(tmp_path).as_posix() for path in (video.neighbor(frame, k) for k in (-1, 1))]
        for frame in video.frames
    }
    assert found == {
        'a/left_8_x.png': [None, 'a/left_9_x.png'],
        'a/left_9_x.png': ['a/left_8_x.png', 'a/left_10_x.png'],
        'a/left_10_x.png': ['a/left_9_x.png', None],
        'a/left_12_x.png': [None, None],
        'a/right_9_x.png': [None, None],
        'b/left_11_x.png': [None, None],
    }
    inner = dataset(images='{video}/{name}', neighbor_offsets=(-1, 1), camera=CAMERA, require_neighbors=True)
    assert inner.frames == ['a/left_9_x.png']
    results = inner.read(0)
    assert [(one != results['image']).any() for one in results['neighbors']] == [True, True]
    assert results['neighbor_offsets'] == (-1, 1)


def test_neighbors_by_name(tmp_path, dataset):
    write_images(tmp_path, *(f'a/{name}.png' for name in ('t10', 't9', 't100', 'u1')), 'b/t11.png')
    video = dataset(images='{video}/{name}', neighbor_offsets=(1,), camera=CAMERA, video_order='name')
    followers = {frame: video.neighbor(frame, 1) for frame in video.frames}
    assert {frame: path.name if path else None for frame, path in followers.items()} == {
        'a/t9.png': 't10.png',
        'a/t10.png': 't100.png',
        'a/t100.png': 'u1.png',
        'a/u1.png': None,
        'b/t11.png': None,
    }


def test_images_whose_names_differ_by_zeros_are_other_frames(tmp_path, dataset):
    names = ['car.png', 'car0.png', 'car00.png', 'car1.png', 'car01.png']
    write_images(tmp_path, *names)
    found = dataset(images='{name}')
    assert found.frames == sorted(names) and found.passed_over == []


def test_equal_frame_numbers_have_no_order(tmp_path, dataset):
    write_images(tmp_path, 'a/1.png', 'a/001.png', 'b/1.png')
    with pytest.raises(DataError, match=r'a/1\.png and a/001\.png have the same frame number'):
        dataset(images='{video}/{name}', neighbor_offsets=(1,), camera=CAMERA)
    by_name = dataset(images='{video}/{name}', neighbor_offsets=(1,), camera=CAMERA, video_order='name')
    assert len(by_name) == 3


def test_frames_without_a_number_have_no_order(tmp_path, dataset):
    write_images(tmp_path, 'a/x.png')
    with pytest.raises(DataError, match=r"a/x\.png has no frame number in its name.* set video_order='name'"):
        dataset(images='{video}/{name}', neighbor_offsets=(1,), camera=CAMERA)
