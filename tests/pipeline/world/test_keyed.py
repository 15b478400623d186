"""Draws that belong to a number."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.world.keyed import keyed


def test_a_number_draws_the_same_in_whatever_company() -> None:
    numbers = np.arange(-5, 1000)
    together = keyed(7, "statistics entry", numbers)
    apart = np.concatenate([keyed(7, "statistics entry", numbers[place : place + 1]) for place in range(len(numbers))])
    assert (together == apart).all()
    assert (keyed(7, "statistics entry", numbers[::-1]) == together[::-1]).all()


def test_draws_are_even_and_differ_by_seed_and_subject() -> None:
    numbers = np.arange(40_000)
    drawn = keyed(7, "one", numbers)
    assert 0 <= drawn.min() < drawn.max() < 1
    assert np.histogram(drawn, bins=10, range=(0, 1))[0] / len(numbers) == pytest.approx(np.full(10, 0.1), abs=0.006)
    for other in (keyed(8, "one", numbers), keyed(7, "other", numbers), np.roll(drawn, 1)):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.02
