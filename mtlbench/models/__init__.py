"""Networks: encoders, decoders, exchanges, discriminators, and what puts them together."""

from mtlbench.models.network import MultiTaskNetwork
from mtlbench.models.pose import PoseNetwork
from mtlbench.models.preprocessor import MultiTaskPreprocessor

__all__ = ['MultiTaskNetwork', 'MultiTaskPreprocessor', 'PoseNetwork']
