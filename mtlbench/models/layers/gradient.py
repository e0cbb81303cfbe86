"""Operations on gradients that leave the forward pass unchanged."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def scale_gradient(features: Tensor, factor: float) -> Tensor:
    """Return the features unchanged and multiply their gradient by a factor (robust, equation 5)."""
    return features if factor == 1 else _ScaleGradient.apply(features, factor)


class _ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.factor, None
