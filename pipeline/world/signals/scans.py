"""Portal monitors: what their detectors count when a consignment passes, and a second passage at times."""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, SECOND, in_seconds
from pipeline.world.keyed import keyed
from pipeline.world.randomness import Booleans, Floats, Integers, between, stream
from pipeline.world.scenario.signals import Scans

_TONNE = 1000.0
# A portal's key is the office's checksum times this, plus the lane.
_LANES = 100


def scans(seed: int, scenario: Scans, chunk: int, cases: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The table radiation_scan of a chunk: cases between arrival and release at offices with portals; microseconds.

    Counts per second are those of a Poisson number of counts over the passage: the background of the portal on that
    day, less what the load keeps off, plus what natural goods, radiating scrap or a source add.
    """
    generator = stream(seed, "radiation_scan", chunk)
    passing = _passing(generator, scenario, cases).join(_loads(scenario, lines), on="row", how="left")
    passing = passing.with_columns(pl.col("tonnes", "natural_cps").fill_null(0.0), pl.col("scrap").fill_null(False))
    first = _shown(seed, generator, scenario, passing.sort("row"))
    lanes = _by_country(scenario, first, "lanes")
    shift = 1 + np.floor(generator.random(first.height) * (lanes - 1)).astype(np.int64)
    second = first.with_columns(
        at=pl.col("at") + pl.Series(in_seconds(between(generator, scenario.second_hours, first.height), HOUR)),
        lane=(pl.col("lane") + pl.Series(shift)) % pl.Series(lanes.astype(np.int64)),
    ).filter("again")
    both = pl.concat([first, second]).filter(pl.col("at") < pl.col("released")).sort("at", "row")
    count = both.height
    minutes = in_seconds(between(generator, scenario.known_minutes, count) / 60, HOUR)
    days = in_seconds(between(generator, scenario.late_days, count), DAY)
    lag = np.where(generator.random(count) < scenario.late, days, minutes)
    return both.with_row_index("serial", offset=1).select(
        pl.format("S{}-{}", pl.lit(f"{chunk:05d}"), pl.col("serial").cast(pl.String).str.zfill(5)).alias("scan_id"),
        "consignment_id",
        "at",
        **_counts(seed, generator, scenario, both),
        lane=(pl.col("lane") + 1).cast(pl.String),
        known_at=pl.col("at") + pl.Series(lag),
    )


def _passing(generator: np.random.Generator, scenario: Scans, cases: pl.DataFrame) -> pl.DataFrame:
    """The consignments that pass a portal, with `country` and `portal_office` (a number), `lane` (from 0) and `at`."""
    draws = generator.random((3, cases.height))
    offices = {office: zlib.crc32(office.encode()) for office in cases["office"].unique().to_list()}
    told = cases.select(
        "row",
        "consignment_id",
        "mechanism",
        "exporter",
        "arrived",
        "released",
        "mode",
        country=pl.col("office").str.head(2),
        portal_office=pl.col("office").replace_strict(offices, return_dtype=pl.Int64),
    )
    share, lanes = _by_country(scenario, told, "share"), _by_country(scenario, told, "lanes")
    waits = told["released"].cast(pl.Float64).fill_null(np.nan).to_numpy() - told["arrived"].cast(pl.Float64).to_numpy()
    passes = told["mode"].is_in(list(scenario.modes)).to_numpy() & (draws[0] < share) & (waits > 0)
    # Portals stand where goods leave the ship, so that most passages are early in the stay.
    after = in_seconds(np.where(passes, waits, 0) / SECOND * 0.7 * draws[1] ** 2, SECOND)
    return told.with_columns(
        at=pl.col("arrived") + pl.Series(after),
        lane=pl.Series(np.floor(draws[2] * lanes).astype(np.int64)),
    ).filter(pl.Series(passes, dtype=pl.Boolean))


def _by_country(scenario: Scans, told: pl.DataFrame, field: str) -> Floats:
    known = {country: float(getattr(portal, field)) for country, portal in scenario.portals.items()}
    return told["country"].replace_strict(known, default=0.0, return_dtype=pl.Float64).to_numpy()


def _background(scenario: Scans, told: pl.DataFrame, end: int) -> Floats:
    known = {country: portal.background_cps[end] for country, portal in scenario.portals.items()}
    return told["country"].replace_strict(known, return_dtype=pl.Float64).to_numpy()


def _loads(scenario: Scans, lines: pl.DataFrame) -> pl.DataFrame:
    """By `row`: tonnes, natural_cps of the goods (without spread), and whether there is scrap."""
    codes = lines["hs6"].unique().drop_nulls().sort().to_list()
    natural = {code: _longest(scenario.natural, code) for code in codes}
    scrap = [code for code in codes if code.startswith(scenario.scrap)]
    tonnes = pl.col("true_kg") / _TONNE
    return (
        lines.sort("row", "item_no")
        .group_by("row", maintain_order=True)
        .agg(
            tonnes=tonnes.sum(),
            natural_cps=(
                pl.col("hs6").replace_strict(natural, default=0.0, return_dtype=pl.Float64)
                * tonnes.pow(scenario.natural_power)
            ).sum(),
            scrap=pl.col("hs6").is_in(scrap).any(),
        )
    )


def _longest(by_prefix: dict[str, float], code: str) -> float:
    """The value of the longest prefix of the code, 0 where none is listed."""
    found = [prefix for prefix in by_prefix if code.startswith(prefix)]
    return by_prefix[max(found, key=len)] if found else 0.0


def _shown(seed: int, generator: np.random.Generator, scenario: Scans, passing: pl.DataFrame) -> pl.DataFrame:
    """The passing consignments with what they add and keep off: source_sigmas, shield, neutrons_cps, `again`."""
    count = passing.height
    mechanism = passing["mechanism"]

    def happens(field: str) -> Booleans:
        known = {name: getattr(symptom, field) for name, symptom in scenario.symptoms.items()}
        share = mechanism.replace_strict(known, default=known["honest"], return_dtype=pl.Float64)
        return np.asarray(generator.random(count) < share.fill_null(known["honest"]).to_numpy())

    firm = keyed(seed, "scrap exporter", passing["exporter"].fill_null(-1).to_numpy()) < scenario.scrap_firms
    radiates = passing["scrap"].to_numpy() & firm & (generator.random(count) < scenario.scrap_raised)
    # What is shielded does not show as raised.
    shielded = happens("shielded")
    raised = (happens("raised") | radiates) & ~shielded
    sigmas = np.where(raised, between(generator, scenario.raised_sigmas, count), 0.0)
    natural = passing["natural_cps"].to_numpy() * np.exp(generator.normal(0, scenario.natural_spread, count))
    alarms = raised | (natural > scenario.alarm_sigmas * np.sqrt(_background(scenario, passing, 0)))
    rechecked = alarms & (generator.random(count) < scenario.rechecked)
    return passing.with_columns(
        source_sigmas=pl.Series(sigmas),
        shield=pl.Series(np.where(shielded, between(generator, scenario.shielded_share, count), 0.0)),
        neutrons_cps=pl.Series(np.where(happens("neutrons"), between(generator, scenario.neutron_cps, count), 0.0)),
        natural_cps=pl.Series(natural),
        again=pl.Series(happens("second_passage") | rechecked),
    )


def _counts(seed: int, generator: np.random.Generator, scenario: Scans, passages: pl.DataFrame) -> dict[str, pl.Series]:
    """gamma_cps, background_cps and neutron_cps of each passage; the last is null where the lane has no detector."""
    lanes: Integers = passages["portal_office"].to_numpy() * _LANES + passages["lane"].to_numpy()
    seconds = scenario.occupied_seconds
    low, high = (_background(scenario, passages, end) for end in (0, 1))
    day = passages["at"].to_numpy() // DAY
    swing = 1 + scenario.background_swing * (2 * keyed(seed, "portal day", lanes * 100_000 + day) - 1)
    background = (low + (high - low) * keyed(seed, "portal", lanes)) * swing
    off = np.minimum(scenario.screened_per_tonne * passages["tonnes"].to_numpy(), scenario.screened_most)
    kept = np.maximum(1 - off - passages["shield"].to_numpy(), 0)
    added = passages["natural_cps"].to_numpy() + passages["source_sigmas"].to_numpy() * np.sqrt(background)
    neutrons = scenario.neutron_background_cps + passages["neutrons_cps"].to_numpy()
    has = keyed(seed, "portal neutrons", lanes) < _by_country(scenario, passages, "neutron_detectors")

    def counted(rate: Floats) -> Floats:
        return np.round(generator.poisson(rate * seconds) / seconds, 2)

    return {
        "gamma_cps": pl.Series(counted(background * kept + added)),
        "background_cps": pl.Series(np.round(background, 1)),
        "neutron_cps": pl.Series(np.where(has, counted(neutrons), np.nan), nan_to_null=True),
    }
