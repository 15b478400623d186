"""Closed seasons (MR-37): days of the catch that papers state inside a closure of the species and sea area.

A closure that names no species closes a place, which papers do not tell of: it is left out. A paper names the FAO area
only, so a closure of a part of it may or may not have been fished: a sign to ask, no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from features.asked import Asked
from features.catalogue import Indicator
from features.catch_evidence import paper_rows
from features.options import Options

LONGEST = 366  # days; a catch that took longer is a slip of the date
_DAY = timedelta(days=1)
_SCHEMA = {"species": pl.String(), "catch_area": pl.String(), "begins": pl.Date(), "ends": pl.Date()}


def closed_periods(closures: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """When each species is closed in each area named, between two days: species, catch_area, `begins`, `ends`.

    Periods of a species and area are merged, so that no day counts twice; `ends` is the first day after. A closure
    without an area holds everywhere: it has `catch_area` null, and its periods are among those of every area too.
    """
    named = closures.drop_nulls("species")
    periods: dict[tuple[str, str | None], list[tuple[date, date]]] = {
        place: [] for place in named.select("species", "fao_area").iter_rows()
    }
    for row in named.iter_rows(named=True):
        start, end = max(row["valid_from"] or first, first), min(row["valid_to"] or last + _DAY, last + _DAY)
        for begins, ends in _seasons(row["season_from"], row["season_to"], start, end):
            if max(begins, start) < min(ends, end):
                periods[row["species"], row["fao_area"]].append((max(begins, start), min(ends, end)))
    for (species, area), listed in periods.items():
        if area is not None:
            listed += periods.get((species, None), [])
    merged = [(*place, *period) for place, listed in sorted(periods.items(), key=str) for period in _merged(listed)]
    return pl.DataFrame(merged, schema=_SCHEMA, orient="row")


def _seasons(start: str | None, end: str | None, first: date, last: date) -> Iterator[tuple[date, date]]:
    """The closed parts of the years from the one before `first` on; the whole time where no season is named."""
    if start is None or end is None:
        yield first, last
        return
    for year in range(first.year - 1, last.year + 1):
        # A season that ends at its own day of the year, or before it, runs into the next year.
        yield date.fromisoformat(f"{year}-{start}"), date.fromisoformat(f"{year + (end <= start)}-{end}")


def _merged(periods: list[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    begins, ends = None, None
    for start, end in sorted(periods):
        if begins is None or ends is None or start > ends:
            if begins is not None and ends is not None:
                yield begins, ends
            begins, ends = start, end
        else:
            ends = max(ends, end)
    if begins is not None and ends is not None:
        yield begins, ends


def closures(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the greatest share of a paper line's days of catch that lie in a closure of its species and area.

    Null where no line names a species, a possible span of days, and an area where the closures of the species need one;
    also where no closure of any species is known at all.
    """
    everyone = asked.questions.with_row_index("question").select("question")
    lines = _catches(asked)
    first, last = lines["begins"].min(), lines["ends"].max()
    known = options.closed_seasons.drop_nulls("species")
    if not known.height or not isinstance(first, date) or not isinstance(last, date):
        nothing = {"closed_season_share": pl.lit(None, pl.Float64), **dict.fromkeys(_FACTS, pl.lit(None, pl.String))}
        return everyone.with_columns(**nothing).drop("question")
    periods = closed_periods(known, first, last)
    areas = known.drop_nulls("fao_area").select("species", catch_area="fao_area").unique()
    own_area = lines.join(periods, on=["species", "catch_area"], suffix="_closed")
    elsewhere = lines.join(areas, on=["species", "catch_area"], how="anti")
    anywhere = periods.filter(pl.col("catch_area").is_null()).drop("catch_area")
    other_area = elsewhere.join(anywhere, on="species", suffix="_closed").select(own_area.columns)
    closed = _closed_days(pl.concat([own_area, other_area]))
    needs_area = lines.filter(pl.col("catch_area").is_null()).join(areas, on="species", how="semi")
    told = lines.join(closed, on="line", how="left").join(
        needs_area.select("line", unknown=pl.lit(True)), on="line", how="left"
    )
    share = pl.col("closed_days").fill_null(0) / (pl.col("ends") - pl.col("begins")).dt.total_days()
    speaking = (
        told.filter(pl.col("unknown").is_null() | (pl.col("closed_days") > 0))
        .with_columns(share=share)
        .sort("question", "share", "document_id", "line_no", descending=[False, True, False, False])
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            closed_season_share="share",
            closed_species="species",
            closed_area=pl.col("catch_area").fill_null("not stated"),
            closed_catch=pl.format("{} to {}", "begins", pl.col("ends") - pl.duration(days=1)),
        )
    )
    return everyone.join(speaking, on="question", how="left", maintain_order="left").drop("question")


_FACTS = ("closed_species", "closed_area", "closed_catch")


def _catches(asked: Asked) -> pl.DataFrame:
    """Lines of papers with species and days of catch: `line`, question, `begins`, and `ends`, the first day after."""
    columns = ("document_id", "line_no", "species", "catch_area")
    told = asked.of_lines(*columns, "catch_from", "catch_to").drop_nulls("species")
    begins, last = pl.col("catch_from").dt.date(), pl.col("catch_to").dt.date()
    lines = told.select("question", *columns, begins=begins, ends=last + pl.duration(days=1))
    days = (pl.col("ends") - pl.col("begins")).dt.total_days()
    return lines.filter(days > 0, days <= LONGEST).with_row_index("line")


def _closed_days(pairs: pl.DataFrame) -> pl.DataFrame:
    begins = pl.max_horizontal("begins", "begins_closed")
    days = (pl.min_horizontal("ends", "ends_closed") - begins).dt.total_days().clip(0)
    return pairs.group_by("line").agg(closed_days=days.sum())


def closure_indicators() -> list[Indicator]:
    """MR-37."""
    return [
        Indicator(
            name="closed_season_share",
            meaning="Share of the days of catch on a paper that lie in a closed season of the species and FAO area; of "
            "several lines the greatest. Closures of a part of an area count, closures of places without a species do "
            "not.",
            unit="share",
            officer="{closed_species} caught from {closed_catch} in area {closed_area}: {value:.0%} of these days are "
            "closed there or in a part of it.",
            check="Ask in which subarea it was caught; compare the vessel's positions with the closure.",
            reads=("consignment", "document", "document_line"),
            evidence=paper_rows,
            direction=1,
            compared=_FACTS,
            code="MR-37",
        )
    ]
