"""Joint update of the network and its critics with two optimizers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from mtlbench.errors import ConfigError


class JointOptimWrapper(OptimWrapperDict):
    """Differentiate one loss, then step every optimizer.

    The loss is the sum of the losses of network and critics. Neither has a gradient for the parameters of the other, so
    one backward pass computes both gradients, and distributed training needs one forward and one backward pass.

    Args:
        wrappers: Optimizer wrappers by name, of one type and with the same ``accumulative_counts``.

    Raises:
        ConfigError: When float16 is used, which would need separately scaled losses.
    """

    def __init__(self, **wrappers: OptimWrapper) -> None:
        super().__init__(**wrappers)
        scalers = (getattr(wrapper, 'scaler', None) for wrapper in wrappers.values())
        if any(scaler is not None and scaler.is_enabled() for scaler in scalers):
            raise ConfigError("optim_wrapper.dtype: training with critics does not support float16; use 'bfloat16'")

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter the contexts of all wrappers."""
        with ExitStack() as stack:
            for wrapper in self.values():
                stack.enter_context(wrapper.optim_context(model))
            yield

    def update_params(self, loss: Tensor, step_kwargs: dict | None = None, zero_kwargs: dict | None = None) -> None:
        """Run the backward pass, and step all optimizers when their accumulation is complete."""
        first, *others = self.values()
        first.backward(first.scale_loss(loss))
        for wrapper in others:
            wrapper._inner_count += 1
        for wrapper in self.values():
            if wrapper.should_update():
                wrapper.step(**(step_kwargs or {}))
                wrapper.zero_grad(**(zero_kwargs or {}))

    def initialize_count_status(self, model: nn.Module, cur_iter: int, max_iters: int) -> None:
        """Initialize the iteration counts of all wrappers."""
        for wrapper in self.values():
            wrapper.initialize_count_status(model, cur_iter, max_iters)
