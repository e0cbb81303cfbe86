"""The contract of networks."""

from mtlbench.testing import NetworkContract

NETWORK = dict(
    type='MultiTaskNetwork',
    encoder=dict(type='ResNetEncoder', depth=18, stages=1, output_stride=8, weights=None),
    decoder=dict(type='SkipDecoder', channels=(8, 8, 8), aspp_channels=None),
)
EXCHANGE = dict(type='PADNetExchange')


class TestNetworks(NetworkContract):
    cases = [
        dict(NETWORK, head_levels=dict(semseg=(0,), depth=(2, 0))),
        dict(NETWORK, exchange=EXCHANGE, exchange_levels=(1,), head_levels=(1, 0)),
    ]
