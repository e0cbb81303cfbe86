"""Two optimizers of one update: the network's, and that of the critics it learns against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from mtlbench.errors import ConfigError


class JointOptimWrapper(OptimWrapperDict):
    """Differentiates one loss, then lets every optimizer step.

    The loss is the sum of the network's and the critics'. Neither has a gradient for the parameters of the other, so
    one backward pass gives both what is theirs, and distributed training sees one forward and one backward pass.

    Args:
        wrappers: By name; of one kind and with the same ``accumulative_counts``.

    Raises:
        ConfigError: For float16, which would need the losses scaled apart.
    """

    def __init__(self, **wrappers: OptimWrapper) -> None:
        super().__init__(**wrappers)
        scalers = (getattr(wrapper, 'scaler', None) for wrapper in wrappers.values())
        if any(scaler is not None and scaler.is_enabled() for scaler in scalers):
            raise ConfigError("optim_wrapper.dtype: training with critics knows no float16; use 'bfloat16'")

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """The contexts of all."""
        with ExitStack() as stack:
            for wrapper in self.values():
                stack.enter_context(wrapper.optim_context(model))
            yield

    def update_params(self, loss: Tensor, step_kwargs: dict | None = None, zero_kwargs: dict | None = None) -> None:
        """Backward, and with accumulation every so often a step of all."""
        first, *others = self.values()
        first.backward(first.scale_loss(loss))
        for wrapper in others:
            wrapper._inner_count += 1
        for wrapper in self.values():
            if wrapper.should_update():
                wrapper.step(**(step_kwargs or {}))
                wrapper.zero_grad(**(zero_kwargs or {}))

    def initialize_count_status(self, model: nn.Module, cur_iter: int, max_iters: int) -> None:
        """Tell each at which iteration it begins."""
        for wrapper in self.values():
            wrapper.initialize_count_status(model, cur_iter, max_iters)
