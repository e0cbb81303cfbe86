"""Back ends that ``--log`` writes to. They work offline, in a folder of the run, and continue the curves of a run."""

from mtlbench.engine.backends.mlflow import LocalMLflowBackend
from mtlbench.engine.backends.tensorboard import LocalTensorboardBackend
from mtlbench.engine.backends.wandb import OfflineWandbBackend

__all__ = ['LocalMLflowBackend', 'LocalTensorboardBackend', 'OfflineWandbBackend']
