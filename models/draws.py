"""One keyed hash for ties, exploration and sampling: equal on every run, machine and order of rows."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_BITS_OF_A_FLOAT = 53


def keyed_hash(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.uint64]:
    """64-bit blake2b of each id (as text), keyed by `seed` and `scope`, e.g. "tie|2024-06-01T20:00Z"."""
    scope_bytes = scope.encode()
    prefix = blake2b(len(scope_bytes).to_bytes(8, "little") + scope_bytes, digest_size=8, key=str(seed).encode())
    digests = bytearray()
    for identifier in ids:
        digest = prefix.copy()
        digest.update(str(identifier).encode("utf-8", "surrogatepass"))
        digests += digest.digest()
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64)


def tie(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.int64]:
    """`keyed_hash` cut to integers in [0, 2^53), which every reader of a list holds exactly."""
    return (keyed_hash(seed, scope, ids) >> np.uint64(64 - _BITS_OF_A_FLOAT)).astype(np.int64)


def uniform(seed: int, scope: str, ids: Iterable[object]) -> NDArray[np.float64]:
    """A float64 in [0, 1) for each id."""
    return tie(seed, scope, ids).astype(np.float64) * 2.0**-_BITS_OF_A_FLOAT
