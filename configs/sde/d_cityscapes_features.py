# The last of three runs of pretraining as xTAM and CCAM start from it: the encoder's features stay near those of ImageNet.
_base_ = './d_cityscapes.py'
objectives = dict(feature_distance=dict(type='FeatureDistance', stream='video'))
