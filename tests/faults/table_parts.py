"""Parts that do not go together: encoders, decoders, exchanges, tasks and sizes."""

from __future__ import annotations

from campaign import Action, Fault, planted, refused, right, train
from table_runs import own_config

OWN = 'own/parts.py'
SKIP = "dict(_delete_=True, type='SkipDecoder', channels=(8, 8, 8, 4, 4), aspp_channels=8)"
FINER = SKIP.replace('(8, 8, 8, 4, 4)', '(8, 8, 4, 4)')
TIMM = "dict(_delete_=True, type='TimmEncoder', name='{}')"
BEGUN = ('run/*', 'run/**')


def composed(**network: str) -> Action:
    """Two updates of a network that is composed otherwise."""
    parts = ', '.join(f'{key}={value}' for key, value in network.items())
    return planted(own_config(OWN, f'model = dict(network=dict({parts}))'), train(OWN, 'train_cfg.max_iters=2'))


FAULTS = [
    *(
        Fault(
            f'a model for images of one size, {name}',
            composed(encoder=TIMM.format(name)),
            refused(name, leaves=BEGUN),
        )
        for name in ('coat_tiny', 'levit_128s', 'efficientformer_l1', 'mixer_s32_224')
    ),
    Fault(
        'a model that timm has not', composed(encoder=TIMM.format('resnet1001')), refused('resnet1001', leaves=BEGUN)
    ),
    Fault(
        'stages for an encoder that has none',
        composed(encoder="dict(_delete_=True, type='TorchvisionEncoder', name='mobilenet_v3_small', stages=3)"),
        refused('TorchvisionEncoder', 'stages', leaves=BEGUN),
    ),
    Fault(
        'two images for an encoder of one',
        composed(encoder="dict(_delete_=True, type='TorchvisionEncoder', name='mobilenet_v3_small', images=2)"),
        refused('TorchvisionEncoder', 'images', leaves=BEGUN),
    ),
    Fault(
        'strides that are no powers of two',
        composed(encoder=TIMM.format('eva02_tiny_patch14_224'), decoder=FINER),
        refused('SkipDecoder', '14', leaves=BEGUN),
    ),
    Fault(
        'a self-attention of negative width',
        composed(decoder=SKIP, exchange="dict(type='CrossTaskExchange', self_ratio=-1)", exchange_levels='(1,)'),
        refused('self_ratio', '-1', leaves=BEGUN),
    ),
    Fault(
        'no self-attention',
        composed(decoder=SKIP, exchange="dict(type='CrossTaskExchange', self_ratio=0)", exchange_levels='(3,)'),
        right(),
    ),
    *(
        Fault(
            f'without self-attention, {fusion} over {attention}',
            composed(
                decoder=SKIP,
                exchange=f"dict(type='CrossTaskExchange', self_ratio=0, fusion='{fusion}', attention='{attention}')",
                exchange_levels='(3,)',
            ),
            right(),
        )
        for fusion, attention in (('concat', 'channel'), ('prod', 'both'))
    ),
    Fault('a hierarchical transformer', composed(encoder=TIMM.format('pvt_v2_b0'), decoder=SKIP), right()),
    Fault('a plain transformer', composed(encoder=TIMM.format('vit_tiny_patch16_224'), decoder=SKIP), right()),
    Fault('branches that nothing reads', composed(encoder=TIMM.format('hrnet_w18_small')), right()),
]
