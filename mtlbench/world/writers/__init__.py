"""Writers of rendered datasets, one module each: scenes, cameras, files and encodings."""

from mtlbench.world.writers.base import DatasetWriter, Shot, render_shot, render_world
from mtlbench.world.writers.cityscapes import CityscapesWriter
from mtlbench.world.writers.kitti_raw import KITTIRawWriter
from mtlbench.world.writers.kitti_stereo import KITTIStereoWriter
from mtlbench.world.writers.mtan import CityscapesMTANWriter, NYUv2MTANWriter
from mtlbench.world.writers.nyudv2 import NYUDv2Writer
from mtlbench.world.writers.potsdam import PotsdamWriter
from mtlbench.world.writers.scannet import ScanNetWriter
from mtlbench.world.writers.synscapes import SynscapesWriter
from mtlbench.world.writers.synthia import SYNTHIAWriter
from mtlbench.world.writers.vaihingen import VaihingenWriter
from mtlbench.world.writers.vkitti2 import VKITTI2Writer

WRITERS: dict[str, type[DatasetWriter]] = {
    writer.name: writer
    for writer in (
        VKITTI2Writer,
        CityscapesWriter,
        SYNTHIAWriter,
        SynscapesWriter,
        KITTIRawWriter,
        KITTIStereoWriter,
        PotsdamWriter,
        VaihingenWriter,
        NYUDv2Writer,
        NYUv2MTANWriter,
        CityscapesMTANWriter,
        ScanNetWriter,
    )
}

__all__ = ['WRITERS', 'DatasetWriter', 'Shot', 'render_shot', 'render_world']
