"""One module a dataset: its scenes, cameras, files and encodings."""

from mtlbench.world.writers.base import DatasetWriter, Shot, render_shot, render_world
from mtlbench.world.writers.potsdam import PotsdamWriter
from mtlbench.world.writers.vaihingen import VaihingenWriter
from mtlbench.world.writers.vkitti2 import VKITTI2Writer

WRITERS: dict[str, type[DatasetWriter]] = {
    writer.name: writer for writer in (VKITTI2Writer, PotsdamWriter, VaihingenWriter)
}

__all__ = ['WRITERS', 'DatasetWriter', 'Shot', 'render_shot', 'render_world']
