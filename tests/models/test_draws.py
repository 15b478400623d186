"""Draws: known values, range, independence of order."""

import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.draws import keyed_hash, tie, uniform

IDS = st.lists(st.text(max_size=20), max_size=20)


def plain_hash(seed: int, scope: str, identifier: str) -> int:
    text = len(scope.encode()).to_bytes(8, "little") + scope.encode() + identifier.encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=str(seed).encode()).digest(), "little")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(-(10**12), 10**12), scope=st.text(max_size=30), ids=IDS)
def test_keyed_hash_equals_the_plain_hash_of_each_id(seed: int, scope: str, ids: list[str]) -> None:
    assert keyed_hash(seed, scope, ids).tolist() == [plain_hash(seed, scope, identifier) for identifier in ids]


def test_keyed_hash_is_the_same_on_every_machine() -> None:
    assert keyed_hash(7, "tie|2024-06-01T20:00Z", ["C1", "C2"]).tolist() == [6575015142313518125, 15645494373054317928]


def test_keyed_hash_does_not_run_scope_and_id_together() -> None:
    assert keyed_hash(1, "ab", ["c"])[0] != keyed_hash(1, "a", ["bc"])[0]


def test_tie_fits_a_float_and_uniform_is_its_fraction() -> None:
    ids = [f"C{i}" for i in range(5000)]
    ties, draws = tie(3, "tie", ids), uniform(3, "tie", ids)
    assert ties.dtype == np.int64
    assert (ties >= 0).all()
    assert (ties < 2**53).all()
    assert np.array_equal(draws * 2.0**53, ties.astype(float))
    assert abs(draws.mean() - 0.5) < 0.02
    assert len(set(ties.tolist())) == 5000


def test_other_seed_or_scope_is_another_draw() -> None:
    ids = [f"C{i}" for i in range(200)]
    first = uniform(1, "explore", ids)
    for other in (uniform(2, "explore", ids), uniform(1, "tie", ids)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.25


def test_no_ids_give_empty_arrays() -> None:
    assert keyed_hash(1, "x", []).shape == tie(1, "x", []).shape == uniform(1, "x", []).shape == (0,)
