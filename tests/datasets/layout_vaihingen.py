"""ISPRS Vaihingen, the patches of a few tiles."""

from isprs_files import write_patches


def write(root, tiles=('area1', 'area37', 'area2', 'area38')):
    """Two patches a tile."""
    write_patches(root, tiles)
