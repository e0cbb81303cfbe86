_base_ = '../three_ways_semi/sd_scannet.py'
method = 'CCAM'
model = dict(network=dict(exchange=dict(_delete_=True, type='CCAMExchange')))
objectives = dict(
    pseudo_labels=dict(
        frozen=('decoders.depth', 'heads.depth', 'exchanges.2.pairs.semseg.depth.spatial.depth'),
    ),
)
