# SemiMTL: aligns the predictions of both streams with labels. Discriminators have three classes.
_base_ = './joint.py'
objectives = dict(
    alignment=dict(type='OriginAlignment', critic=dict(type='PixelDiscriminator'), streams=('classes', 'distances'))
)
