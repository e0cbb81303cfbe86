"""Exchange modules: how the tasks' decoders share features."""

from mtlbench.models.exchanges.base import Exchange

__all__ = ['Exchange']
