"""Seeds derived from other numbers and names."""

from __future__ import annotations

import hashlib


def derive_seed(*parts: int | str) -> int:
    """A 63-bit seed that depends on all the given numbers and names and their order, the same on every machine."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], 'big') >> 1


def stream_seed(seed: int, stream: str) -> int:
    """The seed of a stream's order and draws, of 31 bits, as workers and samplers take it."""
    return derive_seed(seed, 'stream', stream) >> 32
