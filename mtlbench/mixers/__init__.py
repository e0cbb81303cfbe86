"""Mixers: create training images from other images and their labels."""

from mtlbench.mixers.affine import AffineMixer
from mtlbench.mixers.base import Mixer, PairMixer
from mtlbench.mixers.classes import ClassMixer
from mtlbench.mixers.depth import DepthMixer
from mtlbench.mixers.rectangles import CutMixer, CutOutMixer
from mtlbench.mixers.views import Views

__all__ = ['AffineMixer', 'ClassMixer', 'CutMixer', 'CutOutMixer', 'DepthMixer', 'Mixer', 'PairMixer', 'Views']
