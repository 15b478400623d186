"""What is measured over each span of a voyage, null where it cannot be known."""

from __future__ import annotations

import polars as pl

from features.division import divided
from features.voyage_history import Voyages
from features.voyage_silences import hours_heard
from features.voyage_spans import begun_in, within

# Vessels that take fish from others at sea; what others do when they lie still says little.
CARRIERS = ("fish_carrier", "reefer", "bunker", "tanker")
FISHERS = ("fishing",)
MEASURES = (
    "encounters",
    "undeclared_encounters",
    "loitering_alone_hours",
    "suspicious_silence_hours",
    "draught_change_at_sea_m",
    "mmsi_jumps",
)
HEARD = ("observed_share", "silent_share")


def measures(voyages: Voyages, spans: pl.DataFrame) -> pl.DataFrame:
    """Per span (features.voyage_spans.spans_of), in their order: `span`, `pair`, `window`, `span_hours`, HEARD,
    MEASURES, `fishing_hours`, `fished_until`.

    A measure is null where the vessel was not heard for any time of the span, unless something was found all the same;
    silences are null where it was not heard before. Loitering is null for vessels that take no fish from others.
    """
    kinds = voyages.identities["kind"].gather(spans["pair"])
    hours = divided((pl.col("to") - pl.col("from")).dt.total_microseconds(), 3_600_000_000)
    frame = spans.select("span", "pair", "window", span_hours=hours).with_columns(kind=kinds)
    heard_of = pl.concat(hours_heard(part, spans) for part in voyages.parts)
    parts = [heard_of, *_events(voyages, spans), _silences(voyages, spans)]
    for part in parts:
        frame = frame.join(part, on="span", how="left", maintain_order="left")
    observed = pl.col("observed_hours").fill_null(0) > 0
    was_heard = pl.col("was_heard").fill_null(False)
    counts = ("encounters", "undeclared_encounters", "mmsi_jumps", "fishing_hours", "draught_change_at_sea_m")
    known = [pl.when(observed).then(pl.col(name).fill_null(0)).otherwise(pl.col(name)).alias(name) for name in counts]
    alone = pl.when(observed).then(pl.col("loitering_alone_hours").fill_null(0))
    silent = pl.col("suspicious_silence_hours").fill_null(0)
    told = was_heard & ((silent > 0) | ~pl.col("silence_unclear").fill_null(False))
    return frame.with_columns(
        *known,
        loitering_alone_hours=pl.when(pl.col("kind").is_in(CARRIERS)).then(alone),
        suspicious_silence_hours=pl.when(told).then(silent),
        observed_share=pl.when(was_heard).then(pl.col("observed_hours") / pl.col("span_hours")),
        silent_share=pl.when(was_heard).then(pl.col("silent_hours") / pl.col("span_hours")),
    ).select("span", "pair", "window", "span_hours", *HEARD, *MEASURES, "fishing_hours", "fished_until")


def _events(voyages: Voyages, spans: pl.DataFrame) -> list[pl.DataFrame]:
    met = begun_in(spans, voyages.events["encounters"]).group_by("span")
    alone = begun_in(spans, without_company(voyages)).group_by("span")
    fished = begun_in(spans, voyages.events["fishing"]).group_by("span")
    deeper = begun_in(spans, unexplained_draught(voyages)).group_by("span")
    return [
        met.agg(encounters=pl.len(), undeclared_encounters=(~pl.col("declared")).sum()),
        alone.agg(loitering_alone_hours=pl.col("hours").sum().cast(pl.Float64)),
        # Minutes as whole numbers, so that the sum does not depend on its order.
        fished.agg(
            fishing_hours=(pl.col("hours") * 60).round().cast(pl.Int64).sum(), fished_until=pl.col("end").max()
        ).with_columns(fishing_hours=divided(pl.col("fishing_hours"), 60)),
        deeper.agg(draught_change_at_sea_m=pl.col("change_m").abs().max()),
        begun_in(spans, voyages.events["jumps"]).group_by("span").agg(mmsi_jumps=pl.len()),
    ]


def without_company(voyages: Voyages) -> pl.DataFrame:
    """Loitering during which the vessel met nobody."""
    rows = voyages.events["loitering"].with_row_index("event")
    met = voyages.events["encounters"].select("pair", met_from="start", met_to="end")
    touched = rows.join(met, on="pair").filter(pl.col("met_from") <= pl.col("end"), pl.col("met_to") >= pl.col("start"))
    return rows.join(touched.select("event").unique(), on="event", how="anti").drop("event")


def unexplained_draught(voyages: Voyages) -> pl.DataFrame:
    """Changes of draught without a port visit since the draught before was first sent."""
    return voyages.events["draught"].filter(pl.col("visits_since_set") == 0)


def suspected(voyages: Voyages) -> pl.DataFrame:
    """Silences by the rule of a suspected disabling."""
    return voyages.silences.filter(pl.col("suspected"))


def _silences(voyages: Voyages, spans: pl.DataFrame) -> pl.DataFrame:
    inside = within(spans, voyages.silences)
    seconds = (pl.col("inside_hours") * 3600).round().cast(pl.Int64)
    return (
        inside.group_by("span")
        .agg(
            suspicious_silence_hours=seconds.filter(pl.col("suspected")).sum(),
            silence_unclear=pl.col("suspected").is_null().any(),
        )
        .with_columns(suspicious_silence_hours=divided(pl.col("suspicious_silence_hours"), 3600))
    )
