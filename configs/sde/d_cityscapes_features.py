# Last of three runs of pretraining as in 3-ways PAD-Net: the encoder's features stay near those of ImageNet.
_base_ = './d_cityscapes.py'
objectives = dict(feature_distance=dict(type='FeatureDistance', stream='video'))
