"""Ray casting of a scene into an image with exact labels, independent of any dataset."""

from mtlbench.world.render import textures_indoor as textures_indoor  # registers its textures
from mtlbench.world.render.camera import Camera, OrthographicCamera
from mtlbench.world.render.light import Light
from mtlbench.world.render.renderer import Renderer, Rendering

__all__ = ['Camera', 'Light', 'OrthographicCamera', 'Renderer', 'Rendering']
