"""ISPRS Vaihingen reader: 33 tiles of about 2500 x 2000 pixels at 9 cm."""

from __future__ import annotations

from mtlbench.datasets.isprs import ISPRSDataset
from mtlbench.datasets.isprs_tree import TileFiles, TileTree
from mtlbench.registry import DATASETS

TRAIN = (1, 3, 5, 7, 11, 13, 15, 17, 21, 23, 26, 28, 30, 32, 34, 37)
VAL = (2, 4, 6, 8, 10, 12, 14, 16, 20, 22, 24, 27, 29, 31, 33, 35, 38)
COMPLETE = 'ISPRS_semantic_labeling_Vaihingen_ground_truth{}_COMPLETE'
"""Folder of the labels of all tiles; the folder for participants used to hold those of the training tiles only."""

TREE = TileTree(
    dataset='vaihingen',
    resolution=0.09,
    tiles={split: tuple(f'area{number}' for number in tiles) for split, tiles in (('train', TRAIN), ('val', VAL))},
    files={
        'img': TileFiles(('top',), 'top_mosaic_09cm_{tile}.tif'),
        'label': TileFiles(('gts_for_participants', COMPLETE.format('')), 'top_mosaic_09cm_{tile}.tif'),
        'label_noBoundary': TileFiles(
            ('gts_eroded_for_participants', COMPLETE.format('_eroded')), 'top_mosaic_09cm_{tile}_noBoundary.tif'
        ),
        'height': TileFiles(('nDSM', 'ndsm'), 'dsm_09cm_matching_{tile}_normalized.jpg'),
        'dsm': TileFiles(('dsm',), 'dsm_09cm_matching_{tile}.tif'),
    },
)


@DATASETS.register_module()
class VaihingenDataset(ISPRSDataset):
    """ISPRS Vaihingen; see :class:`ISPRSDataset`."""

    name = 'vaihingen'
    tree = TREE
    homepage_hint = (
        'ISPRS 2D Semantic Labeling Vaihingen and its normalized DSM, then cut it into patches with '
        'mtlbench prepare vaihingen'
    )
    render_command = 'mtlbench render vaihingen --out {root}'
