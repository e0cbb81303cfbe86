"""Confusion matrices and the metrics derived from them."""

from __future__ import annotations

import torch
from torch import Tensor


def confusion_matrix(predicted: Tensor, label: Tensor, classes: int, ignore: int = 255) -> Tensor:
    """Count pixels by label (row) and prediction (column).

    Args:
        predicted: Ids in 0..classes-1, any shape. Ids out of range count as wrong: as the class after that of the
            label.
        label: Ids of the same shape; pixels of the id ``ignore`` are not counted.
        classes: Number of classes.
        ignore: Ignored id.

    Returns:
        Confusion matrix (classes, classes) float64.
    """
    counted = label != ignore
    truth, guess = label[counted].long(), predicted[counted].long()
    guess = guess.where((guess >= 0) & (guess < classes), (truth + 1) % classes)
    pairs = truth * classes + guess
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes).double()


def intersection_over_union(confusion: Tensor) -> Tensor:
    """Compute the IoU (classes,) in 0..1; NaN for a class that occurs neither in labels nor in predictions."""
    hit = confusion.diagonal()
    return hit / (confusion.sum(0) + confusion.sum(1) - hit)


def f1_score(confusion: Tensor) -> Tensor:
    """Compute the F1 (classes,) in 0..1: 2 hits / (labels + predictions); NaN for a class that occurs in neither."""
    return 2 * confusion.diagonal() / (confusion.sum(0) + confusion.sum(1))
