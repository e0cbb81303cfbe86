import math

import pytest
import torch

from mtlbench.metrics import (
    angle_deg,
    confusion_matrix,
    depth_errors,
    intersection_over_union,
    lower_median,
)


def test_confusion_has_labels_in_rows_and_leaves_out_the_ignored():
    counts = confusion_matrix(torch.tensor([1, 1, 0, 1]), torch.tensor([0, 1, 0, 255]), classes=3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_iou_is_nan_only_for_a_class_that_never_occurs():
    iou = intersection_over_union(torch.tensor([[1.0, 1, 0], [0, 1, 0], [0, 0, 0]], dtype=torch.float64))
    assert iou[:2].tolist() == [0.5, 0.5] and iou[2].isnan()
    assert intersection_over_union(torch.tensor([[0.0, 2], [0, 0]])).tolist() == [0, 0]


def test_the_median_of_an_even_count_is_the_lower_of_the_middle_two():
    assert lower_median(torch.tensor([4.0, 1.0, 3.0, 2.0])) == 2


def test_small_and_large_angles_keep_their_precision():
    for angle in (1e-7, math.pi - 1e-7):
        turned = torch.tensor([math.sin(angle), 0, math.cos(angle)], dtype=torch.float64)
        found = angle_deg(torch.tensor([0.0, 0, 1], dtype=torch.float64), turned, dim=0).item()
        assert found == pytest.approx(math.degrees(angle), abs=1e-13)


def test_depth_errors_of_an_image_without_valid_pixels_are_empty():
    assert depth_errors(torch.ones(3), torch.zeros(3), 0.001, 80, median_scaling=True).shape == (7, 0)


def test_depth_scaling_comes_before_the_clamp():
    """Scaled by a half, 100 m is 50 m; clamped first it would be 40 m."""
    square = depth_errors(torch.tensor([4.0, 4, 100]), torch.tensor([2.0, 2, 50]), 0.001, 80, median_scaling=True)[0]
    assert square.tolist() == [0, 0, 0]
