"""Declarations as an organisation receives them: as lodged, as amended, as released or cancelled."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import Backdrop
from pipeline.world.calendar import DAY, HOUR, SECOND, in_seconds
from pipeline.world.containers import container_numbers
from pipeline.world.randomness import Integers, stream
from pipeline.world.words import with_gaps, words

ROLES = ("importer", "exporter", "declarant", "carrier")


def with_packing(backdrop: Backdrop, chunk: int, rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """A chunk on its way with consignment_id, party ids, vessel_id, gross_kg, packages, containers, bill and the like.

    And value_usd (declared), usual_usd and true_usd, over all lines; first_known, when the declaration is received.
    """
    draw, cargo = stream(backdrop.seed, "packing", chunk), backdrop.scenario.trade.cargo
    count = rows.height
    sums = lines.group_by("row", maintain_order=True).agg(pl.col("true_kg", "value_usd", "usual_usd", "true_usd").sum())
    packing = np.maximum(draw.normal(cargo.packing_share, cargo.packing_spread, count), cargo.packing_spread / 10)
    gross = sums["true_kg"].to_numpy() * (1 + packing)
    lag = np.minimum(draw.exponential(backdrop.scenario.trade.times.known_hours, count), DAY / HOUR)
    ids, vessels = backdrop.firms.rows["party_id"], backdrop.sea.hulls["vessel_id"]
    hull = rows["hull"]
    whole = rows.with_columns(
        consignment_id=pl.format("C{}", pl.col("number").cast(pl.String).str.zfill(8)),
        row=pl.int_range(pl.len()),
        first_known=pl.col("declared") + pl.Series(in_seconds(lag, HOUR)),
        vessel_id=vessels.gather(hull.fill_null(0)),
        gross_kg=pl.Series(np.round(gross, 1)),
        packages=pl.Series(np.ceil(gross / cargo.package_kg).astype(np.int64)),
        containers=_containers(draw, backdrop, rows, gross),
        bill_no=pl.format("BL{}", pl.Series(draw.integers(10**7, 10**8, count)).cast(pl.String)),
        procedure=words(draw, cargo.procedures, count),
        payment=words(draw, cargo.payments, count),
        value_usd=sums["value_usd"],
        usual_usd=sums["usual_usd"],
        true_usd=sums["true_usd"],
        **{f"{role}_id": ids.gather(rows[role]) for role in ROLES},
    )
    whole = whole.with_columns(vessel_id=pl.when(pl.col("hull").is_not_null()).then("vessel_id"))
    gaps = ("packages", "payment", "loading_port", "carrier_id", "bill_no", "vessel_id", "declarant_id")
    return with_gaps(draw, cargo.missing_share, whole, gaps)


def _containers(draw: np.random.Generator, backdrop: Backdrop, rows: pl.DataFrame, gross: np.ndarray) -> pl.Series:
    """Container numbers of what comes by sea in boxes; a landing of catch comes in the hold."""
    cargo, lanes = backdrop.scenario.trade.cargo, backdrop.scenario.trade.lanes
    share = rows["lane"].replace_strict({n: lane.container_share for n, lane in lanes.items()}, return_dtype=pl.Float64)
    landed = backdrop.sea.voyages["catch"].gather(rows["voyage"].fill_null(0)) & rows["voyage"].is_not_null()
    boxed = (draw.random(rows.height) < share.to_numpy()) & (rows["mode"] == "sea").to_numpy() & ~landed.to_numpy()
    boxes = np.clip(np.ceil(gross / cargo.container_kg), 1, cargo.most_containers).astype(np.int64)
    numbers = container_numbers(draw, np.where(boxed, boxes, 0), rows["bad_container"].to_numpy())
    return pl.Series(numbers, dtype=pl.List(pl.String))


def amendment_events(backdrop: Backdrop, chunk: int, cases: pl.DataFrame) -> pl.DataFrame:
    """A row per amendment: `row`, known_at, factors on mass and value, shift of arrival.

    The factors of a consignment are cumulative: its second amendment revises what the first one said.
    """
    draw, spread = stream(backdrop.seed, "amendment", chunk), backdrop.scenario.trade.amendments
    row = np.repeat(np.arange(cases.height), cases["amendments"].to_numpy())
    start = cases["first_known"].to_numpy()[row] + SECOND
    room = cases["released"].to_numpy()[row] - start
    known_at = _spread_out(draw, start, room, row)
    amount = draw.normal(0, spread.amount_spread, (len(row), 2))
    events = pl.DataFrame({"row": row, "known_at": known_at, "mass": amount[:, 0], "value": amount[:, 1]})
    return (
        events.with_columns(shift=pl.Series(in_seconds(draw.normal(0, spread.arrival_hours, len(row)), HOUR)))
        .unique(["row", "known_at"], keep="first", maintain_order=True)
        .with_columns(
            mass=pl.col("mass").cum_sum().over("row").exp(),
            value=(pl.col("mass").cum_sum() + pl.col("value").cum_sum()).over("row").exp(),
            shift=pl.col("shift").cum_sum().over("row"),
        )
    )


def _spread_out(draw: np.random.Generator, start: Integers, room: Integers, row: Integers) -> Integers:
    """An instant in the room of each amendment, ascending within a consignment."""
    instants = start + (draw.random(len(row)) * room).astype(np.int64) // SECOND * SECOND
    return np.asarray(instants[np.lexsort((instants, row))], dtype=np.int64)


def consignment_versions(backdrop: Backdrop, chunk: int, cases: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The table consignment. Arrival is revised with each amendment; a cancelled declaration is withdrawn."""
    draw, times = stream(backdrop.seed, "consignment", chunk), backdrop.scenario.trade.times
    lodged = cases.with_columns(known_at="first_known", mass=pl.lit(1.0), shift=pl.lit(0, pl.Int64))
    amended = cases.join(events.drop("value"), on="row", how="inner", maintain_order="right")
    last = events.group_by("row").agg(pl.col("mass", "shift").last())
    report = in_seconds(draw.exponential(times.release_report_hours, cases.height), HOUR) + SECOND
    cancelled = draw.random(cases.height) < backdrop.scenario.trade.amendments.withdrawn_share
    closed = (
        cases.join(last, on="row", how="left", maintain_order="left")
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


def goods_item_versions(
    backdrop: Backdrop, chunk: int, cases: pl.DataFrame, lines: pl.DataFrame, events: pl.DataFrame
) -> pl.DataFrame:
    """The table goods_item: as lodged, and as every amendment of the consignment revises all lines."""
    draw, cargo = stream(backdrop.seed, "goods_item", chunk), backdrop.scenario.trade.cargo
    whole = with_gaps(draw, cargo.missing_share, lines, ("catch_area", "origin_mark", "description", "duty_regime"))
    owner = cases.select("row", "consignment_id", "origin_country", "first_known")
    whole = whole.join(owner, on="row", how="left", maintain_order="left").with_columns(
        national_code=pl.col("hs6") + "000"
    )
    lodged = whole.with_columns(known_at="first_known", mass=pl.lit(1.0), value=pl.lit(1.0))
    amended = whole.join(events.drop("shift"), on="row", how="inner", maintain_order="right_left")
    return pl.concat([lodged, amended], how="diagonal").with_columns(
        net_kg=(pl.col("net_kg") * pl.col("mass")).round(1),
        quantity=(pl.col("quantity") * pl.col("mass")).round().clip(lower_bound=1),
        value_usd=(pl.col("value_usd") * pl.col("value")).round(2),
    )
