"""Trade statistics of both sides: what each consignment adds to the cells of each reporter, and sums by cell.

A line adds up to four entries: the import at its destination as declared; the export of the country that
dispatched it; and, where that is not the country of its true origin, the export of the origin and the import of the
relay. Sums are of whole grams and cents, so that neither order nor chunks matter, and every choice belongs to the
number of the consignment (`keyed`).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span, in_seconds
from pipeline.world.keyed import keyed
from pipeline.world.randomness import Booleans, Floats, Integers
from pipeline.world.scenario.signals import OTHERS, Statistics
from pipeline.world.signals.releases import CELL, released


class Flows:
    """Sums by cell over all chunks. Its memory grows with the cells, not with the consignments."""

    def __init__(self, seed: int, scenario: Statistics, span: Span) -> None:
        self._seed = seed
        self._scenario = scenario
        self._span = span
        texts = dict.fromkeys(CELL[:-1], pl.String)
        self._sums = pl.DataFrame(schema={**texts, "month": pl.Int32, "grams": pl.Int64, "cents": pl.Int64})

    @property
    def sums(self) -> pl.DataFrame:
        """A row per cell, sorted: CELL (the month counted from year 0), grams, cents at the importer's border."""
        return self._sums

    def add(self, cases: pl.DataFrame, lines: pl.DataFrame) -> None:
        """Count a chunk (every chunk once, in any order): consignments, and lines with the `row` of theirs."""
        booked = _booked(self._seed, self._scenario, cases.filter(pl.col("regime") != "transit"))
        entries = _entries(self._scenario, lines.join(booked, on="row", how="inner"))
        self._sums = pl.concat([self._sums, entries]).group_by(CELL).agg(pl.col("grams", "cents").sum()).sort(CELL)

    def table(self) -> pl.DataFrame:
        """The table trade_stat: every release of every cell that is known before the world ends."""
        return released(self._seed, self._scenario, self._span, self._sums)


def _booked(seed: int, scenario: Statistics, cases: pl.DataFrame) -> pl.DataFrame:
    """By `row`: countries, months and choices that decide how a consignment stands in the books of both sides."""
    numbers = cases["number"].to_numpy()
    mechanism = cases["mechanism"].fill_null("honest")

    def happens(subject: str, share: float | Floats) -> pl.Series:
        return pl.Series(keyed(seed, f"statistics {subject}", numbers) < share, dtype=pl.Boolean)

    by_dispatch = {country: reporter.by_dispatch for country, reporter in scenario.reporters.items()}
    under_way = _under_way(seed, scenario, cases["mode"], numbers)
    exports = cases["regime"] == "export"
    declared = cases["declared"].to_numpy()
    recorded = happens("entry", 1 - _by_mechanism(scenario, mechanism, "unrecorded"))
    return cases.select(
        "row",
        reporter=pl.col("destination_country"),
        origin=pl.coalesce("origin_country", "true_origin_country"),
        true_origin=pl.coalesce("true_origin_country", "origin_country"),
        dispatch=pl.coalesce("dispatch_country", "true_origin_country", "origin_country"),
        exports=exports,
        comes=_month(declared + under_way * exports.to_numpy()),
        leaves=_month(declared - under_way * ~exports.to_numpy()),
        # A declaration is itself the record of the side on which it is lodged.
        comes_in=recorded | ~exports,
        goes_out=recorded | exports,
        as_declared=happens("amounts", _by_mechanism(scenario, mechanism, "as_declared")),
        by_dispatch=happens(
            "attribution",
            cases["destination_country"].replace_strict(by_dispatch, default=0.0, return_dtype=pl.Float64).to_numpy(),
        ),
        relay_counts=happens("relay", scenario.relay_recorded),
        last_known=happens("last destination", scenario.last_destination_known),
        swapped=mechanism.is_in(list(scenario.swapped_by)),
        elsewhere=_elsewhere(seed, scenario, numbers, mechanism.is_in(list(scenario.rerouted_by)).to_numpy()),
    )


def _by_mechanism(scenario: Statistics, mechanism: pl.Series, field: str) -> Floats:
    shares = {name: getattr(recording, field) for name, recording in scenario.recording.items()}
    return mechanism.replace_strict(shares, default=shares[OTHERS], return_dtype=pl.Float64).to_numpy()


def _under_way(seed: int, scenario: Statistics, mode: pl.Series, numbers: Integers) -> Integers:
    known = scenario.under_way_days
    low, high = (
        mode.replace_strict(
            {name: days[end] for name, days in known.items()}, default=known[OTHERS][end], return_dtype=pl.Float64
        ).to_numpy()
        for end in (0, 1)
    )
    return in_seconds(low + (high - low) * keyed(seed, "statistics under way", numbers), DAY)


def _elsewhere(seed: int, scenario: Statistics, numbers: Integers, rerouted: Booleans) -> pl.Series:
    """The country of destination that a rerouted consignment's export entry names, null for all others."""
    place = keyed(seed, "statistics elsewhere", numbers) * len(scenario.rerouted_to)
    index = pl.Series(np.where(rerouted, place.astype(np.int64), -1))
    return index.replace_strict(dict(enumerate(scenario.rerouted_to)), default=None, return_dtype=pl.String)


def _month(instants: Integers) -> pl.Expr:
    moment = pl.lit(pl.from_epoch(pl.Series(instants, dtype=pl.Int64), time_unit="us"))
    return moment.dt.year().cast(pl.Int32) * 12 + moment.dt.month().cast(pl.Int32) - 1


def _entries(scenario: Statistics, lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines add to cells of the reporters: flow, reporter, partner, hs, month, grams, cents."""
    grams, cents = _whole("net_kg", 1000), _whole("value_usd", 100)
    true_grams, true_cents = _whole("true_kg", 1000), _whole("true_usd", 100)
    true_hs = pl.when(pl.col("swapped")).then(pl.col("hs6").replace(scenario.swaps)).otherwise(pl.col("hs6"))

    def side(lodged: pl.Expr) -> dict[str, pl.Expr]:
        """The goods as the side counts them that lodged the declaration, where `lodged`, or by its own papers."""
        told = lodged | pl.col("as_declared")
        return {
            "hs": pl.when(lodged).then(pl.col("hs6")).otherwise(true_hs),
            "grams": pl.when(told).then(grams).otherwise(true_grams),
            "cents": pl.when(told).then(cents).otherwise(true_cents),
        }

    exports, relayed = pl.col("exports"), pl.col("true_origin") != pl.col("dispatch")
    incoming, outgoing = side(~exports), side(exports)
    partner = pl.when("by_dispatch").then("dispatch").otherwise("origin")
    towards = pl.coalesce("elsewhere", "reporter")
    first_goes, again = pl.col("goes_out"), pl.col("relay_counts")
    first_towards = pl.when("last_known").then("reporter").otherwise("dispatch")
    kinds = [
        ("import", "reporter", partner, "comes", incoming, pl.col("comes_in")),
        ("export", "dispatch", towards, "leaves", outgoing, pl.when(relayed).then(again).otherwise(first_goes)),
        ("export", "true_origin", first_towards, "leaves", outgoing, relayed & first_goes),
        ("import", "dispatch", pl.col("true_origin"), "leaves", outgoing, relayed & again),
    ]
    entries = [
        lines.filter(counted & pl.col(reporter).is_in(list(scenario.reporters))).select(
            pl.lit(flow).alias("flow"),
            pl.col(reporter).alias("reporter"),
            partner.alias("partner"),
            month=pl.col(month),
            **goods,
        )
        for flow, reporter, partner, month, goods, counted in kinds
    ]
    wanted = pl.col("partner").is_not_null() & (pl.col("partner") != pl.col("reporter"))
    return pl.concat(entries).filter(wanted).select(*CELL, "grams", "cents")


def _whole(column: str, unit: int) -> pl.Expr:
    return (pl.col(column) * unit).round().cast(pl.Int64)
