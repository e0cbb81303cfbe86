# SemiMTL: predictions shall look like labels, in both streams; three classes for each critic.
_base_ = './joint.py'
objectives = dict(
    alignment=dict(type='OriginAlignment', critic=dict(type='PixelDiscriminator'), streams=('classes', 'distances'))
)
