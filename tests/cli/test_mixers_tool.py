import sys

import layout_cityscapes
import pytest
from PIL import Image

from mtlbench.cli.analysis import mixers
from mtlbench.errors import ConfigError
from mtlbench.registry import MIXERS
from mtlbench.visualization.panel import CAPTION_HEIGHT, GAP, SHEET_WIDTH


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the tool on a small Cityscapes."""
    layout_cityscapes.write(tmp_path / 'data')

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['mixers.py', *arguments, '--root', str(tmp_path / 'data')])
        mixers.main()

    return run


def test_a_row_for_the_images_and_one_for_every_mixer(run, tmp_path, capsys):
    image = tmp_path / 'mixers.png'
    run('cityscapes_19', '--samples', '0', '0', '--out', str(image))
    assert capsys.readouterr().out.strip() == str(image)
    # Four tiles of 2:1 in a row, as wide as the sheet lets them be.
    height = CAPTION_HEIGHT + (SHEET_WIDTH // 4 - GAP) // 2
    assert Image.open(image).height == height * (1 + len(MIXERS.module_dict))


def test_a_sample_that_is_not_there_is_named(run):
    with pytest.raises(ConfigError, match='--samples 7: expected an index from 0 to 5'):
        run('cityscapes_19', '--samples', '0', '7')


def test_data_of_other_tasks_is_refused(run):
    with pytest.raises(ConfigError, match='has no task depth'):
        run('stl/s_cityscapes')
