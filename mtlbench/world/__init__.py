"""The rendered world: scenes, a renderer, and writers of the datasets' original layouts.

``scene`` describes geometry and materials. ``render`` turns a scene and a camera into an image with exact depth,
classes and normals. ``writers`` store images as a dataset does. Each imports only those before it.

World coordinates: meters, z up. Camera coordinates: x right, y down, z forward.
"""
