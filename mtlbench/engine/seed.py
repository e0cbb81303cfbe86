"""Seeds derived from other numbers."""

from __future__ import annotations

import numpy as np


def derive_seed(*numbers: int) -> int:
    """A 63-bit seed that depends on all the given non-negative numbers, the same on every machine and run."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
