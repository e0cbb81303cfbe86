"""Images of what networks see and say."""

from mtlbench.visualization.panel import BACKGROUND, Tile, draw_panel, draw_sheet

__all__ = ['BACKGROUND', 'Tile', 'draw_panel', 'draw_sheet']
