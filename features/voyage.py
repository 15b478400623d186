"""Family `voyage`: what the vessels of a consignment did at sea, by the positions known at the cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.division import divided
from features.options import Options
from features.vessels import AskedVessels
from features.voyage_boundary import with_boundary
from features.voyage_catch import carriers, catch_measures
from features.voyage_catch_indicators import declare_voyage_catch
from features.voyage_evidence import event_rows, fuel_rows, landing_rows
from features.voyage_fuel import fuel_measures
from features.voyage_history import Voyages, voyages_of
from features.voyage_indicators import HIGHEST, declare_voyage
from features.voyage_measures import measures
from features.voyage_spans import WINDOWS, spans_of, trips


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators of features/voyage_indicators.py and what their sentences compare."""
    vessels, known = voyages_of(asked)
    measured = of_named(asked, options, vessels, known)
    parts = []
    of_trip = measured["trip"]
    for window in WINDOWS:
        frame = measured[window]
        for name, highest in HIGHEST.items():
            parts.append(_worst(vessels, frame, name, f"{name}_{window}", highest))
    parts.append(_last_heard(vessels, known))
    parts.append(catch_measures(asked, options, carriers(asked, options, of_trip, known), known))
    fuel = fuel_measures(asked, options, of_trip, known).drop("call_id", "use")
    parts.append(vessels.worst_named(fuel, "fuel_to_need_ratio").rename({"vessel_id": "fuel_vessel"}))
    return pl.concat(parts, how="horizontal")


def of_named(asked: Asked, options: Options, vessels: AskedVessels, known: Voyages) -> Mapping[str, pl.DataFrame]:
    """Per window a row per question and vessel (`question`, `vessel_id`, `pair`, `cutoff`, `from` and `to` of its trip)
    with the measures of that window."""
    arrival = asked.consignment["arrived_at"].gather(vessels.named["question"])
    named = vessels.named.with_columns(arrival, known.pairs["cutoff"].gather(vessels.named["pair"]))
    named = named.hstack(trips(named, known.events["visits"]))
    spans = spans_of(known.pairs, named.select("pair", "from", "to"))
    measured = with_boundary(measures(known, spans), known, spans, options)
    of_trip = spans.filter(pl.col("window") == "trip").select("pair", "from", "to", "span")
    found = {"trip": named.join(of_trip, on=["pair", "from", "to"], how="left", maintain_order="left")}
    for window in WINDOWS[1:]:
        of_window = spans.filter(pl.col("window") == window).select("pair", "span")
        found[window] = named.join(of_window, on="pair", how="left", maintain_order="left")
    return {
        window: rows.join(measured.drop("pair", "window"), on="span", how="left", maintain_order="left")
        for window, rows in found.items()
    }


def _worst(vessels: AskedVessels, rows: pl.DataFrame, name: str, label: str, highest: bool) -> pl.DataFrame:
    """Per question the value of the vessel that speaks for it, the vessel, and how well that one was heard."""
    value = pl.col(name).cast(pl.Float64)
    ranked = rows.select(
        "question", "vessel_id", value=value, rank=value if highest else -value, heard="observed_share"
    )
    found = vessels.worst_named(ranked, "rank")
    return found.select(
        pl.col("value").alias(label),
        pl.col("vessel_id").alias(f"{label}_vessel"),
        pl.col("heard").alias(f"{label}_heard"),
    )


def _last_heard(vessels: AskedVessels, known: Voyages) -> pl.DataFrame:
    """Per question how long its vessel that was heard last, or longest ago, has been silent."""
    numbered = known.pairs.with_row_index("pair").join(known.latest, on="pair", how="left", maintain_order="left")
    silent = (pl.col("cutoff") - pl.col("heard_at")).dt.total_microseconds()
    hours = numbered.select(hours_since_heard=divided(silent, 3_600_000_000))
    worst = vessels.worst(hours, "hours_since_heard")
    return worst.rename({"vessel_id": "hours_since_heard_vessel"}).select(
        "hours_since_heard", "hours_since_heard_vessel"
    )


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family."""
    return [*declare_voyage(event_rows, options.voyages), *declare_voyage_catch(landing_rows, fuel_rows)]


FAMILY = Family(
    name="voyage",
    about="What the vessels of a consignment did at sea: whom they met, where they lay, when they were silent.",
    compute=compute,
    declare=declare,
)
