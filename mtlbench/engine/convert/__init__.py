"""Conversion of published checkpoints to the names and shapes of this project."""

from mtlbench.engine.convert import densemtl
from mtlbench.engine.convert.source import Converted

FORMATS = {'densemtl': densemtl.convert}

__all__ = ['FORMATS', 'Converted']
