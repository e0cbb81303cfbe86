"""Scene descriptions: triangles and materials, without light, camera or dataset."""

from mtlbench.world.scene.model import Instance, Lamp, Material, Mover, Part, Scene

__all__ = ['Instance', 'Lamp', 'Material', 'Mover', 'Part', 'Scene']
