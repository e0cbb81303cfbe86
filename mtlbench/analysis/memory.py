"""How much memory a piece of code holds at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, UntypedStorage
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def peak_bytes(run: Callable[[], object]) -> int:
    """Most bytes that the tensors made in a call hold at one time, those kept for its backward pass included.

    It counts tensors, not what an operation allocates and frees inside itself, and so is the same on every device.
    """
    with _LiveTensors() as live:
        run()
    return live.peak


class _LiveTensors(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0

    def __torch_dispatch__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = {one._cdata for one in _storages((args, kwargs))}
        result = func(*args, **(kwargs or {}))
        for storage in _storages(result):
            if storage._cdata not in given:
                self._count(storage.nbytes())
                weakref.finalize(storage, self._count, -storage.nbytes())
        return result

    def _count(self, change: int) -> None:
        self.now += change
        self.peak = max(self.peak, self.now)


def _storages(tree: Any) -> list[UntypedStorage]:
    found = {
        leaf.untyped_storage()._cdata: leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)
    }
    return list(found.values())
