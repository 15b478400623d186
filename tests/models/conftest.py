"""A small table with a known link between columns and labels, shared by the tests of this folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from models.matrix import Column, MatrixSpec, conform, learn

COLUMNS = (
    Column(name="price_gap", kind="number", direction=1),
    Column(name="age_days", kind="number", direction=-1),
    Column(name="noise", kind="number"),
    Column(name="trusted", kind="boolean", direction=-1),
    Column(name="origin", kind="category"),
)


@dataclass(frozen=True)
class Table:
    """Rows in time order, a night per 20 rows; labels drawn from `truth`."""

    frame: pd.DataFrame
    labels: NDArray[np.int64]
    when: NDArray[Any]
    truth: NDArray[np.float64]
    columns: tuple[Column, ...] = COLUMNS

    @property
    def spec(self) -> MatrixSpec:
        return learn(self.frame, self.columns)

    @property
    def conformed(self) -> pd.DataFrame:
        return conform(self.frame, self.spec).frame

    def take(self, rows: Any) -> "Table":
        return replace(
            self, frame=self.frame.iloc[rows], labels=self.labels[rows], when=self.when[rows], truth=self.truth[rows]
        )


def make_table(rows: int, seed: int = 1, base: float = -1.5) -> Table:
    random = np.random.default_rng(seed)
    price_gap, age = random.normal(size=rows), random.exponential(100, size=rows)
    trusted, origin = random.random(rows) < 0.3, random.choice(["CN", "JP", "RU", "VN"], rows)
    log_odds = base + 1.2 * price_gap - 0.005 * age - 0.8 * trusted + 0.9 * (origin == "RU")
    truth = 1 / (1 + np.exp(-log_odds))
    frame = pd.DataFrame(
        {
            "price_gap": np.where(random.random(rows) < 0.1, np.nan, price_gap),
            "age_days": age,
            "noise": random.normal(size=rows),
            "trusted": pd.array(np.where(random.random(rows) < 0.1, None, trusted), dtype="boolean"),
            "origin": np.where(random.random(rows) < 0.1, None, origin),
        },
        index=[f"C{i:05d}" for i in range(rows)],
    )
    when = np.datetime64("2024-01-01T20:00", "us") + (np.arange(rows) // 20).astype("timedelta64[D]")
    return Table(frame, (random.random(rows) < truth).astype(np.int64), when, truth)


@pytest.fixture(scope="session")
def table_of() -> Callable[..., Table]:
    return make_table


@pytest.fixture(scope="session")
def table() -> Table:
    return make_table(3000)


@pytest.fixture(scope="session")
def small() -> Table:
    return make_table(600, seed=2)
