import numpy as np

from mtlbench.visualization import Tile, draw_panel
from mtlbench.visualization.panel import CAPTION_HEIGHT, GAP


def test_tiles_stand_in_rows_under_their_captions():
    images = [np.full((30, 200, 3), value, np.uint8) for value in (10, 20, 30)]
    panel = draw_panel([Tile('one', image) for image in images], columns=2)
    assert panel.shape == (2 * (30 + CAPTION_HEIGHT) + GAP, 400 + GAP, 3)
    assert panel.dtype == np.uint8
    top, left = CAPTION_HEIGHT, 200 + GAP
    assert (panel[top : top + 30, :200] == 10).all()
    assert (panel[top : top + 30, left:] == 20).all()
    second = 30 + CAPTION_HEIGHT + GAP + CAPTION_HEIGHT
    assert (panel[second:, :200] == 30).all()
    assert (panel[second:, left:] == 255).all()
    assert panel[:CAPTION_HEIGHT].min() < 128  # the caption is there


def test_smaller_tiles_are_brought_to_the_size_of_the_first():
    panel = draw_panel([Tile('a', np.zeros((30, 40, 3), np.uint8)), Tile('b', np.full((15, 20, 3), 9, np.uint8))])
    assert (panel[CAPTION_HEIGHT:, 40 + GAP :] == 9).all()


def test_a_long_caption_stays_over_its_tile():
    panel = draw_panel([Tile('a' * 99, np.zeros((8, 40, 3), np.uint8)), Tile('', np.zeros((8, 40, 3), np.uint8))])
    assert (panel[:CAPTION_HEIGHT, 40 : 40 + GAP] == 255).all()
