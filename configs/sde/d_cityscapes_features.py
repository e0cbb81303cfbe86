# Last of three pretraining runs, from which xTAM and CCAM start: the encoder's features stay close to ImageNet
# features.
_base_ = './d_cityscapes.py'
objectives = dict(feature_distance=dict(type='FeatureDistance', stream='video'))
