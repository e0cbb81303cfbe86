"""Delivery of gradients that were computed before the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor


def delivering(value: Tensor, tensors: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> Tensor:
    """Return a scalar of that value whose backward pass delivers the given gradients to tensors.

    Loss scales, gradient accumulation and distributed training act on it as on any loss.

    Args:
        value: Value of the scalar.
        tensors: Tensors that receive gradients.
        gradients: Gradient of each; None for none.
    """
    pairs = [(tensor, one) for tensor, one in zip(tensors, gradients, strict=True) if one is not None]
    return cast('Tensor', _Delivery.apply(value, [one for _, one in pairs], *(tensor for tensor, _ in pairs)))


class _Delivery(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *tensors: Tensor) -> Tensor:
        """Keep the gradients."""
        ctx.gradients, ctx.types = gradients, [tensor.dtype for tensor in tensors]
        return value.detach().clone()

    @staticmethod
    def backward(ctx: Any, factor: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients times that of the scalar, which holds the loss scale; only then round them."""
        return None, None, *((factor * one).to(kind) for one, kind in zip(ctx.gradients, ctx.types, strict=True))
