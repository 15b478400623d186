"""Even draws that belong to a number (of a consignment, a party) whatever the chunk in which it is met."""

from __future__ import annotations

import zlib

import numpy as np

from pipeline.world.randomness import Floats, Integers

# SplitMix64 (Steele, Lea and Flood, 2014): a counter's step and the multipliers of its finaliser.
_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def keyed(seed: int, subject: str, numbers: Integers) -> Floats:
    """A number in [0, 1) for each of `numbers`, which depends on seed, subject and that number alone."""
    start = np.random.SeedSequence([seed, zlib.crc32(subject.encode())]).generate_state(1, np.uint64)[0]
    mixed = start + numbers.astype(np.uint64) * _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * _UNIT, dtype=np.float64)
