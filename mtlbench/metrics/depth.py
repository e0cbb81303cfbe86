"""Errors of depth maps."""

from __future__ import annotations

import torch
from torch import Tensor

DEPTH_ERRORS = ('mse', 'abs_rel', 'sq_rel', 'mse_log', 'delta1', 'delta2', 'delta3')


def lower_median(values: Tensor) -> Tensor:
    """Return the median; for an even count, the lower of the two middle values."""
    return values.flatten().median()


def depth_errors(predicted: Tensor, label: Tensor, low: float, high: float, median_scaling: bool = False) -> Tensor:
    """Compute the errors of one image at every pixel with ``low < label < high``.

    NaN predictions count as the end of the range that is farther from the label. So do all pixels of a prediction that
    has to be scaled and has no positive, finite median.

    Args:
        predicted: Predicted depth in meters, any shape; clamped to [low, high].
        label: Depth in meters, same shape.
        low: Lower end of the evaluated range in meters.
        high: Upper end of the evaluated range in meters.
        median_scaling: Whether to scale the prediction to the median of the label first.

    Returns:
        Errors (7, P) float64 in the order of :data:`DEPTH_ERRORS`: squared error (m^2), absolute error over label,
        squared error over label (m), squared error of the logarithms, and hits for ratios below 1.25, 1.25^2, 1.25^3.
    """
    counted = (label > low) & (label < high)
    truth, guess = label[counted].double(), predicted[counted].double()
    if median_scaling and truth.numel():
        median = guess.nanmedian()
        factor = torch.where((median > 0) & median.isfinite(), lower_median(truth) / median, torch.nan)
        guess = guess * factor
    furthest = torch.where(truth.square() > low * high, low, high).to(truth)
    guess = guess.clamp(low, high).where(~guess.isnan(), furthest)
    square, logs = (guess - truth) ** 2, (guess.log() - truth.log()) ** 2
    return torch.stack([square, (guess - truth).abs() / truth, square / truth, logs, *within_ratios(guess, truth)])


def with_bound(values: Tensor, bound: float) -> Tensor:
    """Replace NaN and infinity by the bound, and minus infinity by minus the bound."""
    return values.nan_to_num(bound, bound, -bound)


def within_ratios(guess: Tensor, truth: Tensor) -> list[Tensor]:
    """Return hits (0 or 1) of the ratio of two positive values, larger over smaller, below 1.25, 1.25^2, 1.25^3."""
    ratio = torch.maximum(guess / truth, truth / guess)
    return [(ratio < 1.25**power).double() for power in (1, 2, 3)]
