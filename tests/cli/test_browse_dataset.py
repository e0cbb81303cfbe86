import numpy as np
import torch

from mtlbench.cli.browse_dataset import build_parser, draw_sample
from mtlbench.structures import MultiTaskSample
from mtlbench.visualization.panel import CAPTION_HEIGHT, GAP


class Painter:
    """Draws any label in one colour."""

    def draw(self, values):
        return np.full((*values.shape[-2:], 3), 77, np.uint8)


def test_panel_shows_the_picture_and_the_labels_that_there_are():
    labels = MultiTaskSample(metainfo={'domain': 'test'})
    labels.set_label('depth', torch.ones(1, 20, 150))
    sample = {'inputs': torch.full((3, 20, 150), 5, dtype=torch.uint8), 'data_samples': labels}
    panel = draw_sample(sample, {'semseg': Painter(), 'depth': Painter()})
    assert panel.shape == (CAPTION_HEIGHT + 20, 300 + GAP, 3)
    assert (panel[CAPTION_HEIGHT:, :150] == 5).all()
    assert (panel[CAPTION_HEIGHT:, 150 + GAP :] == 77).all()


def test_arguments():
    args = build_parser().parse_args(['xtam/sdn_vkitti2', '--split', 'val', '--count', '2', '--profile', 'mini'])
    assert (args.split, args.count, args.profile) == ('val', 2, 'mini')
