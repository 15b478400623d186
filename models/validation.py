"""Out-of-time splits: train on the past, test on what came later, a gap between, no group on both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class TooFewRows(ValueError):
    """The rows cannot be split as asked; the message says what was needed and found."""


class Split(NamedTuple):
    """Row positions (ascending) of one split, the instant from which it tests (microseconds), and what was left out.

    `left_out` counts rows before the test block that do not train, by reason: gap, label_not_known, group_in_test.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    test_from: int
    left_out: dict[str, int]


def last_block(
    when: NDArray[Any],
    gap: timedelta,
    *,
    test_share: float | None = None,
    test_from: datetime | None = None,
    groups: NDArray[Any] | None = None,
    label_known_at: NDArray[Any] | None = None,
) -> Split:
    """The newest rows as test block: a share of the rows, or all from an instant on. Everything settled before trains.

    `when` and `label_known_at` are numpy datetime64 or int64 microseconds, one per row. A row trains if it lies at
    least `gap` before the test block, its label was known when the block begins, and its group is not in the block.
    Rows of one instant are never parted. Raises TooFewRows.
    """
    instants = microseconds(when)
    if (test_share is None) == (test_from is None):
        raise ValueError(
            "A last block needs either test_share or test_from. "
            f"Found test_share={test_share} and test_from={test_from}. Give exactly one of them."
        )
    if test_from is not None:
        boundary = microseconds(np.array([test_from.astimezone(UTC).replace(tzinfo=None)], dtype="datetime64[us]"))[0]
    else:
        boundary = _boundaries(instants, [1.0 - float(test_share or 0.0)])[0]
    return _split(instants, int(boundary), None, gap, groups, label_known_at)


def out_of_time_folds(
    when: NDArray[Any],
    folds: int,
    gap: timedelta,
    *,
    first_share: float = 0.4,
    groups: NDArray[Any] | None = None,
    label_known_at: NDArray[Any] | None = None,
) -> list[Split]:
    """Expanding folds, oldest first: each tests the next block of time and trains on all that was settled before it.

    The first `first_share` of the rows only trains; the rest is cut into `folds` blocks of about equal size. Rules and
    types as in `last_block`. Raises TooFewRows.
    """
    instants = microseconds(when)
    shares = [first_share + (1.0 - first_share) * fold / folds for fold in range(folds)]
    boundaries = _boundaries(instants, shares)
    if len(set(boundaries)) < folds:
        raise TooFewRows(
            f"{folds} folds need {folds} different instants to begin at. Found {len(np.unique(instants))} instants in "
            f"{len(instants)} rows ({_span(instants)}). Give more nights, or ask for fewer folds."
        )
    ends = [*boundaries[1:], None]
    return [
        _split(instants, begin, end, gap, groups, label_known_at) for begin, end in zip(boundaries, ends, strict=True)
    ]


def microseconds(when: NDArray[Any]) -> NDArray[np.int64]:
    """Instants as int64 microseconds since 1970 from numpy datetime64 or int64 microseconds. Raises on any other."""
    if np.issubdtype(when.dtype, np.datetime64) and not np.isnat(when).any():
        return when.astype("datetime64[us]").astype(np.int64)
    if np.issubdtype(when.dtype, np.integer):
        return when.astype(np.int64)
    raise ValueError(
        "Instants must be numpy datetime64 without gaps, or integer microseconds. "
        f"Found {len(when)} values of {when.dtype}, some of them empty or of another type. Convert them beforehand."
    )


def _boundaries(instants: NDArray[np.int64], shares: list[float]) -> list[int]:
    if len(instants) == 0:
        raise TooFewRows(
            "An out-of-time split needs rows before and after an instant. Found no rows. Give more nights."
        )
    ordered = np.sort(instants)
    return [int(ordered[min(int(len(ordered) * share), len(ordered) - 1)]) for share in shares]


def _split(
    instants: NDArray[np.int64],
    begin: int,
    end: int | None,
    gap: timedelta,
    groups: NDArray[Any] | None,
    label_known_at: NDArray[Any] | None,
) -> Split:
    before = instants < begin
    test = (instants >= begin) & ((instants < end) if end is not None else True)
    train = before & (instants <= begin - gap // timedelta(microseconds=1))
    left_out = {"gap": int((before & ~train).sum()), "label_not_known": 0, "group_in_test": 0}
    if label_known_at is not None:
        known = microseconds(label_known_at) <= begin
        left_out["label_not_known"] = int((train & ~known).sum())
        train &= known
    if groups is not None:
        # Codes instead of np.isin, which is quadratic on text.
        codes = pd.factorize(groups)[0]
        shared = np.isin(codes, codes[test], kind="table")
        left_out["group_in_test"] = int((train & shared).sum())
        train &= ~shared
    if not train.any() or not test.any():
        raise TooFewRows(
            "An out-of-time split needs rows to train on and rows to test on. "
            f"Found {int(train.sum())} and {int(test.sum())} of {len(instants)} rows ({_span(instants)}) with a test "
            f"block from {_text(begin)} and a gap of {gap.total_seconds() / 86400:g} days; left out of training: "
            f"{left_out}. Give a longer history, a smaller gap, or a later test block."
        )
    return Split(np.flatnonzero(train), np.flatnonzero(test), begin, left_out)


def _span(instants: NDArray[np.int64]) -> str:
    return f"{_text(int(instants.min()))} to {_text(int(instants.max()))}" if len(instants) else "none"


def _text(instant: int) -> str:
    return str(np.datetime64(instant, "us").astype("datetime64[m]")) + "Z"
