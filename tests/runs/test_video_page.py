"""The page about depth from one's own video, from a video file to a video of depth, with its own code and commands."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PAGE = (Path(__file__).parents[2] / 'docs' / 'video.md').read_text()
FRAMES, CONFIG = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)[:2]
LINES = [
    line
    for block in re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL)
    for line in block.splitlines()
    if 'kitti_raw' not in line
]
HEIGHT, WIDTH, COUNT = 96, 320, 16


def write_video(path):
    """A camera that approaches a wall of random texture."""
    generator = np.random.default_rng(0)
    wall = cv2.GaussianBlur(generator.integers(0, 256, (2 * HEIGHT, 2 * WIDTH, 3)).astype(np.uint8), (0, 0), 2)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10, (WIDTH, HEIGHT))
    for number in range(COUNT):
        rows, columns = int(HEIGHT * (1 - number / 40)), int(WIDTH * (1 - number / 40))
        top, left = HEIGHT - rows // 2, WIDTH - columns // 2
        video.write(cv2.resize(wall[top : top + rows, left : left + columns], (WIDTH, HEIGHT)))
    video.release()


def test_the_page_leads_from_a_video_to_its_depth(tmp_path, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / 'drive.mp4')
    for folder in ('first', 'second'):
        exec(compile(FRAMES.replace('first', folder), 'docs/video.md', 'exec'), {})  # noqa: S102 - of our own page
        assert len(list((tmp_path / f'drive/frames/{folder}').iterdir())) == COUNT / 2
    path = tmp_path / re.match(r'# (\S+)', CONFIG)[1]
    path.parent.mkdir()
    path.write_text(CONFIG)
    printed = {line.split()[1]: typed(line) for line in LINES}
    assert list(printed) == ['check', 'browse', 'train', 'predict']
    assert 'no problems found' in printed['check']
    assert Image.open(tmp_path / 'sheet.jpg').width > 200
    record = json.loads((tmp_path / 'runs/trial/result.json').read_text())
    assert (record['dataset'], record['task_set'], record['iterations']) == ('drive', 'd', 20)
    assert record['metrics'] == {'depth/rmse_m': None}, 'without labels there is nothing to measure'
    (drawn,) = (tmp_path / 'predictions').rglob('*.mp4')
    video = cv2.VideoCapture(str(drawn))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)) == (COUNT, 10)
