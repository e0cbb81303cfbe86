"""Export of trained networks, with a model card, to share or deploy them."""

from mtlbench.export.export import Exported, export
from mtlbench.export.formats import FORMATS, load_network
from mtlbench.export.network import ExportedNetwork

__all__ = ['FORMATS', 'Exported', 'ExportedNetwork', 'export', 'load_network']
