"""Silences that begin or end at a maritime boundary, where a vessel that crosses it would rather not be seen."""

from __future__ import annotations

import polars as pl

from features.division import divided
from features.options import Options
from features.tracks.boundaries import boundary_nm
from features.voyage_history import Voyages
from features.voyage_silences import last_place
from features.voyage_spans import within

PLACE = ["lat", "lon"]


def at_boundary(known: Voyages, options: Options) -> pl.DataFrame:
    """The long silences (`known.silences`) that begin, or end, at most `boundary_nm` from a boundary of
    features.tracks.boundaries or of `boundary_lines`. One that lasts at the cut-off has no end yet."""
    silences = known.silences
    ends = last_place(known.parts, known.reports, silences.select("pair", instant="end"))
    places = pl.concat([silences.select(PLACE), ends.select(PLACE)]).unique().sort(PLACE)
    away = boundary_nm(places["lat"].to_numpy(), places["lon"].to_numpy(), options.boundary_lines)
    near = places.filter(pl.Series(away <= options.voyages.boundary_nm, dtype=pl.Boolean)).with_columns(near=True)
    at_ends = [frame.join(near, on=PLACE, how="left", maintain_order="left")["near"] for frame in (silences, ends)]
    return silences.filter(at_ends[0].fill_null(False) | at_ends[1].fill_null(False))


def with_boundary(measured: pl.DataFrame, known: Voyages, spans: pl.DataFrame, options: Options) -> pl.DataFrame:
    """The measures of spans (features.voyage_measures) with `boundary_silence_hours`, how much of the span lies in
    silences at a boundary; null where the vessel was not heard before the span ended."""
    # Seconds as whole numbers, so that the sum does not depend on its order.
    seconds = (pl.col("inside_hours") * 3600).round().cast(pl.Int64)
    inside = within(spans, at_boundary(known, options)).group_by("span").agg(seconds=seconds.sum())
    hours = divided(pl.col("seconds").fill_null(0), 3600)
    return (
        measured.join(inside, on="span", how="left", maintain_order="left")
        .with_columns(boundary_silence_hours=pl.when(pl.col("observed_share").is_not_null()).then(hours))
        .drop("seconds")
    )
