"""Peak memory of a piece of code."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, UntypedStorage
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def peak_bytes(run: Callable[[], object]) -> int:
    """Measure the peak bytes of the tensors created in a call, including those kept for the backward pass.

    Temporary memory inside operations is not counted, so the result is the same on every device.
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
