"""The rendered world: scenes, the renderer, and writers in the datasets' genuine layouts.

``scene`` says what stands where (geometry and materials), ``render`` turns a scene and a camera into an image with
exact depth, classes and normals, and ``writers`` puts images on disk as a dataset does. Each knows only those
before it.

World coordinates: meters, z up. Camera coordinates: x right, y down, z forward.
"""
