"""What a judged block of time says beside its scores: measures, what the offices could open, what is new in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.bootstrap import DRAWS
from models.evaluation import Rooms, evaluate
from models.novelty import novelty
from models.selection import SelectionPolicy


@dataclass(frozen=True)
class Beside:
    """What is known of the rows beside their indicators, by position: the office of each and what it can open, and
    the columns that `keys` (name and columns) look up in the past."""

    offices: NDArray[Any]
    policy: SelectionPolicy
    identity: pd.DataFrame
    keys: Mapping[str, Sequence[str]]

    def take(self, rows: NDArray[np.int64]) -> Beside:
        """The same of some rows, in that order."""
        return Beside(self.offices[rows], self.policy, self.identity.iloc[rows], self.keys)


def judge(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    clusters: NDArray[Any],
    when: NDArray[np.int64],
    beside: Beside | None,
    past: tuple[Beside, NDArray[np.int64]] | None,
    seed: int,
) -> dict[str, Any]:
    """The measures of a judged block with their intervals; with `beside` also at capacity, and the novelty report.

    `past` holds the same of the training rows, with their labels; `when` the night of each judged row.
    """
    rooms = None if beside is None else rooms_of(beside, when)
    metrics = evaluate(labels, probabilities, rooms=rooms, clusters=clusters, draws=DRAWS, seed=seed)
    if beside is not None and past is not None:
        metrics["novelty"] = novelty(
            past[0].identity,
            past[1],
            beside.identity,
            labels,
            probabilities,
            beside.keys,
            clusters=clusters,
            draws=DRAWS,
            seed=seed,
        )
    return metrics


def rooms_of(beside: Beside, when: NDArray[np.int64]) -> Rooms:
    """What each office could have opened of a block: its share of all the rows, or its number on each of its nights.

    Only rows with a finding are in the block, so this is how a list of them alone would have done.
    """
    names, blocks = np.unique(beside.offices.astype(str), return_inverse=True)
    rooms = []
    for block, name in enumerate(names):
        nights = np.unique(when[blocks == block], return_counts=True)[1]
        stated = beside.policy.capacity.get(str(name), beside.policy.capacity["default"])
        parts = nights if isinstance(stated, int) else [nights.sum()]
        rooms.append(sum(beside.policy.rows(str(name), int(rows)) for rows in parts))
    return Rooms(blocks.astype(np.int64), np.array(rooms, dtype=np.int64))
