"""ISPRS Potsdam reader: 38 tiles of 6000 x 6000 pixels at 5 cm."""

from __future__ import annotations

from mtlbench.datasets.isprs import ISPRSDataset
from mtlbench.datasets.isprs_tree import TileFiles, TileTree
from mtlbench.registry import DATASETS

TREE = TileTree(
    dataset='potsdam',
    resolution=0.05,
    tiles={
        'train': (
            '2_10', '2_11', '2_12', '3_10', '3_11', '3_12', '4_10', '4_11', '4_12', '5_10', '5_11', '5_12',
            '6_7', '6_8', '6_9', '6_10', '6_11', '6_12', '7_7', '7_8', '7_9', '7_10', '7_11', '7_12',
        ),
        'val': (
            '2_13', '2_14', '3_13', '3_14', '4_13', '4_14', '4_15', '5_13', '5_14', '5_15', '6_13', '6_14', '6_15',
            '7_13',
        ),
    },
    files={
        'img': TileFiles(('3_Ortho_IRRG', '2_Ortho_IRRG'), 'top_potsdam_{tile}_IRRG.tif'),
        'label': TileFiles(('5_Labels_all',), 'top_potsdam_{tile}_label.tif'),
        'label_noBoundary': TileFiles(('5_Labels_all_noBoundary',), 'top_potsdam_{tile}_label_noBoundary.tif'),
        'height': TileFiles(('1_DSM_normalization',), 'dsm_potsdam_{tile}_normalized_lastools.jpg', padded=True),
        'dsm': TileFiles(('1_DSM',), 'dsm_potsdam_{tile}.tif', padded=True),
    },
)  # fmt: skip


@DATASETS.register_module()
class PotsdamDataset(ISPRSDataset):
    """ISPRS Potsdam, resampled to 9 cm; see :class:`ISPRSDataset`."""

    name = 'potsdam'
    tree = TREE
    homepage_hint = 'ISPRS 2D Semantic Labeling Potsdam, then cut it into patches with mtlbench prepare potsdam'
    render_command = 'mtlbench render potsdam --out {root}'
    official_counts = {'train': 4056, 'val': 2366}
