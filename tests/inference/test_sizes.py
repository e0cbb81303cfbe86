"""Sizes at which networks and people see images."""

from __future__ import annotations

import pytest

from mtlbench.inference.sizes import network_size, shown_size


@pytest.mark.parametrize('size', [(480, 640), (640, 480), (375, 1242), (1, 1), (500, 5000), (6000, 9000), (1000, 1000)])
def test_a_network_sees_images_in_their_aspect_ratio(size):
    pixels, multiple = 320 * 1024, 32
    seen = network_size(size, pixels, multiple)
    assert all(side % multiple == 0 and side > 0 for side in seen)
    assert 0.85 < seen[0] * seen[1] / pixels < 1.15
    # The short side is 5 multiples at least, so rounding is a tenth of it at most, and as much goes off the long side.
    assert 0.8 < (seen[0] / seen[1]) / (size[0] / size[1]) < 1.25


def test_a_strip_of_pixels_costs_no_more_than_a_photograph():
    assert network_size((1, 4000), 320 * 1024, 32) == (32, 10240)
    assert network_size((4000, 1), 320 * 1024, 32) == (10240, 32)
    assert shown_size((1, 4000)) == (1, 1024)
    assert shown_size((1, 1)) == (256, 256)
    assert shown_size((480, 640)) == (480, 640)
