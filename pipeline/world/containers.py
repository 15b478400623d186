"""Container numbers with right and wrong check digits (ISO 6346)."""

from __future__ import annotations

import numpy as np

from pipeline.world.randomness import Booleans, Integers

OWNERS = ("TWDU", "NRSU", "OKHU", "PSFU", "KZNU")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Letters count from 10 and leave out the multiples of 11.
VALUES = dict(zip(LETTERS, [value for value in range(10, 39) if value % 11], strict=True))


def check_digits(owners: list[str], serials: Integers) -> Integers:
    """The check digit of each number: sum of the values times 2**place, modulo 11, modulo 10."""
    letters = np.array([[VALUES[letter] for letter in owner] for owner in owners], dtype=np.int64).reshape(-1, 4)
    digits = serials[:, None] // 10 ** np.arange(5, -1, -1) % 10
    total = (np.concatenate([letters, digits], axis=1) * 2 ** np.arange(10)).sum(axis=1)
    return np.asarray(total % 11 % 10, dtype=np.int64)


def container_numbers(generator: np.random.Generator, counts: Integers, bad: Booleans) -> list[list[str] | None]:
    """`counts[i]` numbers for the i-th consignment (None for none); where `bad[i]`, the first has a wrong digit."""
    total = int(counts.sum())
    owners = [OWNERS[place] for place in generator.integers(0, len(OWNERS), total)]
    serials = generator.integers(0, 1_000_000, total)
    starts = np.cumsum(counts) - counts
    shift = np.zeros(total, dtype=np.int64)
    shifted = bad & (counts > 0)
    shift[starts[shifted]] = generator.integers(1, 10, int(shifted.sum()))
    digits = (check_digits(owners, serials) + shift) % 10
    numbers = [f"{owner}{serial:06d}{digit}" for owner, serial, digit in zip(owners, serials, digits, strict=True)]
    spans = zip(starts.tolist(), counts.tolist(), strict=True)
    return [numbers[start : start + count] if count else None for start, count in spans]
