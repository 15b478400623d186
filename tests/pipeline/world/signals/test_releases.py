"""Published statistics: the past, the noise of counting, releases and revisions."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from signal_frames import SPAN, shipped

from pipeline.world.calendar import DAY, Span, world_span
from pipeline.world.scenario.signals import Statistics
from pipeline.world.signals.releases import CELL, released

SHIPPED = shipped().statistics
KEY = ["reporter", "partner", "flow", "hs", "period", "span"]
QUIET = {"kg_spread": 0.0, "value_spread": 0.0, "provisional_spread": 0.0, "late": 0.0}


def quiet(**values: object) -> Statistics:
    """The shipped numbers without noise."""
    reporters = {name: one.model_copy(update=QUIET) for name, one in SHIPPED.reporters.items()}
    calm = {"reporters": reporters, "corridor_spread": 0.0, "history_spread": 0.0, "suppressed": 0.0}
    return SHIPPED.model_copy(update=calm | values)


def sums(goods: int = 3, months: int = 12) -> pl.DataFrame:
    """Both sides of `goods` tariff lines from Russia to Japan, every month, a tonne and 1060 USD more each month."""
    month = np.tile(np.arange(months), goods)
    hs = np.repeat([f"{440300 + number}" for number in range(goods)], months)
    one = pl.DataFrame({"hs": hs, "month": pl.Series(2025 * 12 - months + month, dtype=pl.Int32)}).with_columns(
        grams=pl.Series((month + 1) * 1_000_000), cents=pl.Series((month + 1) * 106_000)
    )
    told = [
        one.select(
            pl.lit(flow).alias("flow"),
            pl.lit(reporter).alias("reporter"),
            pl.lit(partner).alias("partner"),
            *CELL[3:],
            "grams",
            "cents",
        )
        for flow, reporter, partner in (("import", "JP", "RU"), ("export", "RU", "JP"))
    ]
    return pl.concat(told).sort(CELL)


def test_versions_are_later_rows_of_one_key_and_nothing_is_known_after_the_end() -> None:
    table = released(7, SHIPPED, SPAN, sums(40))
    assert not table.select(*KEY, "known_at").is_duplicated().any()
    versions = table.group_by(KEY).len()["len"]
    assert versions.min() == 1
    assert versions.max() == 3
    assert table["known_at"].max() < SPAN.end
    assert table["known_at"].is_sorted()


def test_a_month_is_published_within_the_reporters_days_and_all_its_cells_together() -> None:
    first = released(7, quiet(), SPAN, sums()).filter(span="month").group_by(KEY).agg(pl.col("known_at").min())
    days = first.select(
        "reporter",
        "period",
        "known_at",
        lag=(pl.col("known_at") - pl.col("period").dt.offset_by("1mo").cast(pl.Datetime).dt.epoch("us")) / DAY,
    )
    for reporter, low, high in days.group_by("reporter").agg(pl.min("lag"), pl.max("lag").alias("most")).rows():
        wanted = SHIPPED.reporters[reporter].published_days
        assert wanted[0] <= low <= high <= wanted[1] + 1
    assert days.group_by("reporter", "period").agg(pl.col("known_at").n_unique())["known_at"].max() == 1


def test_a_world_without_noise_is_published_as_counted() -> None:
    table = released(7, quiet(), SPAN, sums()).filter(period=date(2024, 3, 1), span="month")
    assert set(table.select("flow", "valuation", "value_usd", "net_kg").rows()) == {
        ("import", "CIF", 3180.0, 3000.0),
        ("export", "FOB", 3000.0, 3000.0),
    }


def test_the_last_release_holds_what_was_finally_counted_and_the_first_is_off() -> None:
    noisy = {
        name: one.model_copy(update=QUIET | {"provisional_spread": 0.2}) for name, one in SHIPPED.reporters.items()
    }
    table = released(7, quiet(reporters=noisy), SPAN, sums(60)).filter(pl.col("period") == date(2024, 2, 1))
    exact = 2120.0
    versions = table.filter(flow="import", span="month").sort("known_at").group_by(KEY).agg("value_usd")["value_usd"]
    revised = [values for values in versions.to_list() if len(values) > 1]
    assert all(values[-1] == exact for values in versions.to_list())
    assert revised
    assert all(values[0] != exact for values in revised)


def test_the_past_is_drawn_from_the_same_months_of_the_world_both_sides_together() -> None:
    table = released(7, quiet(season_months=1), SPAN, sums(30)).filter(span="month")
    before = table.filter(pl.col("period") < date(2024, 1, 1)).unique([*KEY, "value_usd"])
    assert before["period"].unique().sort().to_list() == [date(2023, month, 1) for month in range(1, 13)]
    tonnes = before.pivot("flow", index=["hs", "period"], values="net_kg", aggregate_function="first")
    assert tonnes["import"].equals(tonnes["export"].rename("import"))
    spring = set(before.filter(period=date(2023, 3, 1))["net_kg"])
    assert spring == {2000.0, 3000.0, 4000.0}


def test_a_year_is_the_sum_of_its_months_once_it_is_over() -> None:
    table = released(7, quiet(), SPAN, sums())
    years = table.filter(span="year").unique(KEY)
    assert years["period"].unique().to_list() == [date(2023, 1, 1)]
    months = table.filter(pl.col("span") == "month", pl.col("period").dt.year() == 2023).unique(KEY)
    total = months.group_by("flow", "hs").agg(pl.col("net_kg").sum()).sort("flow", "hs")
    assert years.sort("flow", "hs")["net_kg"].to_list() == pytest.approx(total["net_kg"].to_list())


def test_confidential_cells_have_no_mass_in_the_stated_share() -> None:
    table = released(7, quiet(suppressed=0.3), SPAN, sums(200)).filter(span="month").unique(KEY)
    assert table["net_kg"].null_count() / table.height == pytest.approx(0.3, abs=0.03)
    assert table["value_usd"].null_count() == 0


def test_equal_seeds_give_equal_tables_and_others_do_not() -> None:
    assert released(7, SHIPPED, SPAN, sums()).equals(released(7, SHIPPED, SPAN, sums()))
    assert not released(7, SHIPPED, SPAN, sums()).equals(released(8, SHIPPED, SPAN, sums()))


def test_a_short_world_has_a_past_too() -> None:
    span = world_span(3)
    table = released(7, SHIPPED, span, sums(5, months=3))
    assert table["period"].min() == date(2023, 10, 1)
    assert table.filter(span="year").height == 0


def test_a_world_of_less_than_a_month_publishes_nothing() -> None:
    assert released(7, SHIPPED, Span(SPAN.end - 5 * DAY, SPAN.end), sums()).height == 0
