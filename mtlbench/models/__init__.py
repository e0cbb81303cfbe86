"""Networks and the learner that trains them."""

from mtlbench.models.learner import Learner
from mtlbench.models.network import MultiTaskNetwork
from mtlbench.models.pose import PoseNetwork
from mtlbench.models.preprocessor import MultiTaskPreprocessor

__all__ = ['Learner', 'MultiTaskNetwork', 'MultiTaskPreprocessor', 'PoseNetwork']
