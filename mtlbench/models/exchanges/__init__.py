"""Exchange modules: share features between the decoders of the tasks."""

from mtlbench.models.exchanges.base import Exchange
from mtlbench.models.exchanges.channel_affinity import CCAMExchange
from mtlbench.models.exchanges.cross_task import CrossTaskExchange
from mtlbench.models.exchanges.padnet import PADNetExchange

__all__ = ['CCAMExchange', 'CrossTaskExchange', 'Exchange', 'PADNetExchange']
