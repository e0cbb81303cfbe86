# What the authors' released code does where it differs from the paper, defects included.
rules = [
    dict(where=dict(type='CrossTaskExchange'), set=dict(source_reduce='s')),
    dict(where=dict(type='DepthTask'), set=dict(decode='reference')),
    dict(where=dict(type='NormalsTask'), set=dict(metric='reference')),
    dict(
        where=dict(type='NormalsFromDepth'),
        set=dict(source='inverse_depth', intrinsics='native', flip='reference')),
    dict(where=dict(type='VKITTI2Dataset'), set=dict(split_protocol='reference')),
    dict(where=dict(type='Resize'), set=dict(nearest='reference')),
]
