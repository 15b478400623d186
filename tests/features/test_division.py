"""Division by a constant, alone and among others."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.division import divided


@given(st.lists(st.none() | st.integers(-(10**15), 10**15), min_size=1, max_size=9), st.sampled_from([7, 100, 10**6]))
def test_a_row_has_its_quotient_alone_and_among_others(values: list[int | None], divisor: int) -> None:
    frame = pl.DataFrame({"value": values}, schema={"value": pl.Int64})
    exact = [None if value is None else value / divisor for value in values]
    assert frame.select(divided(pl.col("value"), divisor))["value"].to_list() == exact
    alone = [frame[row : row + 1].select(divided(pl.col("value"), divisor)).item() for row in range(len(values))]
    assert alone == exact


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64])
def test_no_row_gives_none(dtype: type[pl.DataType]) -> None:
    assert pl.DataFrame(schema={"value": dtype}).select(divided(pl.col("value"), 3)).height == 0
