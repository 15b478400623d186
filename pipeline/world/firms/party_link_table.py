"""The table party_link: stated ties between firms, most of them innocent, and how they become known and end."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, SECOND, Span, in_seconds
from pipeline.world.firms.firms import Firms
from pipeline.world.firms.party_table import first_known
from pipeline.world.randomness import Booleans, Integers, between, stream
from pipeline.world.scenario.firms import FirmsOfWorld, Ties, TieShares


def party_link_table(seed: int, scenario: FirmsOfWorld, firms: Firms, span: Span) -> pl.DataFrame:
    """The versions of the table party_link; what becomes known after the end of the span is left in.

    Columns: party_id, other_id, kind, valid_from, valid_to, known_at (microseconds). A tie is known once both firms
    are; one that ends has a later version with valid_to, unless it ended before it was known.
    """
    rows = firms.rows
    ties = pl.concat(
        [
            _ties(stream(seed, "party_link", number), scenario.ties, shares, rows, span).with_columns(kind=pl.lit(kind))
            for number, (kind, shares) in enumerate(scenario.ties.kinds.items())
        ]
    )
    listed = first_known(seed, scenario, firms, span).to_numpy()
    versions = _versions(stream(seed, "party_link", len(scenario.ties.kinds)), scenario.ties, ties, listed)
    ids = rows["party_id"]
    return versions.select(
        ids.gather(versions["party"]).alias("party_id"),
        ids.gather(versions["other"]).alias("other_id"),
        "kind",
        "valid_from",
        "valid_to",
        "known_at",
    ).sort("party_id", "other_id", "kind", "valid_from", "known_at")


def _ties(
    generator: np.random.Generator, ties: Ties, shares: TieShares, rows: pl.DataFrame, span: Span
) -> pl.DataFrame:
    """party, other, valid_from of the ties of one kind, at most one per firm."""
    phoenix = pl.col("predecessor").is_not_null()
    share = pl.when(phoenix).then(shares.phoenix).when("rogue").then(shares.rogue).otherwise(shares.honest)
    tied = rows.filter(pl.Series(generator.random(rows.height) < rows.select(share).to_series().to_numpy()))
    likes_rogues = tied["rogue"].to_numpy() & (generator.random(tied.height) < ties.to_rogue)
    drawn = _others(generator, rows, tied, likes_rogues)
    other = tied["predecessor"].fill_null(pl.Series(drawn)).to_numpy()
    began = np.maximum(tied["founded"].to_numpy(), rows["founded"].to_numpy()[other])
    some_day = began + in_seconds(generator.random(tied.height) * (span.end - began) / DAY, DAY)
    soon = tied["active_from"].to_numpy() + in_seconds(between(generator, ties.from_days, tied.height), DAY)
    begins = np.where(tied["predecessor"].is_not_null().to_numpy(), np.maximum(soon, began), some_day)
    found = pl.DataFrame({"party": tied["party"], "other": other, "valid_from": begins})
    return found.filter(pl.col("party") != pl.col("other"))


def _others(generator: np.random.Generator, rows: pl.DataFrame, tied: pl.DataFrame, likes_rogues: Booleans) -> Integers:
    """Any firm of the same country, or any rogue of it; a firm that draws itself has no tie."""
    chance = generator.random(tied.height)
    other = tied["party"].to_numpy().copy()
    country = tied["country"].to_numpy()
    for (name,), group in rows.group_by("country", maintain_order=True):
        for wanted, pool in ((likes_rogues, group.filter("rogue")), (~likes_rogues, group)):
            mine = np.flatnonzero(wanted & (country == name))
            if pool.height:
                other[mine] = pool["party"].to_numpy()[(chance[mine] * pool.height).astype(np.int64)]
    return other


def _versions(generator: np.random.Generator, ties: Ties, drawn: pl.DataFrame, listed: Integers) -> pl.DataFrame:
    """The first version of each tie, and a second one where it ends after it was known."""
    count, begins = drawn.height, drawn["valid_from"].to_numpy()
    told = begins + in_seconds(generator.exponential(ties.known_days, count), DAY)
    known = np.maximum(told, np.maximum(listed[drawn["party"].to_numpy()], listed[drawn["other"].to_numpy()]))
    ends = begins + DAY + in_seconds(generator.exponential(ties.ended_days, count), DAY)
    ended = pl.Series(generator.random(count) < ties.ended)
    end_told = np.maximum(ends + in_seconds(generator.exponential(ties.ended_known_days, count), DAY), known + SECOND)
    frame = drawn.with_columns(
        ends=pl.Series(ends).set(~ended, None), known_at=pl.Series(known), end_told=pl.Series(end_told)
    )
    over = pl.col("ends") <= pl.col("known_at")
    first = frame.with_columns(valid_to=pl.when(over).then("ends"))
    second = frame.filter(pl.col("ends").is_not_null() & ~over).with_columns(valid_to="ends", known_at="end_told")
    return pl.concat([first, second]).drop("ends", "end_told")
