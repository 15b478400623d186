"""All events of one vessel, out of the tables: what its picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from features.asof import newest
from features.contract import load_contract
from features.tracks.clean import clean
from features.tracks.encounters import encounters
from features.tracks.fishing import FISHING, fishing
from features.tracks.gaps import gaps
from features.tracks.loitering import loitering
from features.tracks.port_distance import port_km
from features.tracks.port_visits import port_visits
from features.tracks.ports import port_points
from features.tracks.shore import shore_km
from pipeline.errors import Usage
from pipeline.inputs import read_inputs
from pipeline.position_blocks import PositionBlocks, Tell, position_blocks
from pipeline.vessel_identities import END, Identity, find_vessel, identities

Span = tuple[datetime | None, datetime | None]
NEAR_DEGREES = 1.0  # farther than any vessel is from another one that it meets within the hour


@dataclass(frozen=True)
class VesselStory:
    """The cleaned reports of a vessel in a span of time, at least one, and its events that touch it: columns as of each
    kind; `visits` with the `port` and `name` of where they began. `transfers` are those that were declared."""

    identity: Identity
    reports: pl.DataFrame
    gaps: pl.DataFrame
    visits: pl.DataFrame
    encounters: pl.DataFrame
    loitering: pl.DataFrame
    fishing: pl.DataFrame
    transfers: pl.DataFrame

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The instants of the first and of the last report."""
        first, last = self.reports.select(first=pl.col("at").min(), last=pl.col("at").max()).row(0)
        return first, last


def vessel_story(
    inputs: Path, vessel: str, span: Span = (None, None), until: datetime | None = None, tell: Tell = lambda *_: None
) -> VesselStory:
    """The story of the vessel of an identifier or an MMSI, as known at `until`.

    Raises Usage on an unknown vessel, and where it has no reports in the span.
    """
    vessels = identities(inputs, until)
    with position_blocks(inputs, until, tell) as blocks:
        identity = find_vessel(vessel, vessels, blocks.mmsis)
        own = pl.concat([block.rows.filter(_sent_by(identity)) for block in blocks])
        rows = clean(own).positions
        shown = _in_span(rows, span, identity)
        met = _met(blocks, identity, rows)
    events = {
        "gaps": gaps(rows, until=until, from_shore=shore_km),
        "visits": _named(port_visits(rows, port_points(), until=until)),
        "encounters": met,
        "loitering": loitering(rows),
        "fishing": _fishing(rows, identity),
    }
    touching = {name: frame.filter(_touches(span)) for name, frame in events.items()}
    return VesselStory(identity, shown, **touching, transfers=_transfers(inputs, identity, span, until))


def _sent_by(identity: Identity) -> pl.Expr:
    return pl.col("mmsi").is_in(list(identity.mmsis))


def _in_span(rows: pl.DataFrame, span: Span, identity: Identity) -> pl.DataFrame:
    begin, end = span
    shown = rows.filter(
        pl.lit(True) if begin is None else pl.col("at") >= begin, pl.lit(True) if end is None else pl.col("at") <= end
    )
    if shown.is_empty():
        when = f" from {begin or 'the first'} to {end or 'the last'}" if any(span) else ""
        found = f"those from {rows['at'].to_list()[0]} on" if rows.height else "none"
        raise Usage(f"needed reports of {identity}{when}, found {found}; give another vessel, or --from and --to")
    return shown


def _touches(span: Span) -> pl.Expr:
    begin, end = span
    before = pl.lit(True) if end is None else pl.col("start") <= end
    return before if begin is None else before & (pl.col("end").is_null() | (pl.col("end") >= begin))


def _met(blocks: PositionBlocks, identity: Identity, rows: pl.DataFrame) -> pl.DataFrame:
    """The encounters of the vessel with any other one."""
    place = _places(rows, spread=True)
    others = []
    for block in blocks:
        other = block.rows.filter(~_sent_by(identity), pl.col("lat").is_finite(), pl.col("lon").is_finite())
        near = _places(other, spread=False).join(place, on=["hour", "south", "west"], how="semi")
        others.append(other.filter(pl.col("mmsi").is_in(near["mmsi"].unique().implode())))
    around = clean(pl.concat(others)).positions
    found = encounters(pl.concat([rows, around]), from_port=port_km())
    return found.filter(pl.any_horizontal(pl.col("mmsi", "other_mmsi").is_in(list(identity.mmsis))))


def _places(rows: pl.DataFrame, *, spread: bool) -> pl.DataFrame:
    """The hours and squares of a degree of reports; with `spread`, those about them too."""
    width = round(360 / NEAR_DEGREES)
    cells = rows.select(
        "mmsi",
        hour=pl.col("at").dt.epoch("s") // 3600,
        south=(pl.col("lat") / NEAR_DEGREES).floor().cast(pl.Int64),
        west=(pl.col("lon") / NEAR_DEGREES).floor().cast(pl.Int64) % width,
    ).unique()
    if not spread:
        return cells
    about = pl.DataFrame({"step": [-1, 0, 1]})
    for name in ("hour", "south", "west"):
        cells = cells.join(about, how="cross").with_columns(pl.col(name) + pl.col("step")).drop("step")
    return cells.with_columns(pl.col("west") % width).drop("mmsi").unique()


def _fishing(rows: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    if identity.gear is None:
        return pl.DataFrame(schema=FISHING)
    return fishing(rows, pl.DataFrame({"mmsi": identity.mmsis, "gear": [identity.gear] * len(identity.mmsis)}))


def _named(visits: pl.DataFrame) -> pl.DataFrame:
    names = port_points().select(start_point="point", port="port", name="name")
    return visits.join(names, on="start_point", how="left", maintain_order="left").filter(pl.col("confidence") >= 2)


def _transfers(inputs: Path, identity: Identity, span: Span, until: datetime | None) -> pl.DataFrame:
    rows = read_inputs(inputs, until, None, wanted={"transhipment"}).tables["transhipment"]
    held = newest(rows, load_contract()["transhipment"].key, until or END).with_columns(start="at", end="at")
    own = pl.any_horizontal(pl.col("donor_id", "receiver_id") == pl.lit(identity.vessel_id, pl.String))
    return held.filter(own.fill_null(False), _touches(span)).sort("at", "transhipment_id")
