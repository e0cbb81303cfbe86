"""Images of three textures with labels of every task, and a small network for them."""

import torch
from torch.nn import functional as F

from mtlbench.models import MultiTaskNetwork
from mtlbench.structures import register_class_set
from mtlbench.tasks import DepthTask, EdgesTask, NormalsTask, SemSegTask

register_class_set('robust_3', 'abc', [(0, 0, 0), (100, 0, 0), (0, 100, 0)])
SIZE = (32, 64)


def tasks():
    return {'semseg': SemSegTask('robust_3'), 'depth': DepthTask(), 'normals': NormalsTask(), 'edges': EdgesTask()}


def scenes(count, seed=0):
    """Images (N, 3, H, W) of three textures in gray values, and labels of every task that follow from them."""
    draw = torch.Generator().manual_seed(seed)
    field = F.interpolate(torch.randn(count, 1, 4, 8, generator=draw), SIZE, mode='bicubic')
    ids = 1 + (field > 0.4).long() - (field < -0.4).long()
    colors = torch.tensor([[60.0, 90, 120], [120, 130, 140], [190, 170, 160]])[ids[:, 0]].permute(0, 3, 1, 2)
    images = (colors + 18 * torch.randn(count, 3, *SIZE, generator=draw)).clamp(0, 255).round()
    normals = F.normalize(torch.cat([field, field.flip(3), torch.ones_like(field)], 1), dim=1)
    edges = (F.max_pool2d(ids.float(), 3, 1, 1) != ids.float()).long()
    return images, {'semseg': ids, 'depth': 10 + 15 * ids.float(), 'normals': normals, 'edges': edges}


def build(of=None):
    torch.manual_seed(0)
    return MultiTaskNetwork(
        of or tasks(),
        encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
        decoder=dict(type='SkipDecoder', channels=(16, 16, 16, 8), aspp_channels=16, dropout=0.1),
    )
