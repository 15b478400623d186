"""The tables brand, brand_spec, brand_channel and parallel_import_regime, in versions as they become known."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, SECOND, Span, in_seconds
from pipeline.world.firms.brands import Brands
from pipeline.world.firms.firms import Firms
from pipeline.world.randomness import Floats, Integers, between, stream
from pipeline.world.scenario.brands import BrandsOfWorld


def brand_table(seed: int, scenario: BrandsOfWorld, brands: Brands, span: Span) -> pl.DataFrame:
    """brand_id, name, holder, home_country, production_countries, hs4, known_at.

    A second version where a factory is stated late.
    """
    generator, record = stream(seed, "brand", 1), scenario.record
    known = _recorded(seed, scenario, brands, span)
    count = brands.marks.height
    headings = pl.col("hs6").list.eval(pl.element().str.slice(0, 4)).list.unique(maintain_order=True)
    whole = brands.marks.select(
        "brand_id", "name", "holder", home_country="home", production_countries="production", hs4=headings
    ).with_columns(known_at=known)
    late = (pl.col("production_countries").list.len() > 1) & pl.Series(generator.random(count) < record.late_factory)
    begins = np.maximum(known.to_numpy(), span.start) + SECOND
    stated = begins + in_seconds(generator.random(count) * _days_left(begins, span), DAY)
    short = pl.col("production_countries").list.head(pl.col("production_countries").list.len() - 1)
    first = whole.with_columns(production_countries=pl.when(late).then(short).otherwise("production_countries"))
    second = whole.with_columns(known_at=pl.Series(stated)).filter(late)
    return pl.concat([first, second]).sort("brand_id", "known_at")


def brand_spec_table(seed: int, scenario: BrandsOfWorld, brands: Brands, span: Span) -> pl.DataFrame:
    """brand_id, model, hs6, unit_kg, unit_usd_low, unit_usd_high, known_at; a second version where prices are revised.

    Some models are not stated at all, some without mass or prices.
    """
    generator, spec = stream(seed, "brand_spec"), scenario.models
    known = _recorded(seed, scenario, brands, span).to_numpy()[brands.models["mark"].to_numpy()]
    count = brands.models.height
    lag = in_seconds(between(generator, spec.stated_days, count), DAY)
    draws = generator.random((count, 5))
    low, high = spec.stated_range
    priced = pl.Series(draws[:, 2] < spec.stated_price)
    frame = brands.models.with_columns(
        brand_id=brands.marks["brand_id"].gather(brands.models["mark"]),
        unit_kg=pl.when(pl.Series(draws[:, 1] < spec.stated_mass)).then("unit_kg"),
        usd=pl.when(priced).then("usd"),
        known_at=pl.Series(known + lag),
    )
    begins = np.maximum(known + lag, span.start) + SECOND
    later = begins + in_seconds(draws[:, 4] * _days_left(begins, span), DAY)
    revised = frame.with_columns(
        usd=pl.col("usd") * pl.Series(between(generator, spec.revised_factor, count)), known_at=pl.Series(later)
    ).filter(pl.Series(draws[:, 3] < spec.revised) & priced & pl.Series(draws[:, 0] < spec.stated))
    stated = frame.filter(pl.Series(draws[:, 0] < spec.stated))
    return (
        pl.concat([stated, revised])
        .select(
            "brand_id",
            "model",
            "hs6",
            "unit_kg",
            unit_usd_low=(pl.col("usd") * (1 - low)).round(2),
            unit_usd_high=(pl.col("usd") * (1 + high)).round(2),
            known_at="known_at",
        )
        .sort("brand_id", "model", "known_at")
    )


def brand_channel_table(seed: int, scenario: BrandsOfWorld, brands: Brands, firms: Firms) -> pl.DataFrame:
    """brand_id, party_id, territory, route, valid_from, valid_to, known_at; a second version where it is withdrawn."""
    generator, channels = stream(seed, "brand_channel"), scenario.channels
    rows = brands.authorised
    grants = rows["grant"].to_numpy()
    lags = in_seconds(generator.exponential(channels.known_days, (int(grants.max(initial=0)) + 1, 2)).ravel(), DAY)
    known, ended = lags.reshape(-1, 2)[grants].T
    frame = rows.select(
        brands.marks["brand_id"].gather(rows["mark"]).alias("brand_id"),
        firms.rows["party_id"].gather(rows["party"]).alias("party_id"),
        pl.lit(scenario.territory).alias("territory"),
        "route",
        "valid_from",
        "valid_to",
        known_at=pl.col("valid_from") + pl.Series(known),
        end_told=pl.col("valid_to") + pl.Series(ended),
    )
    first = frame.with_columns(valid_to=pl.lit(None, dtype=pl.Int64))
    end_told = pl.max_horizontal("end_told", pl.col("known_at") + SECOND)
    second = frame.filter(pl.col("valid_to").is_not_null()).with_columns(known_at=end_told)
    versions = pl.concat([first, second]).drop("end_told")
    return versions.sort("brand_id", "party_id", "valid_from", pl.col("route").list.join(" "), "known_at")


def regime_table(seed: int, scenario: BrandsOfWorld, brands: Brands) -> pl.DataFrame:
    """regime_id, brand_id, hs_prefix, territory, regime, legal_basis, valid_from, valid_to, known_at.

    A row that a later one of its mark takes the place of has a second version, with valid_to, from the day on which
    the later one is published.
    """
    generator = stream(seed, "parallel_import_regime")
    rows = brands.regimes.sort("mark", "valid_from")
    numbers = (generator.permutation(rows.height) + 1).tolist()
    own_next = pl.col("valid_from", "published").shift(-1).over("mark")
    frame = rows.with_columns(own_next.name.prefix("next_")).select(
        pl.Series("regime_id", [f"R{number:03d}" for number in numbers]),
        brands.marks["brand_id"].gather(rows["mark"]).alias("brand_id"),
        pl.lit(None, dtype=pl.String).alias("hs_prefix"),
        pl.lit(scenario.territory).alias("territory"),
        "regime",
        pl.lit(scenario.regimes.legal_basis).alias("legal_basis"),
        "valid_from",
        pl.col("next_valid_from").alias("valid_to"),
        pl.col("published").alias("known_at"),
        "next_published",
    )
    first = frame.with_columns(valid_to=pl.lit(None, dtype=pl.Int64))
    second = frame.filter(pl.col("valid_to").is_not_null()).with_columns(known_at="next_published")
    return pl.concat([first, second]).drop("next_published").sort("regime_id", "known_at")


def _recorded(seed: int, scenario: BrandsOfWorld, brands: Brands, span: Span) -> pl.Series:
    """When each mark is recorded with the customs (microseconds)."""
    generator, record, count = stream(seed, "brand", 0), scenario.record, brands.marks.height
    before = span.start - in_seconds(between(generator, record.known_before_days, count), DAY)
    within = span.start + in_seconds(generator.random(count) * (span.end - span.start) / DAY, DAY)
    return pl.Series("known_at", np.where(generator.random(count) < record.recorded_within, within, before))


def _days_left(begins: Integers, span: Span) -> Floats:
    return np.asarray(np.maximum(span.end - begins, 0) / DAY, dtype=np.float64)
