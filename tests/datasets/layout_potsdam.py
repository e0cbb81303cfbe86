"""ISPRS Potsdam, the patches of a few tiles."""

from isprs_files import write_patches


def write(root, tiles=('2_10', '7_12', '2_13', '7_13')):
    """Two patches a tile."""
    write_patches(root, tiles)
