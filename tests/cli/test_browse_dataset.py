import sys

import layout_cityscapes
import layout_kitti_raw
import layout_vkitti2
import numpy as np
import pytest
import torch
from PIL import Image

from mtlbench.cli import browse_dataset
from mtlbench.cli.browse_dataset import build_parser, draw_tiles
from mtlbench.errors import ConfigError
from mtlbench.structures import MultiTaskSample
from mtlbench.visualization import draw_panel
from mtlbench.visualization.panel import CAPTION_HEIGHT, GAP, SHEET_WIDTH


class Painter:
    """Draws any label in one color."""

    def draw(self, values):
        return np.full((*values.shape[-2:], 3), 77, np.uint8)


@pytest.fixture
def browse(monkeypatch, capsys, tmp_path):
    """Runs the tool on a copy that the module writes; returns the lines it says."""

    def run(layout, *arguments):
        if not (tmp_path / 'data').exists():
            layout.write(tmp_path / 'data')
        monkeypatch.setattr(sys, 'argv', ['browse', *arguments, '--root', str(tmp_path / 'data')])
        monkeypatch.chdir(tmp_path)
        browse_dataset.main()
        return capsys.readouterr().out.splitlines()

    run.folder = tmp_path
    return run


def test_panel_shows_the_image_and_the_labels_that_there_are():
    labels = MultiTaskSample(metainfo={'domain': 'test'})
    labels.set_label('depth', torch.ones(1, 20, 150))
    sample = {'inputs': torch.full((3, 20, 150), 5, dtype=torch.uint8), 'data_samples': labels}
    panel = draw_panel(draw_tiles(sample, {'semseg': Painter(), 'depth': Painter()}))
    assert panel.shape == (CAPTION_HEIGHT + 20, 300 + GAP, 3)
    assert (panel[CAPTION_HEIGHT:, :150] == 5).all()
    assert (panel[CAPTION_HEIGHT:, 150 + GAP :] == 77).all()


def test_neighbors_stand_beside_the_image_with_their_offsets():
    labels = MultiTaskSample(metainfo={'domain': 'test', 'neighbor_offsets': (-1, 2)})
    labels.neighbors = torch.stack([torch.full((3, 8, 9), value, dtype=torch.uint8) for value in (1, 2)])
    tiles = draw_tiles({'inputs': torch.zeros(3, 8, 9, dtype=torch.uint8), 'data_samples': labels}, {})
    assert [tile.caption for tile in tiles] == ['image (test)', 'neighbor -1', 'neighbor +2']
    assert [tile.image.max() for tile in tiles] == [0, 1, 2]


def test_arguments():
    args = build_parser().parse_args(['xtam/sdn_vkitti2', '--split', 'val', '--count', '2', '--profile', 'mini'])
    assert (args.split, args.count, args.profile) == ('val', 2, 'mini')


def test_dataset_by_name_shows_all_its_labels(browse):
    lines = browse(layout_vkitti2, 'vkitti2', '--count', '2')
    assert [line.split()[0] for line in lines] == ['browse/labeled_000.png', 'browse/labeled_001.png']
    assert all('/rgb_' in line for line in lines)
    image = np.array(Image.open(browse.folder / lines[0].split()[0]))
    # Two rows of two: image, classes, depth, normals, at the size that the network gets.
    assert image.shape == (2 * (CAPTION_HEIGHT + 320) + GAP, 2 * 1024 + GAP, 3)


def test_data_of_a_run(browse):
    browse(layout_vkitti2, 'stl/d_vkitti2', '--split', 'val', '--count', '1', '--profile', 'mini', '--out', 'there')
    image = np.array(Image.open(browse.folder / 'there/val_000.png'))
    # 0.3 of 320 x 1024, to multiples of 32.
    assert image.shape == (CAPTION_HEIGHT + 96, 2 * 320 + GAP, 3)


def test_dataset_without_labels_shows_its_neighbors(browse):
    browse(layout_kitti_raw, 'kitti_raw', '--count', '1')
    image = np.array(Image.open(browse.folder / 'browse/video_000.png'))
    assert image.shape == (2 * (CAPTION_HEIGHT + 192) + GAP, 2 * 640 + GAP, 3)


def test_sheet(browse):
    """Both streams of the video config, the labeled one with four tiles and the other one with three."""
    lines = browse(layout_cityscapes, 'cityscapes_video', '--count', '2', '--sheet', 'docs/sheet.jpg')
    assert [line.split()[0] for line in lines] == ['docs/sheet.jpg'] * 4
    sheet = np.array(Image.open(browse.folder / 'docs/sheet.jpg'))
    tile = SHEET_WIDTH // 4 - GAP
    assert sheet.shape == (4 * (CAPTION_HEIGHT + tile // 2), 4 * tile + 3 * GAP, 3)
    assert (sheet[-tile // 2 : -8, 3 * tile + 4 * GAP :] > 250).all()  # no fourth tile; jpg is not exact
    assert not (browse.folder / 'browse').exists()


@pytest.mark.parametrize('target', ['file/sheet.png', 'sheet.xyz', 'sheet', 'folder.png'])
def test_a_sheet_that_cannot_be_written_leaves_nothing(target, browse):
    (browse.folder / 'file').write_text('no folder')
    (browse.folder / 'folder.png').mkdir()
    before = sorted(browse.folder.rglob('*'))
    with pytest.raises(ConfigError, match=r'sheet|folder\.png'):
        browse(layout_vkitti2, 'vkitti2', '--count', '1', '--sheet', target)
    left = [path for path in browse.folder.rglob('*') if path not in before and 'data' not in path.parts]
    assert left == []


def test_a_sheet_of_an_unknown_format_is_rejected_before_the_data_are_read(browse, capsys):
    (browse.folder / 'data').mkdir()  # empty
    with pytest.raises(
        ConfigError, match=r"sheet\.txt: cannot write images with the suffix '\.txt'; use \.jpg or \.png"
    ):
        browse(layout_vkitti2, 'vkitti2', '--sheet', 'sheet.txt')
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('count', ['0', '-1', 'many'])
def test_a_number_of_samples_is_one(count, browse):
    with pytest.raises(SystemExit):
        browse(layout_vkitti2, 'vkitti2', '--count', count)
