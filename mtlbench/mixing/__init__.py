"""Mixing: training pictures made out of others, with their labels."""

from mtlbench.mixing.affine import AffineMixer
from mtlbench.mixing.base import Mixer, PairMixer
from mtlbench.mixing.classes import ClassMixer
from mtlbench.mixing.depth import DepthMixer
from mtlbench.mixing.rectangles import CutMixer, CutOutMixer
from mtlbench.mixing.views import Views

__all__ = ['AffineMixer', 'ClassMixer', 'CutMixer', 'CutOutMixer', 'DepthMixer', 'Mixer', 'PairMixer', 'Views']
