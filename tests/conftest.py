"""A tiny data set in the genuine layout, and the overlay that makes networks as tiny; for tests of real runs."""

import pytest
from tiny_runs import write_tiny_vkitti2

RULES = """
rules = [
    dict(where=dict(type='Resize'), set=dict(size=(32, 64))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, weights=None)),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(16, 16, 16, 16, 8), aspp_channels=16)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=16)),
    dict(where=dict(type='PADNetDecoder'), set=dict(channels=16)),
    dict(where=dict(persistent_workers=True), set=dict(persistent_workers=False)),
]
"""


@pytest.fixture(scope='session')
def tiny_vkitti2(tmp_path_factory):
    root = tmp_path_factory.mktemp('vkitti2')
    write_tiny_vkitti2(root)
    return root


@pytest.fixture(scope='session')
def overlay(tmp_path_factory):
    path = tmp_path_factory.mktemp('overlay') / 'tiny.py'
    path.write_text(RULES)
    return path
