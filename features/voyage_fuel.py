"""Fuel that a vessel says it has on board, against what it needs from where it is to the port that it announces."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.asked import Asked
from features.asof import visible_rows
from features.options import Options
from features.tracks.geodesy import KM_PER_NM, distance_km
from features.tracks.ports import ports
from features.voyage_history import Voyages
from features.voyage_options import VoyageOptions
from features.voyage_silences import last_place

ABOUT = pl.duration(hours=72)  # between the stated arrival and the announced one


def fuel_measures(asked: Asked, options: Options, named: pl.DataFrame, known: Voyages) -> pl.DataFrame:
    """Per row of `named` (question, vessel_id, pair, cutoff) that has an announced call about its arrival: `question`,
    `vessel_id`, `fuel_to_need_ratio`, `fuel_t`, `fuel_needed_t`, `fuel_port`, `call_id`, `use`.

    Of several calls that with the highest ratio. Distances are great circles from where the vessel was heard last when
    the announcement became known, at least `fuel_least_nm`. An unknown tonnage, port or place leaves no row.
    """
    calls = visible_rows(
        asked.tables["port_call"],
        ["call_id"],
        known.pairs,
        ["vessel_id"],
        ["port", "arrived_at", "reported_by", "fuel_t", "use", "known_at"],
    ).rename({"question": "pair", "arrived_at": "announced"})
    calls = calls.filter(pl.col("reported_by") == "vessel").drop_nulls("fuel_t")
    arrival = asked.consignment["arrived_at"].gather(named["question"]).fill_null(named["cutoff"])
    rows = named.select("question", "vessel_id", "pair", "cutoff", arrival=arrival).join(calls, on="pair")
    rows = rows.filter(
        pl.col("announced") >= pl.col("arrival") - ABOUT, pl.col("announced") <= pl.col("arrival") + ABOUT
    )
    rows = _with_need(rows, known, options.voyages)
    rows = rows.with_columns(fuel_to_need_ratio=pl.col("fuel_t") / pl.col("fuel_needed_t"))
    order = ["question", "vessel_id", "fuel_to_need_ratio", "call_id"]
    rows = rows.drop_nulls("fuel_to_need_ratio").sort(order, descending=[False, False, True, False])
    return rows.unique(["question", "vessel_id"], keep="first", maintain_order=True).select(
        *order[:3], "fuel_t", "fuel_needed_t", "call_id", "use", fuel_port="port"
    )


def _with_need(rows: pl.DataFrame, known: Voyages, options: VoyageOptions) -> pl.DataFrame:
    """Rows with `fuel_needed_t`; those whose place or port of call is not known fall away."""
    places = ports().filter(pl.col("unlocode").is_not_null()).unique("unlocode", keep="first", maintain_order=True)
    rows = rows.join(places.select("lat", "lon", port="unlocode"), on="port")
    place = last_place(known.parts, known.reports, rows.rename({"known_at": "instant"}))
    rows = rows.hstack(place.rename({"lat": "from_lat", "lon": "from_lon"})).drop_nulls("from_lat")
    away = distance_km(*(rows[name].to_numpy() for name in ("from_lat", "from_lon", "lat", "lon"))) / KM_PER_NM
    tonnage = known.identities["gross_tonnage"].gather(rows["pair"])
    share = tonnage.fill_null(np.nan).to_numpy() / options.fuel_gross_tonnage
    per_nm = options.fuel_t_per_nm * share**options.fuel_power
    needed = pl.Series(np.maximum(away, options.fuel_least_nm) * per_nm, nan_to_null=True)
    return rows.with_columns(fuel_needed_t=needed).filter(pl.col("fuel_needed_t") > 0)
