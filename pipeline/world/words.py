"""Words drawn by the million: from one table of shares, or from one of several tables by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipeline.world.randomness import Booleans, Floats, Integers, pick


def words(draw: np.random.Generator, shares: Mapping[str, float], count: int) -> pl.Series:
    """`count` of the words, each drawn in proportion to its share."""
    return pl.Series(list(shares), dtype=pl.String).gather(pick(draw, shares.values(), count))


def one_of(tables: Sequence[Mapping[str, float]], which: Integers, chance: Floats) -> pl.Series:
    """A word of the table of each row, by an even draw and the table's shares; null where the table is empty."""
    widest = max([1, *(len(table) for table in tables)])
    edges = np.full((len(tables), widest), np.inf)
    for place, table in enumerate(tables):
        if table:
            cumulative = np.cumsum(np.fromiter(table.values(), dtype=np.float64))
            edges[place, : len(table) - 1] = cumulative[:-1] / cumulative[-1]
    known = np.full((len(tables), widest), None, dtype=object)
    for place, table in enumerate(tables):
        known[place, : len(table)] = list(table)
    flat = pl.Series(known.ravel().tolist(), dtype=pl.String)
    drawn = (chance[:, None] >= edges[which]).sum(axis=1)
    return flat.gather(which * widest + drawn)


def where(holds: Booleans, values: pl.Series, otherwise: pl.Series | None = None) -> pl.Series:
    """The values where it holds, else the others or null."""
    condition, name = pl.Series(holds), values.name
    return pl.select(pl.when(condition).then(values).otherwise(otherwise).alias(name)).to_series()


def swapped(values: pl.Series, swaps: Mapping[str, Sequence[str]], chance: Floats, holds: Booleans) -> pl.Series:
    """Where it holds, a word that stands in for the value; words without a stand-in stay."""
    known = list(swaps)
    place = values.replace_strict(
        {word: place for place, word in enumerate(known)}, default=len(known), return_dtype=pl.Int64
    )
    which = place.fill_null(len(known)).to_numpy()
    tables: list[dict[str, float]] = [dict.fromkeys(swaps[word], 1.0) for word in known]
    drawn = one_of([*tables, {}], which, chance)
    return where(holds & drawn.is_not_null().to_numpy(), drawn, values).alias(values.name)


def with_gaps(draw: np.random.Generator, share: float, frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """The frame with some cells of these columns empty, honest or not."""
    empty = draw.random((frame.height, len(columns))) < share
    return frame.with_columns(
        pl.when(~pl.Series(empty[:, place])).then(pl.col(column)).alias(column) for place, column in enumerate(columns)
    )
