"""Pictures of what networks see and say."""

from mtlbench.visualization.panel import BACKGROUND, Tile, draw_panel

__all__ = ['BACKGROUND', 'Tile', 'draw_panel']
