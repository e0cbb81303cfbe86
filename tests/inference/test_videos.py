"""A video in, videos and frames out."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from mtlbench.cli import predict
from mtlbench.errors import DataError
from mtlbench.inference.videos import VideoReader, VideoWriter

SIZE = (45, 63)  # odd, which codecs do not take


@pytest.fixture
def clip(tmp_path):
    """A video of 5 gray frames at 12.5 frames a second, whose brightness tells their number."""
    writer = VideoWriter(tmp_path / 'clip.mp4', 12.5)
    for number in range(5):
        writer.write(np.full((*SIZE, 3), 40 * number + 20, np.uint8))
    writer.close()
    return tmp_path / 'clip.mp4'


def call(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, 'argv', ['predict', *map(str, arguments), '--device', 'cpu'])
    status = 0
    try:
        predict.main()
    except SystemExit as ended:
        status = ended.code
    return status, *capsys.readouterr()


def test_frames_come_back_in_order_at_their_rate(clip):
    reader = VideoReader(clip)
    frames = list(reader)
    assert (reader.rate, reader.stated, frames[0].shape) == (12.5, 5, (46, 64, 3))
    assert np.abs([frame.mean() - 40 * number - 20 for number, frame in enumerate(frames)]).max() < 4


def test_colors_keep_their_order(tmp_path):
    writer = VideoWriter(tmp_path / 'x.mp4', 25)
    writer.write(np.full((32, 32, 3), (200, 30, 30), np.uint8))
    writer.close()
    (frame,) = VideoReader(tmp_path / 'x.mp4')
    assert np.abs(frame.mean((0, 1)) - (200, 30, 30)).max() < 12  # chroma is quantized


@pytest.mark.parametrize('content', [b'', b'hello', bytes(5000)])
def test_what_is_no_video_is_named(tmp_path, content):
    (tmp_path / 'x.mp4').write_bytes(content)
    with pytest.raises(DataError, match=r'x\.mp4 is not a readable video'):
        VideoReader(tmp_path / 'x.mp4')


def test_a_video_is_predicted_frame_by_frame(run, predictor, clip, monkeypatch, capsys, tmp_path):
    (tmp_path / 'broken.avi').write_bytes(b'no video')
    out = tmp_path / 'out'
    arguments = (run, clip, tmp_path / 'broken.avi', '--out', out, '--outputs', 'panels', 'overlays', 'arrays')
    status, said, err = call(monkeypatch, capsys, *arguments, '--batch', '2')
    assert status == 1
    assert 'broken.avi is not a readable video' in err
    assert 'error: 1 of 2 images could not be read' in err
    assert '5 images in' in said
    frames = list(VideoReader(clip))
    for number, frame in enumerate(frames, 1):
        for task, values in predictor(frame).items():
            found = np.load(out / f'arrays/{task}/clip/{number:06d}.npy')
            np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-4)
    made = VideoReader(out / 'panels/clip.mp4')
    assert (made.rate, made.stated) == (12.5, 5)
    panel = predictor.draw(frames[3], caption='clip.mp4', occurring=False)
    shown = list(made)[3]
    even = [side + side % 2 for side in panel.shape[:2]]
    assert shown.shape[:2] == tuple(even)
    assert np.abs(shown[: len(panel), : panel.shape[1]].astype(int) - panel).mean() < 15  # of a lossy codec
    assert len(list(VideoReader(out / 'overlays/depth/clip.mp4'))) == 5

    state = sorted(path for path in out.rglob('*'))
    assert call(monkeypatch, capsys, *arguments)[0] == 1
    assert sorted(path for path in out.rglob('*')) == state  # replaced, and nothing beside


def test_a_video_that_is_cut_off_is_predicted_as_far_as_it_goes(run, monkeypatch, capsys, tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / 'x.avi'), cv2.VideoWriter.fourcc(*'MJPG'), 10, (64, 48))
    for number in range(10):
        writer.write(np.random.default_rng(number).integers(0, 255, (48, 64, 3), np.uint8))
    writer.release()
    content = (tmp_path / 'x.avi').read_bytes()
    (tmp_path / 'x.avi').write_bytes(content[: len(content) // 2])
    arguments = (run, tmp_path / 'x.avi', '--out', tmp_path / 'out', '--outputs', 'arrays')
    status, _, err = call(monkeypatch, capsys, *arguments)
    frames = len(list((tmp_path / 'out/arrays/depth/x').iterdir()))
    assert 0 < frames < 9
    assert status == 1
    assert f'skipped: the rest of {tmp_path / "x.avi"}, which ends after {frames} of 10 frames' in err


def test_a_shorter_video_leaves_no_frames_of_the_longer_one(run, clip, monkeypatch, capsys, tmp_path):
    arguments = (run, clip, '--out', tmp_path / 'out', '--outputs', 'maps', 'arrays')
    assert call(monkeypatch, capsys, *arguments)[0] == 0
    writer = VideoWriter(clip, 12.5)
    for _ in range(3):
        writer.write(np.full((*SIZE, 3), 99, np.uint8))
    writer.close()
    assert call(monkeypatch, capsys, *arguments)[0] == 0
    for place in ('maps/depth', 'arrays/depth', 'maps/shading'):
        names = sorted(path.stem for path in (tmp_path / 'out' / place / 'clip').iterdir())
        assert names == ['000001', '000002', '000003'], place


def test_a_video_of_the_user_keeps_its_name(run, clip, monkeypatch, capsys, tmp_path):
    (tmp_path / 'out/panels').mkdir(parents=True)
    (tmp_path / 'out/panels/clip.mp4').write_bytes(b'mine')
    assert call(monkeypatch, capsys, run, clip, '--out', tmp_path / 'out')[0] == 0
    assert (tmp_path / 'out/panels/clip.mp4').read_bytes() == b'mine'
    assert cv2.VideoCapture(str(tmp_path / 'out/panels/clip.mp4.mp4')).isOpened()
