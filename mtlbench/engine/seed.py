"""Seeds derived from other numbers and names."""

from __future__ import annotations

import hashlib


def derive_seed(*parts: int | str) -> int:
    """Derive a 63-bit seed from numbers and names in order, the same on every machine."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], 'big') >> 1


def stream_seed(seed: int, stream: str) -> int:
    """Derive the seed of a stream's order and draws, of 31 bits as workers and samplers require."""
    return derive_seed(seed, 'stream', stream) >> 32
