"""From a scene and a camera to an image with exact labels, by ray casting. Knows no dataset."""

from mtlbench.world.render import textures_indoor as textures_indoor  # makes its textures known
from mtlbench.world.render.camera import Camera, OrthographicCamera
from mtlbench.world.render.light import Light
from mtlbench.world.render.renderer import Renderer, Rendering

__all__ = ['Camera', 'Light', 'OrthographicCamera', 'Renderer', 'Rendering']
