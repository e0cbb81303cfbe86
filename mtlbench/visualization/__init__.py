"""Images that show inputs, labels and predictions."""

from mtlbench.visualization.panel import BACKGROUND, Tile, draw_panel, draw_sheet

__all__ = ['BACKGROUND', 'Tile', 'draw_panel', 'draw_sheet']
