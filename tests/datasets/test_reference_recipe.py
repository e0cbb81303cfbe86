"""The switches of the fact sheet's register that concern the data reach the datasets and transforms."""

import pytest
from layout_vkitti2 import write

from mtlbench.config import load_config
from mtlbench.registry import DATASETS


@pytest.fixture
def built(tmp_path):
    write(tmp_path)

    def build(recipe):
        cfg = load_config('xtam/sdn_vkitti2', recipe=recipe, data_root=tmp_path)
        return DATASETS.build(cfg.train_dataloader.labeled.dataset)

    return build


@pytest.mark.parametrize(
    ('recipe', 'expected'),
    [
        ('paper', ('disjoint', 'centre', ('depth', 'scaled', 'map'))),
        ('reference', ('reference', 'reference', ('inverse_depth', 'native', 'reference'))),
    ],
)
def test_switches(built, recipe, expected):
    dataset = built(recipe)
    resize, _, normals, _ = dataset.transforms
    choices = (normals.source, normals.intrinsics, normals.flip)
    assert (dataset.split_protocol, resize.nearest, choices) == expected
    assert dataset.tasks == ('semseg', 'depth', 'normals')
