"""The page about one's own data, from a folder of files to predictions, with its own config and commands."""

import json
import re
from pathlib import Path

import numpy as np
from PIL import Image

PAGE = (Path(__file__).parents[2] / 'docs' / 'own_data.md').read_text()
CONFIG = re.search(r'```python\n# (\S+)\n(.*?)```', PAGE, re.DOTALL)
LINES = [line for block in re.findall(r'```sh\n(.*?)```', PAGE, re.DOTALL) for line in block.splitlines()]
HEIGHT, WIDTH = 64, 96
DAYS = ('monday', 'tuesday')


def write_street(root):
    """Roads below skies, with cars on them; a few labels are missing."""
    generator = np.random.default_rng(0)
    for day in DAYS:
        for number in range(10):
            ids = np.full((HEIGHT, WIDTH), 7, np.uint8)
            ids[HEIGHT // 2 :] = 0
            left = generator.integers(0, WIDTH - 20)
            ids[24:44, left : left + 20] = 12
            colors = np.array([[90, 80, 90], [120, 160, 220], [200, 30, 40]])[np.searchsorted([0, 7, 12], ids)]
            image = (colors + generator.integers(-20, 20, (HEIGHT, WIDTH, 3))).clip(0, 255)
            depth = 47500 / (np.arange(HEIGHT) - HEIGHT / 2).clip(1)[:, None].repeat(WIDTH, 1)
            depth[ids == 7] = 0
            depth[ids == 12] = 4000 + 100 * number
            name = f'{day}/{number:04d}'
            save(root / f'rgb/{name}.jpg', image.astype(np.uint8))
            save(root / f'classes/{name}.png', ids)
            save(root / f'depth/{name}.png', depth.astype(np.uint16))
    (root / 'classes/monday/0003.png').unlink()
    (root / 'depth/tuesday/0004.png').unlink()
    (root / 'camera.json').write_text(re.search(r'\{"fx".*\}', PAGE)[0])


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def test_the_page_leads_from_files_to_predictions(tmp_path, typed):
    write_street(tmp_path / 'street')
    path = tmp_path / CONFIG[1]
    path.parent.mkdir()
    path.write_text(CONFIG[2])
    printed = {line.split()[1]: typed(line) for line in LINES}
    assert list(printed) == ['check', 'browse', 'train', 'test', 'predict']
    assert 'street, train (labeled)' in printed['check'] and 'no problems found' in printed['check']
    assert Image.open(tmp_path / 'sheet.jpg').width > 200
    record = json.loads((tmp_path / 'runs/trial/result.json').read_text())
    assert (record['dataset'], record['task_set'], record['rendered']) == ('street', 'sdn', False)
    assert {f'semseg/iou_{name}' for name in ('road', 'sky', 'car')} <= set(record['metrics'])
    assert record['metrics']['semseg/pixel_acc'] > 0.8, 'each class has a color of its own; half is right by chance'
    assert all(np.isfinite(record['metrics'][name]) for name in ('depth/rmse_m', 'normals/mean_deg'))
    assert 'iou_car' in printed['test']
    assert len(list((tmp_path / 'predictions').rglob('*.png'))) >= 10
