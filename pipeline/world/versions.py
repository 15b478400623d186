"""The rows that an organisation receives: first versions, amendments, releases and cancellations, with their instants.

Every frame here holds instants in microseconds and only those columns that are ever filled.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, SECOND, Span, in_seconds
from pipeline.world.parameters import Parameters, Population
from pipeline.world.parties import Parties
from pipeline.world.randomness import Booleans, Floats, Integers
from pipeline.world.trade import words

# Days before the world begins within which its parties became known; each was founded before that.
KNOWN_BEFORE = 400.0


def amendment_events(generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame) -> pl.DataFrame:
    """A row per amendment: `row` (place in cases), known_at, factors on mass and value, shift of arrival.

    The factors of a consignment are cumulative: its second amendment revises what the first one said.
    """
    spread = parameters.amendments
    counts = cases["amendments"].to_numpy()
    row = np.repeat(np.arange(cases.height), counts)
    start = cases["first_known"].to_numpy()[row] + SECOND
    room = cases["released"].to_numpy()[row] - start
    known_at = _spread_out(generator, start, room, row)
    amount: Floats = generator.normal(0, spread.amount_spread, (len(row), 2))
    events = pl.DataFrame({"row": row, "known_at": known_at, "mass": amount[:, 0], "value": amount[:, 1]})
    return (
        events.with_columns(shift=pl.Series(in_seconds(generator.normal(0, spread.arrival_hours, len(row)), HOUR)))
        .unique(["row", "known_at"], keep="first", maintain_order=True)
        .with_columns(
            mass=pl.col("mass").cum_sum().over("row").exp(),
            value=(pl.col("mass").cum_sum() + pl.col("value").cum_sum()).over("row").exp(),
            shift=pl.col("shift").cum_sum().over("row"),
        )
    )


def _spread_out(generator: np.random.Generator, start: Integers, room: Integers, row: Integers) -> Integers:
    """An instant in the room of each amendment, ascending within a consignment."""
    instants = start + (generator.random(len(row)) * room).astype(np.int64) // SECOND * SECOND
    return np.asarray(instants[np.lexsort((instants, row))], dtype=np.int64)


def consignment_versions(
    generator: np.random.Generator,
    parameters: Parameters,
    parties: Parties,
    cases: pl.DataFrame,
    events: pl.DataFrame,
) -> pl.DataFrame:
    """The versions of the table consignment: as lodged, as amended, and as released or cancelled."""
    numbered = _with_papers(generator, parameters, parties, cases).with_row_index("row").cast({"row": pl.Int64})
    lodged = numbered.with_columns(known_at="first_known", mass=pl.lit(1.0), shift=pl.lit(0, pl.Int64))
    amended = numbered.join(events.drop("value"), on="row", how="inner", maintain_order="right")
    last = events.group_by("row").agg(pl.col("mass", "shift").last())
    report = in_seconds(generator.exponential(parameters.times.release_report_hours, cases.height), HOUR) + SECOND
    cancelled = generator.random(cases.height) < parameters.amendments.withdrawn_share
    closed = (
        numbered.join(last, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("mass").fill_null(1.0),
            pl.col("shift").fill_null(0),
            withdrawn=pl.Series(cancelled) & pl.col("selected_by").is_null(),
            known_at=pl.col("released") + pl.Series(report),
        )
        .with_columns(released_at=pl.when(~pl.col("withdrawn")).then(pl.col("released")))
    )
    arrival = pl.col("arrived") + pl.col("shift")
    return pl.concat([lodged, amended, closed], how="diagonal").with_columns(
        declared_at="declared",
        arrived_at=pl.min_horizontal(arrival, "released_at"),
        gross_kg=(pl.col("gross_kg") * pl.col("mass")).round(1),
    )


def _with_papers(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, cases: pl.DataFrame
) -> pl.DataFrame:
    """The cases with party ids, bill, procedure and payment, and some empty cells."""
    cargo = parameters.cargo
    ids = pl.Series(parties.ids)
    count = cases.height
    whole = cases.with_columns(
        *(ids.gather(cases[role]).alias(f"{role}_id") for role in ("importer", "exporter", "declarant", "carrier")),
        bill_no=pl.format("BL{}", pl.Series(generator.integers(10**7, 10**8, count)).cast(pl.String)),
        procedure=pl.Series(words(generator, cargo.procedures, count), dtype=pl.String),
        payment=pl.Series(words(generator, cargo.payments, count), dtype=pl.String),
    )
    return with_gaps(generator, parameters, whole, ("packages", "payment", "loading_port", "carrier_id", "bill_no"))


def with_gaps(
    generator: np.random.Generator, parameters: Parameters, frame: pl.DataFrame, columns: tuple[str, ...]
) -> pl.DataFrame:
    """The frame with some cells of these columns empty, honest or not."""
    empty = generator.random((frame.height, len(columns))) < parameters.population.missing_share
    return frame.with_columns(
        pl.when(~pl.Series(empty[:, place])).then(pl.col(column)).alias(column) for place, column in enumerate(columns)
    )


def goods_item_versions(
    generator: np.random.Generator,
    parameters: Parameters,
    cases: pl.DataFrame,
    lines: pl.DataFrame,
    events: pl.DataFrame,
) -> pl.DataFrame:
    """The versions of the table goods_item: as lodged, and as every amendment of the consignment revises all lines."""
    owner = (
        cases.select("consignment_id", "origin_country", "first_known").with_row_index("row").cast({"row": pl.Int64})
    )
    whole = with_gaps(generator, parameters, lines, ("catch_area", "origin_mark", "description", "duty_regime"))
    whole = whole.join(owner, on="row", how="left", maintain_order="left")
    lodged = whole.with_columns(known_at="first_known", mass=pl.lit(1.0), value=pl.lit(1.0))
    amended = whole.join(events.drop("shift"), on="row", how="inner", maintain_order="right_left")
    return pl.concat([lodged, amended], how="diagonal").with_columns(
        net_kg=(pl.col("net_kg") * pl.col("mass")).round(1),
        quantity=(pl.col("quantity") * pl.col("mass")).round().clip(lower_bound=1),
        value_usd=(pl.col("value_usd") * pl.col("value")).round(2),
    )


def party_versions(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, span: Span
) -> pl.DataFrame:
    """The versions of the table party: every party is known before the world begins, some move later.

    Those who lean to offend are on average younger firms, at busier and less businesslike addresses, and never trusted.
    """
    population = parameters.population
    count = len(parties.ids)
    rogue = parties.leaning > population.rogue_leaning / 2
    draws = generator.random((count, 4))
    first = pl.DataFrame(
        {
            "party_id": parties.ids,
            "name": parties.name,
            "country": parties.country,
            "roles": [[role] for role in parties.role],
            "activity": _activities(parameters, parties, draws[:, 0].tolist(), draws[:, 1].tolist()),
            "trusted": (draws[:, 2] < population.trusted_share) & ~rogue,
        }
    ).with_columns(
        *_looks(generator, population, parties.country, rogue, span),
        known_at=pl.Series(span.start - in_seconds(generator.uniform(1, KNOWN_BEFORE, count), DAY)),
    )
    first = with_gaps(generator, parameters, first, ("incorporated_on", "activity", "address_kind", "trusted"))
    moved = first.filter(pl.Series(draws[:, 3] < population.moved_share))
    later = span.start + in_seconds(generator.uniform(1, (span.end - span.start) / DAY, moved.height), DAY)
    return pl.concat([first, moved.with_columns(known_at=pl.Series(later), address=pl.col("address") + " B")])


def _activities(parameters: Parameters, parties: Parties, stray: list[float], which: list[float]) -> list[str]:
    """The activity code of each party: of its own lane, or of any where it strays."""
    every = [code for lane in parameters.lanes.values() for code in lane.activities]
    known = [
        every if draw < parameters.population.activity_mismatch else parameters.lanes[lane].activities
        for lane, draw in zip(parties.lane, stray, strict=True)
    ]
    return [codes[int(draw * len(codes))] for codes, draw in zip(known, which, strict=True)]


def _looks(
    generator: np.random.Generator, population: Population, countries: list[str], rogue: Booleans, span: Span
) -> list[pl.Series]:
    """incorporated_on, address and address_kind."""
    count = len(countries)

    def either(honest: float, of_rogue: float) -> Floats:
        return np.where(rogue, of_rogue, honest)

    honest, shady = population.honest, population.rogue
    days = either(honest.years, shady.years) * generator.exponential(1.0, count) * 365 + KNOWN_BEFORE
    shared = generator.random(count) < either(honest.shared_address, shady.shared_address)
    crowded = generator.integers(0, population.shared_addresses, count)
    own = population.shared_addresses + generator.integers(0, count, count)
    dwelling = generator.random(count) < either(honest.dwelling, shady.dwelling)
    places = np.where(shared, crowded, own).tolist()
    return [
        pl.Series("incorporated_on", (span.start - in_seconds(days, DAY)) // DAY).cast(pl.Int32).cast(pl.Date),
        pl.Series("address", [f"{country} {place}" for country, place in zip(countries, places, strict=True)]),
        pl.Series("address_kind", np.where(dwelling, "residential", "office").tolist()),
    ]
