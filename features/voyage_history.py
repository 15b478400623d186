"""What is known of the voyages of all vessels asked about: events, silences, and how well each was heard."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from features.asked import Asked
from features.tables import Tables
from features.vessels import AskedVessels, identities, identity_rows, vessels_of
from features.voyage_events import events_of
from features.voyage_others import meetings_of
from features.voyage_reports import LOOK_BACK, Reports, mmsi_periods, reports_of
from features.voyage_runs import CONTEXT
from features.voyage_silences import Heard, heard, latest, long_silences, with_suspicion
from features.voyage_transfers import with_transfers


@dataclass(frozen=True)
class Voyages:
    """Voyages of `pairs` (vessel_id, cutoff); in every frame `pair` is a row number of theirs.

    `identities`: per pair who the vessel is. `periods`: when it had which MMSI. `reports`: all there are, every
    version; `parts`: what each pair saw of them. `events`: by kind, with `pair`, `start`, `end`; encounters with
    what is declared of them. `silences`: the long ones, with `suspected`. `latest`: when each pair heard it last.
    """

    pairs: pl.DataFrame
    identities: pl.DataFrame
    periods: pl.DataFrame
    reports: Reports
    parts: list[Heard]
    events: dict[str, pl.DataFrame]
    silences: pl.DataFrame
    latest: pl.DataFrame


# What a night's evidence asks for, its features have worked out before: the last voyages of a set of tables are kept.
_LAST: WeakKeyDictionary[Tables, Voyages] = WeakKeyDictionary()


def voyages_of(asked: Asked) -> tuple[AskedVessels, Voyages]:
    """The vessels of the questions, and their voyages; the vessels' `pair` and `pairs` are those of the voyages."""
    vessels = vessels_of(asked)
    known = _LAST.get(asked.tables)
    numbered = None if known is None else _numbered(vessels, known)
    if known is None or numbered is None:
        known = voyages(asked, vessels.pairs)
        _LAST[asked.tables] = known
        numbered = vessels
    return numbered, known


def _numbered(vessels: AskedVessels, known: Voyages) -> AskedVessels | None:
    """The vessels with the numbers of the pairs that are known; None where one is not."""
    key = ["vessel_id", "cutoff"]
    number = vessels.pairs.join(known.pairs.with_row_index("pair"), on=key, how="left", maintain_order="left")["pair"]
    if number.null_count():
        return None
    named = vessels.named.with_columns(number.gather(vessels.named["pair"]).alias("pair"))
    return AskedVessels(named, known.pairs, vessels.questions)


def voyages(asked: Asked, pairs: pl.DataFrame) -> Voyages:
    """The voyages of pairs (`vessel_id`, `cutoff`), by what was visible at their cut-offs."""
    rows = identity_rows(asked, pairs)
    periods = mmsi_periods(rows, pairs)
    reports = reports_of(asked.tables["position"])
    cutoff = pairs["cutoff"].to_physical().to_numpy()
    span = (int(cutoff.min()) - LOOK_BACK - CONTEXT, int(cutoff.max()) + 1) if cutoff.size else (0, 0)
    vessels = np.unique(reports.codes(periods["mmsi"].unique()))
    events = events_of(periods, reports, meetings_of(reports, vessels[vessels >= 0], span))
    events["encounters"] = with_transfers(events["encounters"], pairs, asked.tables)
    parts = list(heard(periods, reports, cutoff))
    silences = pl.concat(long_silences(part, reports) for part in parts)
    return Voyages(
        pairs=pairs,
        identities=identities(rows, pairs),
        periods=periods,
        reports=reports,
        parts=parts,
        events=events,
        silences=with_suspicion(silences, reports, pairs),
        latest=pl.concat(latest(part) for part in parts),
    )
