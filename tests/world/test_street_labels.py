"""Labels of street images, on images of a few pixels."""

from types import SimpleNamespace

import numpy as np
import pytest

from mtlbench.class_sets.cityscapes import LABELS
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS, THINGS, coded, numbered

IMAGE = SimpleNamespace(
    categories=('sky', 'car', 'road'),
    category=np.array([[0, 1, 1], [2, 1, 1]]),
    instance=np.array([[-1, 7, 9], [0, 7, 9]]),
)


def test_every_label_is_that_of_its_name():
    names = {label: name for label, (name, _) in LABELS.items()}
    found = {category: names[label] for category, label in CITYSCAPES_LABELS.items() if label in names}
    assert {category: name for category, name in found.items() if category != name} == {
        'tree': 'vegetation', 'van': 'car',
    }  # fmt: skip
    assert set(found.values()) == set(names.values())
    assert set(THINGS) == {category for category, label in CITYSCAPES_LABELS.items() if label >= 24}


def test_pixels_get_the_code_of_their_category():
    codes = coded(IMAGE, {'sky': 23, 'car': 26, 'road': 7})
    np.testing.assert_array_equal(codes, [[23, 26, 26], [7, 26, 26]])
    assert codes.dtype == np.uint8


@pytest.mark.parametrize(('columns', 'expected'), [(slice(None), [[0, 1, 2], [0, 1, 2]]), (slice(1, 2), [[1], [1]])])
def test_things_are_counted_from_one(columns, expected):
    part = SimpleNamespace(
        categories=IMAGE.categories, category=IMAGE.category[:, columns], instance=IMAGE.instance[:, columns]
    )
    np.testing.assert_array_equal(numbered(part), expected)
