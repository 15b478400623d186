"""Draws of the world: one stream of random numbers per subject, so that a change to one leaves the others alone."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# The order is part of the world: a new subject goes to the end.
SUBJECTS = ("party", "trade", "symptom", "cargo", "goods_item", "consignment", "policy", "inspection", "truth")

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Texts = NDArray[np.str_]


def streams(seed: int) -> dict[str, np.random.Generator]:
    """A generator per subject, all spawned from one seed."""
    children = np.random.SeedSequence(seed).spawn(len(SUBJECTS))
    return {name: np.random.Generator(np.random.PCG64(child)) for name, child in zip(SUBJECTS, children, strict=True)}


def stream(seed: int, subject: str, *key: int) -> np.random.Generator:
    """The generator of one subject and block: what one block draws does not depend on any other, nor on the threads."""
    entropy = [seed, zlib.crc32(subject.encode()), *key]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def pick(generator: np.random.Generator, weights: Iterable[float], count: int) -> Integers:
    """`count` positions in `weights`, each drawn in proportion to its weight."""
    cumulative = np.cumsum(np.fromiter(weights, dtype=np.float64))
    drawn = np.searchsorted(cumulative, generator.random(count) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(cumulative) - 1), dtype=np.int64)


def between(generator: np.random.Generator, span: tuple[float, float], count: int) -> Floats:
    """`count` numbers spread evenly over a span."""
    return generator.uniform(span[0], span[1], count)


def chances(log_odds: Floats, mean: float) -> Floats:
    """Probabilities with these log-odds, shifted together until their mean is `mean` (strictly between 0 and 1)."""
    if not log_odds.size:
        return log_odds
    low, high = -40.0 - float(log_odds.max()), 40.0 - float(log_odds.min())
    for _ in range(80):
        middle = (low + high) / 2
        if _logistic(log_odds + middle).mean() < mean:
            low = middle
        else:
            high = middle
    return _logistic(log_odds + (low + high) / 2)


def _logistic(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
