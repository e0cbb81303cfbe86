"""Cross-task attention of xTAM over positions and over channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from mtlbench.models.layers import ConvNormReLU

SOURCES_AT_ONCE = 128


class SpatialAttention(nn.Module):
    """Gather source features at each target position by correlation (xTAM, section 3.1.1).

    Memory grows linearly with the number of positions, because the correlations are never stored all at once.

    Args:
        channels: Channels of target, source and output.
        target_factor: Subsampling factor of the target map.
        source_factor: Max-pooling factor of the source map.
        softmax_over: ``'source'``: the weights of a target position sum to one; ``'target'``: those of a source
            position do.
        proj_norm_act: Whether batch norm and ReLU follow the projections.
        with_alpha: Whether a learnable parameter per channel scales the output.
        start: Initial value of that parameter.
    """

    def __init__(
        self,
        channels: int,
        target_factor: int,
        source_factor: int,
        softmax_over: str = 'source',
        proj_norm_act: bool = True,
        with_alpha: bool = True,
        start: float = 0.0,
    ) -> None:
        super().__init__()
        self.target_factor = target_factor
        self.source_factor = source_factor
        self.softmax_over = softmax_over
        self.query, self.key, self.value = (
            ConvNormReLU(channels, channels) if proj_norm_act else nn.Conv2d(channels, channels, 1) for _ in range(3)
        )
        self.alpha = nn.Parameter(torch.full((1, channels, 1, 1), start)) if with_alpha else None

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        """Return the source features gathered at the subsampled target positions; both maps are (N, C, h, w)."""
        step = self.target_factor
        reduced = F.max_pool2d(source, self.source_factor) if self.source_factor > 1 else source
        query = self.query(target[..., ::step, ::step])
        gathered = self._attend(*map(_tokens, (query, self.key(reduced), self.value(reduced))))
        gathered = gathered.transpose(1, 2).unflatten(2, query.shape[-2:])
        return gathered if self.alpha is None else self.alpha * gathered

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        if self.softmax_over == 'source':
            query, key, value = (tokens.unsqueeze(1) for tokens in (query, key, value))
            return F.scaled_dot_product_attention(query, key, value).squeeze(1)
        # The weights of a source position depend on no other. Process a few positions at a time and recompute them in
        # the backward pass, so that the full correlation matrix is never stored.
        gathered = torch.zeros_like(query)
        for piece in zip(key.split(SOURCES_AT_ONCE, dim=1), value.split(SOURCES_AT_ONCE, dim=1), strict=True):
            own = checkpoint(_gathered_over_targets, query, *piece, use_reentrant=False, preserve_rng_state=False)
            gathered = gathered + own
        return gathered


class ChannelAttention(nn.Module):
    """Gather source channels for each target channel by correlation (xTAM, section 4.3).

    Args:
        scaled: Whether correlations are divided by the square root of the number of positions.
        start: Initial value of the learnable scale of the output.
    """

    def __init__(self, scaled: bool = False, start: float = 0.0) -> None:
        super().__init__()
        self.scaled = scaled
        self.beta = nn.Parameter(torch.tensor(start))

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        """Return the gathered source features (N, C, h, w), given target and source (N, C, h, w)."""
        correlation = target.flatten(2) @ _tokens(source)
        if self.scaled:
            correlation = correlation / (target.shape[-2] * target.shape[-1]) ** 0.5
        gathered = correlation.softmax(dim=-1) @ source.flatten(2)
        return self.beta * gathered.unflatten(2, source.shape[-2:])


def _gathered_over_targets(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    correlation = query @ key.transpose(1, 2) / query.shape[-1] ** 0.5
    return correlation.softmax(dim=1) @ value


def _tokens(features: Tensor) -> Tensor:
    """Convert (N, C, h, w) to (N, h*w, C), without copy if the memory is channels-last.

    The result is contiguous, because torch's attention stores all correlations if the channels of a position are apart.
    """
    return features.flatten(2).transpose(1, 2).contiguous()
