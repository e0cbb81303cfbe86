import sys
from pathlib import Path

import layout_cityscapes
from PIL import Image

from mtlbench.registry import MIXERS
from mtlbench.visualization.panel import CAPTION_HEIGHT, GAP, SHEET_WIDTH

sys.path.insert(0, str(Path(__file__).parents[2] / 'tools' / 'analysis'))


def test_a_row_for_the_pictures_and_one_for_every_mixer(monkeypatch, tmp_path, capsys):
    import mixers

    layout_cityscapes.write(tmp_path / 'data')
    picture = tmp_path / 'mixers.png'
    arguments = ['cityscapes_19', '--samples', '0', '0', '--root', str(tmp_path / 'data'), '--out', str(picture)]
    monkeypatch.setattr(sys, 'argv', ['mixers.py', *arguments])
    mixers.main()
    assert capsys.readouterr().out.strip() == str(picture)
    # Four tiles of 2:1 in a row, as wide as the sheet lets them be.
    height = CAPTION_HEIGHT + (SHEET_WIDTH // 4 - GAP) // 2
    assert Image.open(picture).height == height * (1 + len(MIXERS.module_dict))
