"""A town seen from straight above, in infrared, red and green as in the aerial datasets."""

from mtlbench.world.scene.aerial.domains import DOMAINS, Domain
from mtlbench.world.scene.aerial.plan import Ground, draw_ground
from mtlbench.world.scene.aerial.town import build_town

__all__ = ['DOMAINS', 'Domain', 'Ground', 'build_town', 'draw_ground']
