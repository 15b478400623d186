"""Licences for strategic goods: which firms hold them, for which goods, how much and how long."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span, in_seconds
from pipeline.world.randomness import Booleans, Integers, between, stream
from pipeline.world.scenario.signals import Licences, Split


def licences(seed: int, scenario: Licences, firm_rows: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Versions of the table strategic_licence, for firms of the lane in the scenario's roles; instants in microseconds.

    A firm that holds licences has one after another, with a gap now and then, from before the world (or from when it
    is first active) until its end. Rogue and shell firms have them less often, and for fewer of the goods.
    """
    generator = stream(seed, "licence")
    firms = firm_rows.filter((pl.col("lane") == scenario.lane) & pl.col("role").is_in(list(scenario.roles)))
    offends = firms.select(pl.col("rogue") | pl.col("shell")).to_series().to_numpy()
    holds = _happens(generator, scenario.covered, offends)
    firm, begins, ends = _periods(generator, scenario, firms["active_from"].to_numpy(), np.flatnonzero(holds), span)
    bad = offends[firm]
    count = len(firm)
    low, high = scenario.quantity_kg
    kg = low * (high / low) ** generator.random(count)
    stated = generator.random(count) < scenario.quantity_stated
    known = begins + in_seconds(between(generator, scenario.known_days, count), DAY)
    later = known + in_seconds(generator.uniform(1, scenario.valid_days[0], count), DAY)
    first = pl.DataFrame(
        {
            "place": np.arange(count),
            "holder_id": firms["party_id"].gather(firm),
            "end_user_id": _end_users(generator, scenario, firms["party_id"], firm, offends),
            "quantity_kg": pl.Series(np.where(stated, np.round(kg, -1), np.nan), nan_to_null=True),
            "valid_from": begins,
            "valid_to": ends,
            "known_at": known,
            "later": later,
            "amended": generator.random(count) < scenario.amended,
            "revoked": _happens(generator, scenario.revoked, bad),
            "withdrawn": pl.repeat(False, count, eager=True),
        }
    )
    goods = _goods(generator, scenario, bad)
    numbered = (
        first.join(goods, on="place", how="inner", maintain_order="left")
        .sort("valid_from", "holder_id")
        .with_row_index("number", offset=1)
        .with_columns(licence_id=pl.format("L{}", pl.col("number").cast(pl.String).str.zfill(6)))
        .drop("place", "number")
    )
    return _versions(numbered)


def _happens(generator: np.random.Generator, share: Split, offends: Booleans) -> Booleans:
    return np.asarray(generator.random(len(offends)) < np.where(offends, share.offends, share.honest))


def _periods(
    generator: np.random.Generator, scenario: Licences, active_from: Integers, holders: Integers, span: Span
) -> tuple[Integers, Integers, Integers]:
    """Firm, first instant and end (exclusive) of each licence of `holders`, firm by firm in time order."""
    shortest, longest = scenario.valid_days
    most = int((span.end - span.start) / DAY / shortest + longest / shortest) + 2
    shape = (len(holders), most)
    lengths = in_seconds(np.floor(generator.uniform(shortest, longest, shape)), DAY)
    lapses = in_seconds(np.floor(generator.uniform(*scenario.lapse_days, shape)), DAY)
    lapses[generator.random(shape) < scenario.renewed] = 0
    ago = span.start - in_seconds(np.floor(generator.uniform(0, longest, len(holders))), DAY)
    start = np.maximum(active_from[holders] // DAY * DAY, ago)
    ends = start[:, None] + np.cumsum(lengths + lapses, axis=1) - lapses
    begins = ends - lengths
    kept = begins < span.end
    return np.repeat(holders, most).reshape(shape)[kept], begins[kept], ends[kept]


def _end_users(
    generator: np.random.Generator, scenario: Licences, ids: pl.Series, firm: Integers, offends: Booleans
) -> pl.Series:
    """The end user of each licence: the holder, another honest firm of the lane, or null where it states none."""
    count = len(firm)
    honest = np.flatnonzero(~offends)
    drawn = honest[generator.integers(0, len(honest), count)] if len(honest) else firm
    own = generator.random(count) < scenario.own_end_user
    stated = generator.random(count) < scenario.end_user_stated
    users = ids.gather(np.where(own, firm, drawn))
    return pl.select(pl.when(pl.Series(stated)).then(users)).to_series()


def _goods(generator: np.random.Generator, scenario: Licences, bad: Booleans) -> pl.DataFrame:
    """By place the codes of each licence (hs6); a licence for nothing is none."""
    share = np.where(bad, scenario.code_covered.offends, scenario.code_covered.honest)
    place, code = np.nonzero(generator.random((len(bad), len(scenario.codes))) < share[:, None])
    listed = pl.DataFrame({"place": place, "hs6": pl.Series(scenario.codes, dtype=pl.String).gather(code)})
    return listed.group_by("place", maintain_order=True).agg("hs6")


def _versions(first: pl.DataFrame) -> pl.DataFrame:
    """The licences as granted, as amended (half as much again) and as revoked; those revoked are not amended."""
    revoked = first.filter("revoked").with_columns(known_at=pl.col("later"), withdrawn=pl.lit(True))
    amended = first.filter(pl.col("amended") & ~pl.col("revoked") & pl.col("quantity_kg").is_not_null()).with_columns(
        known_at=pl.col("later"), quantity_kg=pl.col("quantity_kg") * 1.5
    )
    versions = pl.concat([first, amended, revoked]).drop("later", "amended", "revoked")
    return versions.sort("known_at", "licence_id")
