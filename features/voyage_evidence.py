"""The events that an indicator of a voyage rests on, so that an officer can be shown them."""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl

from features.asked import Asked
from features.catalogue import Evidence
from features.evidence import SHOWN_FINDINGS, as_evidence, the_consignment, the_declaration
from features.options import Options
from features.tracks.geodesy import spread
from features.voyage_boundary import at_boundary
from features.voyage_fuel import fuel_measures
from features.voyage_history import Voyages, voyages_of
from features.voyage_measures import suspected, unexplained_draught, without_company
from features.voyage_spans import DAYS, trips


def event_rows(kind: str, window: str) -> Evidence:
    """Evidence: the consignment, the newest events of a kind in a window, as `event:kind/vessel/start/place`, and the
    position reports within them that carry a restriction of use."""
    return partial(_rows, kind, window)


def _rows(kind: str, window: str, asked: Asked, options: Options) -> pl.DataFrame:
    own = the_consignment(asked, options)
    vessels, known = voyages_of(asked)
    named = vessels.named.with_columns(known.pairs["cutoff"].gather(vessels.named["pair"]))
    if window == "trip":
        arrival = asked.consignment["arrived_at"].gather(named["question"])
        named = named.hstack(trips(named.with_columns(arrival), known.events["visits"]))
    else:
        days = {f"{days}d": days for days in DAYS}[window]
        named = named.with_columns((pl.col("cutoff") - pl.duration(days=days)).alias("from"), to="cutoff")
    events = _events(known, kind, options)
    rows = named.join(events, on="pair").filter(pl.col("start") < pl.col("to"), pl.col("end") > pl.col("from"))
    rows = rows.sort("question", "start", "vessel_id", descending=[False, True, False])
    shown = rows.group_by("question", maintain_order=True).head(SHOWN_FINDINGS)
    place = pl.format("{},{}", *[pl.col(name).round(3) for name in ("lat", "lon")])
    start = pl.col("start").dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    keys = shown.with_columns(place=place, start=start, kind=pl.lit(kind), use=pl.lit(None, pl.String))
    parts = [own, as_evidence(keys, "event", ["kind", "vessel_id", "start", "place"]), _restricted(rows, known)]
    return pl.concat(parts).unique(maintain_order=True)


def _events(known: Voyages, kind: str, options: Options) -> pl.DataFrame:
    """The events of a kind: `pair`, `start`, `end`, `lat`, `lon`."""
    columns = ["pair", "start", "end"]
    if kind == "silences":
        return suspected(known).select(*columns, "lat", "lon")
    if kind == "boundary_silences":
        return at_boundary(known, options).select(*columns, "lat", "lon")
    if kind == "loitering":
        return without_company(known).select(*columns, "lat", "lon")
    if kind == "encounters":
        return known.events[kind].select(*columns, "lat", "lon")
    if kind in ("draught", "jumps"):
        frame = unexplained_draught(known) if kind == "draught" else known.events[kind]
        return frame.select(*columns, lat="start_lat", lon="start_lon")
    if kind == "fishing":
        return known.events[kind].select(*columns, "lat", "lon")
    return known.silences.head(0).select(*columns, "lat", "lon")


def _restricted(rows: pl.DataFrame, known: Voyages) -> pl.DataFrame:
    """The restricted reports of the vessel within each event, visible at the cut-off, one for each restriction."""
    reports = known.reports
    limited = np.flatnonzero(reports.rows["use"].is_not_null().to_numpy())
    part = rows.select("question", "pair", "start", "end", "cutoff") if limited.size else rows.head(0)
    spans = part.join(known.periods.select("pair", "mmsi"), on="pair")
    low, high = reports.between(
        reports.codes(spans["mmsi"]), *(spans[name].to_physical().to_numpy() for name in ("start", "end"))
    )
    of, step = spread(np.maximum(high - low, 0) + (high < reports.at.size))
    place = low[of] + step
    held = reports.held(place, spans["cutoff"].to_physical().to_numpy()[of])
    chosen = reports.rows[place[held]].with_columns(spans["question"].gather(of[held]))
    chosen = chosen.filter(pl.col("use").is_not_null()).sort("question", "use", "mmsi", "at", "source")
    return as_evidence(
        chosen.unique(["question", "use"], keep="first", maintain_order=True), "position", ["mmsi", "at", "source"]
    )


def landing_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the declaration, and the newest fishing on the trip."""
    return pl.concat([the_declaration(asked, options), event_rows("fishing", "trip")(asked, options)]).unique(
        maintain_order=True
    )


def fuel_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, and the announced calls with the fuel."""
    vessels, known = voyages_of(asked)
    named = vessels.named.with_columns(known.pairs["cutoff"].gather(vessels.named["pair"]))
    calls = fuel_measures(asked, options, named, known)
    return pl.concat([the_consignment(asked, options), as_evidence(calls, "port_call", ["call_id"])])
