"""Position of a batch among those whose gradients form one update."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.optim import OptimWrapper, OptimWrapperDict


@dataclass(frozen=True)
class Cycle:
    """Batches that form one update.

    Args:
        batches: Number of batches of the update.
        last: Whether this batch is the last of them.
        loss_scale: Factor of the losses whose gradients are computed in float16, which would round small ones to zero.
    """

    batches: int = 1
    last: bool = True
    loss_scale: float = 2.0**16

    @classmethod
    def of(cls, optim_wrapper: OptimWrapper | OptimWrapperDict) -> Cycle:
        """Return the position of the next batch of an optimizer."""
        wrapper = next(iter(optim_wrapper.values())) if isinstance(optim_wrapper, OptimWrapperDict) else optim_wrapper
        count, done, end = wrapper._accumulative_counts, wrapper._inner_count, wrapper._max_counts
        scaler = getattr(wrapper, 'scaler', None)
        scale = scaler.get_scale() if scaler is not None else cls.loss_scale
        if count == 1:
            return cls(loss_scale=scale)
        rest = end % count if end > 0 else 0
        return cls(rest if rest and done >= end - rest else count, wrapper.should_sync(), scale)
