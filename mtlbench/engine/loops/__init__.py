"""Training and evaluation loops."""

from mtlbench.engine.loops.evaluation import FurtherTestLoop, FurtherValLoop
from mtlbench.engine.loops.streams import StreamLoader
from mtlbench.engine.loops.train import StreamTrainLoop

__all__ = ['FurtherTestLoop', 'FurtherValLoop', 'StreamLoader', 'StreamTrainLoop']
