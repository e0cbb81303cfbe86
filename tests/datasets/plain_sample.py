"""A sample with a field of every kind."""

import numpy as np

from mtlbench.structures import FieldKind

HEIGHT, WIDTH = 30, 44
K = np.array([[40.0, 0, 20.3], [0, 42.0, 14.1], [0, 0, 1]])


def sample(height=HEIGHT, width=WIDTH, **changes):
    generator = np.random.default_rng(0)
    depth = generator.uniform(2, 40, (height, width)).astype(np.float32)
    normals = generator.normal(size=(height, width, 3)).astype(np.float32)
    return {
        'image': generator.integers(0, 256, (height, width, 3)).astype(np.uint8),
        'neighbors': [generator.integers(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(2)],
        'neighbor_offsets': (-1, 1),
        'gt_semseg': generator.integers(0, 5, (height, width)).astype(np.uint8),
        'gt_depth': depth,
        'gt_normals': normals / np.linalg.norm(normals, axis=-1, keepdims=True),
        'gt_edges': (generator.random((height, width)) > 0.9).astype(np.float32),
        'gt_height': generator.uniform(-1, 20, (height, width)).astype(np.float32),
        'kinds': {
            'image': FieldKind.IMAGE,
            'neighbors': FieldKind.IMAGE,
            'gt_semseg': FieldKind.IDS,
            'gt_depth': FieldKind.DEPTH,
            'gt_normals': FieldKind.DIRECTION,
            'gt_edges': FieldKind.BOUNDARY,
            'gt_height': FieldKind.HEIGHT,
        },
        'intrinsics': K.copy(),
        'native_intrinsics': K.copy(),
        'native_shape': (height, width),
        'ori_shape': (height, width),
        'tasks': ('semseg', 'depth', 'normals', 'edges', 'height'),
        'domain': 'test',
        'img_path': 'image.png',
        'rng': np.random.default_rng(5),
        **changes,
    }
