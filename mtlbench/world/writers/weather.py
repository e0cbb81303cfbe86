"""Light of streets, as typical of each dataset."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from mtlbench.world.render import Light

NO_SUN = (0.0, 0.0, 0.0)
LIGHTS = {
    'overcast': Light(sun=NO_SUN, ambient=(0.92, 0.95, 1.0), zenith=(0.56, 0.58, 0.62), horizon=(0.76, 0.77, 0.78),
                      clouds=1, visibility=900),
    'haze': Light(sun=NO_SUN, ambient=(0.85, 0.87, 0.88), zenith=(0.68, 0.7, 0.72), horizon=(0.8, 0.81, 0.8),
                  clouds=0, visibility=230),
    'pale sun': Light(sun_elevation=35, sun=(1.1, 1.05, 0.95), ambient=(0.62, 0.65, 0.7), zenith=(0.36, 0.45, 0.6),
                      horizon=(0.76, 0.78, 0.8), clouds=0.6, visibility=1000),
    'sun': Light(),
    'strong sun': Light(sun_elevation=58, sun=(2.3, 2.2, 2.0), ambient=(0.4, 0.5, 0.66), zenith=(0.1, 0.3, 0.8),
                        horizon=(0.5, 0.7, 0.95), clouds=0.25, visibility=3000),
    'low sun': Light(sun_elevation=20, sun=(1.9, 1.5, 1.0), ambient=(0.38, 0.4, 0.48), zenith=(0.2, 0.34, 0.62),
                     horizon=(0.85, 0.74, 0.6), clouds=0.3, visibility=900),
}  # fmt: skip
USUAL = {
    'cityscapes': ('overcast', 'overcast', 'overcast', 'haze', 'pale sun'),
    'synthia': ('strong sun', 'strong sun', 'sun', 'low sun', 'overcast'),
    'synscapes': ('sun', 'pale sun', 'low sun', 'overcast'),
    'kitti': ('sun', 'sun', 'pale sun', 'low sun'),
}
"""Lights of each domain, repeated according to their frequency."""


def street_light(domain: str, name: str, seed: int) -> Light:
    """Return the light of a street of :func:`~mtlbench.world.scene.catalog.build_street_scene`.

    The sun has a random azimuth.
    """
    rng = np.random.default_rng([seed, zlib.crc32(f'light/{domain}/{name}'.encode())])
    light = LIGHTS[USUAL[domain][rng.integers(len(USUAL[domain]))]]
    elevation = light.sun_elevation * rng.uniform(0.8, 1.2)
    return replace(light, sun_azimuth=float(rng.uniform(0, 360)), sun_elevation=float(elevation))
