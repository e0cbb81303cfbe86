"""Pictures of what networks see and say."""

from mtlbench.visualization.panel import Tile, draw_panel

__all__ = ['Tile', 'draw_panel']
