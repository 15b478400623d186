"""Watch lists: vessels listed for unlawful fishing, sanctions, detentions, lost radioactive sources."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span, in_seconds
from pipeline.world.randomness import Integers, between, stream
from pipeline.world.scenario.signals import IuuList, Listing, LostSources, Split, Watchlists

_KEY = ("list", "subject_kind", "subject", "listed_at")
_YEAR = 365.25 * DAY


def watchlist(
    seed: int, scenario: Watchlists, firm_rows: pl.DataFrame, hulls: pl.DataFrame, voyages: pl.DataFrame, span: Span
) -> pl.DataFrame:
    """Versions of the table watchlist: an entry when listed and again when taken off; instants in microseconds.

    On the list of vessels stand laundered hulls (listed before they changed their identity), vessels of offending
    voyages (listed well after them) and honest ones, listed under a former operator. Rogue firms, and hulls that
    lean to offend, stand on the other lists more often than the honest.
    """
    leaning = hulls.select((pl.col("leaning") > scenario.leaning_over) | pl.col("launders")).to_series()
    firms = firm_rows.select(subject="party_id", offends="rogue", since="active_from")
    ships = hulls.select(subject="vessel_id", offends=leaning, since=pl.lit(None, dtype=pl.Int64))
    lists = [
        _iuu(seed, scenario.iuu, hulls, voyages, span),
        _listed(seed, "sanctions", scenario.sanctions, firms.with_columns(subject_kind=pl.lit("party")), span),
        _listed(seed, "detentions", scenario.detentions, ships.with_columns(subject_kind=pl.lit("vessel")), span),
        _lost_sources(seed, scenario.lost_sources, span),
    ]
    return pl.concat(lists).sort("known_at", *_KEY)


def _iuu(seed: int, scenario: IuuList, hulls: pl.DataFrame, voyages: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The monthly list. A hull for which there is more than one reason is listed once, at the first."""
    generator = stream(seed, "watchlist iuu")
    fleet, trips = hulls.height, voyages.height
    hops = hulls["launders_from"].fill_null(0).to_numpy() - _days(generator, scenario.before_hop_days, fleet)
    hopped = (hulls["launders"] & hulls["launders_from"].is_not_null()).to_numpy()
    hopped &= generator.random(fleet) < scenario.before_hop
    chance = voyages["mechanism"].replace_strict(scenario.offence, default=0.0, return_dtype=pl.Float64).fill_null(0.0)
    caught = generator.random(trips) < chance.to_numpy()
    later = voyages["arrived"].to_numpy() + _days(generator, scenario.offence_days, trips)
    former = generator.random(fleet) < scenario.innocent
    earlier = span.start - _days(generator, scenario.earlier_days, fleet)
    entries = pl.concat(
        [
            hulls.select("hull", at=pl.Series(hops), offends=pl.lit(True)).filter(pl.Series(hopped)),
            voyages.select("hull", at=pl.Series(later), offends=pl.lit(True)).filter(pl.Series(caught)),
            hulls.select("hull", at=pl.Series(earlier), offends=pl.lit(False)).filter(pl.Series(former)),
        ]
    )
    listed = (
        entries.with_columns(listed_at=_update_before(pl.col("at"), scenario.update_day))
        .sort("hull", "at", "offends")
        .unique("hull", keep="first", maintain_order=True)
        .join(hulls.select("hull", "vessel_id"), on="hull", how="left", maintain_order="left")
        .select(
            pl.lit("iuu").alias("list"),
            pl.lit("vessel").alias("subject_kind"),
            pl.col("vessel_id").alias("subject"),
            "listed_at",
            pl.lit("unlawful, unreported or unregulated fishing").alias("reason"),
            "offends",
        )
    )
    return _versions(generator, listed, scenario.delisted, scenario.delisted_days, scenario.known_days)


def _update_before(at: pl.Expr, day: int) -> pl.Expr:
    """The last monthly update at or before an instant."""
    moment = pl.from_epoch(at, time_unit="us")
    return moment.dt.offset_by(f"-{day - 1}d").dt.truncate("1mo").dt.offset_by(f"{day - 1}d").dt.epoch("us")


def _listed(seed: int, name: str, scenario: Listing, subjects: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Entries on any day, of `subjects` (subject, subject_kind, offends, since); of none before it was there."""
    generator = stream(seed, f"watchlist {name}")
    count = subjects.height
    share = np.where(subjects["offends"].to_numpy(), scenario.named.offends, scenario.named.honest)
    named = generator.random(count) < share
    ago = span.start - _days(generator, scenario.earlier_days, count)
    within = span.start + in_seconds(generator.uniform(0, (span.end - span.start) / DAY, count), DAY)
    at = np.where(generator.random(count) < scenario.earlier, ago, within)
    reasons = pl.Series(scenario.reasons).gather(generator.integers(0, len(scenario.reasons), count))
    listed = subjects.select(
        pl.lit(name).alias("list"),
        "subject_kind",
        "subject",
        listed_at=pl.Series(at, dtype=pl.Int64),
        reason=reasons,
        offends="offends",
        wanted=pl.Series(named) & (pl.col("since").is_null() | (pl.Series(at) > pl.col("since"))),
    ).filter("wanted")
    return _versions(generator, listed.drop("wanted"), scenario.delisted, scenario.delisted_days, scenario.known_days)


def _lost_sources(seed: int, scenario: LostSources, span: Span) -> pl.DataFrame:
    """Sources lost in the world's time or in the year before it, by serial."""
    generator = stream(seed, "watchlist lost_sources")
    years = (span.end - span.start) / _YEAR + 1
    count = int(generator.poisson(scenario.yearly * years))
    kinds = pl.Series(scenario.kinds, dtype=pl.String).gather(generator.integers(0, len(scenario.kinds), count))
    serials = generator.choice(900_000, count, replace=False) + 100_000
    at = span.end - in_seconds(generator.uniform(0, years * _YEAR / DAY, count), DAY)
    listed = pl.DataFrame({"kind": kinds, "serial": serials, "listed_at": at}).select(
        pl.lit("lost_sources").alias("list"),
        pl.lit("source").alias("subject_kind"),
        pl.format("{}/{}", "kind", "serial").alias("subject"),
        "listed_at",
        pl.lit("lost or stolen").alias("reason"),
        pl.lit(False).alias("offends"),
    )
    recovered = Split(honest=scenario.recovered, offends=scenario.recovered)
    return _versions(generator, listed, recovered, scenario.recovered_days, scenario.known_days)


def _versions(
    generator: np.random.Generator,
    listed: pl.DataFrame,
    delisted: Split,
    delisted_days: tuple[float, float],
    known_days: tuple[float, float],
) -> pl.DataFrame:
    """A row per entry when it becomes known, and a second with delisted_at for a share that is taken off later."""
    count = listed.height
    share = np.where(listed["offends"].to_numpy(), delisted.offends, delisted.honest)
    off = generator.random(count) < share
    ends = listed["listed_at"].to_numpy() + _days(generator, delisted_days, count)
    known = listed["listed_at"].to_numpy() + _days(generator, known_days, count)
    # News of the end cannot overtake news of the beginning.
    known_off = np.maximum(ends, known) + _days(generator, known_days, count) + DAY
    first = listed.select(
        *_KEY,
        pl.lit(None, dtype=pl.Int64).alias("delisted_at"),
        "reason",
        pl.Series("known_at", known, dtype=pl.Int64),
    )
    second = first.with_columns(
        delisted_at=pl.Series(ends, dtype=pl.Int64), known_at=pl.Series(known_off, dtype=pl.Int64)
    ).filter(pl.Series(off, dtype=pl.Boolean))
    return pl.concat([first, second])


def _days(generator: np.random.Generator, span: tuple[float, float], count: int) -> Integers:
    return in_seconds(between(generator, span, count), DAY)
