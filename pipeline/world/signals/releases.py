"""From sums of flows to published statistics: earlier months, noise of counting, releases and revisions."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, Span, in_seconds
from pipeline.world.randomness import Floats, between, stream
from pipeline.world.scenario.signals import Reporter, Statistics

CELL = ("flow", "reporter", "partner", "hs", "month")
_PAIR = ("exporter", "importer", "hs")
_PERIOD = ("reporter", "span", "month")


def released(seed: int, scenario: Statistics, span: Span, sums: pl.DataFrame) -> pl.DataFrame:
    """The table trade_stat (without quantity and unit, which no reporter gives) from the sums of `Flows`.

    Months before the world are drawn from its own months, pair of countries by pair, both sides together, so that the
    gaps of the past are like those of the present. Exports are FOB: the value at the importer's border over the
    corridor's factor. Rows known at or after the end of the span are left out.
    """
    first, last = _months(span)
    world = sums.filter(pl.col("month").is_between(first, last - 1))
    counted = _counted(seed, scenario, pl.concat([_history(seed, scenario, world, first, last), world]).sort(CELL))
    begin = first - scenario.history_months
    monthly = counted.with_columns(span=pl.lit("month"))
    yearly = _years(counted, begin, last)
    versions = _versions(seed, scenario, pl.concat([monthly, yearly.select(monthly.columns)]))
    year, month = pl.col("month") // 12, pl.col("month") % 12 + 1
    return (
        versions.filter(pl.col("known_at") < span.end)
        .select(
            "reporter",
            "partner",
            "flow",
            "hs",
            pl.date(year, month, 1).alias("period"),
            "span",
            "value_usd",
            pl.when(pl.col("flow") == "import").then(pl.lit("CIF")).otherwise(pl.lit("FOB")).alias("valuation"),
            "net_kg",
            "known_at",
        )
        .sort("known_at", "reporter", "partner", "flow", "hs", "period", "span")
    )


def _months(span: Span) -> tuple[int, int]:
    """The months of the world, the last exclusive, counted from year 0; a month in part is none."""
    start, end = pl.from_epoch(pl.Series([span.start, span.end]), time_unit="us").to_list()
    whole = int((start.day, start.hour, start.minute, start.second) > (1, 0, 0, 0))
    return start.year * 12 + start.month - 1 + whole, end.year * 12 + end.month - 1


def _with_pair(cells: pl.DataFrame) -> pl.DataFrame:
    coming = pl.col("flow") == "import"
    return cells.with_columns(
        exporter=pl.when(coming).then("partner").otherwise("reporter"),
        importer=pl.when(coming).then("reporter").otherwise("partner"),
    )


def _history(seed: int, scenario: Statistics, world: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Cells before `first`: each month of a pair is one of its months in the world, near in season, times a factor."""
    months = last - first
    pairs = _with_pair(world).select(_PAIR).unique().sort(_PAIR)
    if not months or not pairs.height:
        return world.clear()
    past = pl.DataFrame({"past": pl.Series(range(first - scenario.history_months, first), dtype=pl.Int32)})
    wanted = pairs.join(past, how="cross")
    generator = stream(seed, "statistics history")
    near = scenario.season_months
    shift = generator.integers(-near, near + 1, wanted.height)
    source = first + (wanted["past"].to_numpy() + shift - first) % months
    wanted = wanted.with_columns(
        month=pl.Series(source, dtype=pl.Int32),
        factor=pl.Series(np.exp(generator.normal(0, scenario.history_spread, wanted.height))),
    )
    return (
        _with_pair(world)
        .join(wanted, on=[*_PAIR, "month"], how="inner")
        .with_columns(
            month=pl.col("past"),
            **{name: (pl.col(name) * pl.col("factor")).round().cast(pl.Int64) for name in ("grams", "cents")},
        )
        .select(world.columns)
    )


def _counted(seed: int, scenario: Statistics, cells: pl.DataFrame) -> pl.DataFrame:
    """The cells, in their order, with value_usd and net_kg as finally counted; the mass of some is confidential."""
    factors = _corridors(seed, scenario, cells)
    generator = stream(seed, "statistics cell")
    count = cells.height
    kg = _of_reporter(scenario, cells, "kg_spread") * generator.standard_normal(count)
    value = _of_reporter(scenario, cells, "value_spread") * generator.standard_normal(count)
    shown = generator.random(count) >= scenario.suppressed
    # Left joins keep the order of the cells, to which the draws belong.
    factor = _with_pair(cells).join(factors, on=["exporter", "importer"], how="left", maintain_order="left")["factor"]
    valued = np.where((cells["flow"] == "export").to_numpy(), factor.to_numpy(), 1.0)
    net_kg = cells["grams"].to_numpy() / 1000 * np.exp(kg)
    return cells.select(
        *CELL,
        value_usd=pl.Series(cells["cents"].to_numpy() / 100 / valued * np.exp(value)),
        net_kg=pl.Series(np.where(shown, net_kg, np.nan), nan_to_null=True),
    )


def _corridors(seed: int, scenario: Statistics, cells: pl.DataFrame) -> pl.DataFrame:
    """exporter, importer and the ratio of the value at the importer's border to that at the exporter's."""
    corridors = _with_pair(cells).select("exporter", "importer").unique().sort("exporter", "importer")
    draws = stream(seed, "statistics corridor").normal(0, scenario.corridor_spread, corridors.height)
    return corridors.with_columns(factor=pl.Series(1 + (scenario.cif_over_fob - 1) * np.exp(draws)))


def _of_reporter(scenario: Statistics, cells: pl.DataFrame, field: str) -> Floats:
    known = {country: float(getattr(reporter, field)) for country, reporter in scenario.reporters.items()}
    return cells["reporter"].replace_strict(known, return_dtype=pl.Float64).to_numpy()


def _years(counted: pl.DataFrame, begin: int, last: int) -> pl.DataFrame:
    """Cells of whole calendar years; the mass of a year is confidential where that of one of its months is."""
    year = pl.col("month") // 12 * 12
    known_kg = pl.when(pl.col("net_kg").null_count() == 0).then(pl.col("net_kg").sum())
    return (
        counted.filter((year >= begin) & (year + 12 <= last))
        .group_by([*CELL[:-1], year.alias("month")], maintain_order=True)
        .agg(pl.col("value_usd").sum(), known_kg.alias("net_kg"))
        .sort(CELL)
        .with_columns(span=pl.lit("year"))
    )


def _versions(seed: int, scenario: Statistics, cells: pl.DataFrame) -> pl.DataFrame:
    """A row per release of a cell, with known_at: one to three, of which the last holds what was finally counted."""
    generator = stream(seed, "statistics version")
    count = cells.height
    late = generator.random(count) < _of_reporter(scenario, cells, "late")
    revised = late | (generator.random(count) < _of_reporter(scenario, cells, "revised"))
    again = revised & (generator.random(count) < scenario.second_revision)
    last = revised.astype(np.int64) + again
    spread = _of_reporter(scenario, cells, "provisional_spread")
    dated = cells.join(_release_days(seed, scenario, cells), on=_PERIOD, how="left", maintain_order="left")
    releases = []
    for number in range(3):
        off = np.exp(spread * np.maximum(last - number, 0)[None, :] * generator.standard_normal((2, count)))
        published = (number <= last) & ~(late & (number == 0))
        releases.append(
            dated.with_columns(
                value_usd=(pl.col("value_usd") * pl.Series(off[0])).round(),
                net_kg=(pl.col("net_kg") * pl.Series(off[1])).round(),
                known_at=pl.col(f"release_{number}"),
            ).filter(pl.Series(published))
        )
    return pl.concat(releases)


def _release_days(seed: int, scenario: Statistics, cells: pl.DataFrame) -> pl.DataFrame:
    """By reporter, span and month (of the first day): the instants of three releases, the same for all cells."""
    periods = cells.select(_PERIOD).unique().sort(_PERIOD)
    generator = stream(seed, "statistics release")
    yearly = (periods["span"] == "year").to_numpy()
    count = periods.height
    ends = (
        periods.select((pl.col("month") + pl.when(pl.col("span") == "year").then(12).otherwise(1)).alias("month"))
        .select(pl.datetime(pl.col("month") // 12, pl.col("month") % 12 + 1, 1).dt.epoch("us"))
        .to_series()
    )
    low, high = (_published(scenario, periods, end) for end in (0, 1))
    monthly_days = low + (high - low) * generator.random(count)
    days = np.where(yearly, between(generator, scenario.yearly_days, count), monthly_days)
    first = ends.to_numpy() + in_seconds(np.floor(days), DAY) + 6 * HOUR
    second, third = (in_seconds(np.ceil(between(generator, scenario.revision_days, count)), DAY) for _ in range(2))
    return periods.with_columns(
        release_0=pl.Series(first), release_1=pl.Series(first + second), release_2=pl.Series(first + second + third)
    )


def _published(scenario: Statistics, periods: pl.DataFrame, end: int) -> Floats:
    def days(reporter: Reporter) -> float:
        return reporter.published_days[end]

    known = {country: days(reporter) for country, reporter in scenario.reporters.items()}
    return periods["reporter"].replace_strict(known, return_dtype=pl.Float64).to_numpy()
