"""Use of a trained network on images and videos outside of any dataset."""

from mtlbench.inference.predictor import Predictor, Settings

__all__ = ['Predictor', 'Settings']
