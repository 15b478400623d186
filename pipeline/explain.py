"""The verb `explain`: all that the list rests on for one consignment, or why it is not on the list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.asked import Asked
from features.catalogue import Indicator
from features.open import why_not_open
from features.party_history import party_history
from models.bundle import Bundle
from models.reasons import Step, waterfall
from pipeline import one_night, registry
from pipeline.errors import Refused
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.reasons import bases_of, sentence
from pipeline.runs import scratch
from pipeline.score import matrix_of


@dataclass(frozen=True)
class Told:
    """One indicator of the consignment: its value, its sentence, and the keys of the rows that it rests on."""

    indicator: Indicator
    value: float | bool | str | None
    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """`not_listed` says why there is nothing else; otherwise `row` is the consignment's row of the list, `steps` the
    waterfall of each scheme that scored it (every indicator, strongest first), `indicators` all of them by family."""

    consignment_id: str
    as_of: datetime
    not_listed: str = ""
    row: dict[str, Any] | None = None
    model: str | None = None
    steps: dict[str, list[Step]] | None = None
    indicators: dict[str, list[Told]] | None = None
    history: pl.DataFrame | None = None


def explain(house: House, consignment_id: str, as_of: datetime) -> Explanation:
    """Explains a consignment at a cut-off by the model of the night that stands, or by the champion where none does.

    Raises InputsRefused, and Refused where a standing night cannot be made again as it stands.
    """
    inputs = house.read(as_of, "rank")
    why = _why_not(house, inputs, consignment_id, as_of)
    if why:
        return Explanation(consignment_id, as_of, not_listed=why)
    bundle = _bundle(house, as_of)
    row = _row(house, consignment_id, as_of, bundle)
    question = pl.DataFrame({"consignment_id": [consignment_id], "cutoff": [as_of]}).cast(
        {"cutoff": pl.Datetime("us", "UTC")}
    )
    asked = Asked(inputs.tables, question)
    features = house.catalogue.build(inputs.tables, question)
    return Explanation(
        consignment_id,
        as_of,
        row=row,
        model=bundle.name if bundle else None,
        steps=_steps(house, bundle, row, features),
        indicators=_indicators(house, asked, features),
        history=party_history(asked),
    )


def _why_not(house: House, inputs: Inputs, consignment_id: str, as_of: datetime) -> str:
    settings = house.settings
    why = why_not_open(inputs.tables, as_of, settings.open_days, house.catalogue.options, consignment_id)
    quarantined = inputs.quarantine.get("consignment")
    if why and quarantined is not None:
        rows = quarantined.filter(pl.col("consignment_id") == consignment_id)
        faults = dict.fromkeys(f"{rule} of {column}: {message}" for rule, column, message in _faults(rows))
        if faults:
            return f"{why}; in quarantine: {'; '.join(faults)}"
    return why


def _faults(rows: pl.DataFrame) -> list[tuple[str, str, str]]:
    return [(r["rule"], r["column"] or "the row", r["message"]) for r in rows.iter_rows(named=True)]


def _bundle(house: House, as_of: datetime) -> Bundle | None:
    run = house.night(as_of) / "run.json"
    if not run.is_file():
        return registry.champion(house.home, as_of, house.catalogue, house.settings)
    named = json.loads(run.read_text(encoding="utf-8"))["model"]
    return None if named is None else registry.bundle_of(house.home, named["name"], house.catalogue, house.settings)


def _row(house: House, consignment_id: str, as_of: datetime, bundle: Bundle | None) -> dict[str, Any]:
    """The row of the night that stands, or of the night as it would be made now, which is not published."""
    stands = house.night(as_of) / "ranked.parquet"
    if stands.is_file():
        ranked = pl.read_parquet(stands)
    else:
        with scratch(house.home) as draft:
            ranked = one_night.make(house, as_of, bundle, draft).ranked
    row = next(ranked.filter(consignment_id=consignment_id).iter_rows(named=True), None)
    if row is None:
        raise Refused(
            f"needed {consignment_id} on the list that stands, since it was open at {as_of.isoformat()}; found a list "
            "without it. `tidewaiter replay` says what differs."
        )
    return row


def _steps(house: House, bundle: Bundle | None, row: dict[str, Any], features: pl.DataFrame) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = {}
    for scheme in bundle.schemes if bundle else ():
        if bundle is None or row.get(f"p_{scheme}") is None:
            continue
        told = bundle.contributions(scheme, matrix_of(features, house.catalogue, scheme))
        names = bundle.scheme(scheme).spec.names
        rate, base = bases_of(bundle, scheme, features, house.catalogue)
        moved = int(np.count_nonzero(told.values[0]))
        steps[scheme] = waterfall(rate, base, told.values[0], names, moved)
    return steps


def _indicators(house: House, asked: Asked, features: pl.DataFrame) -> dict[str, list[Told]]:
    facts = features.row(0, named=True)
    told: dict[str, list[Told]] = {}
    for family in house.catalogue.families:
        told[family.name] = [
            Told(
                indicator,
                facts[indicator.name],
                sentence(indicator, facts[indicator.name], facts),
                _evidence(house, indicator, asked, facts[indicator.name]),
            )
            for indicator in house.catalogue.declared(family.name)
        ]
    return told


def _evidence(house: House, indicator: Indicator, asked: Asked, value: object) -> tuple[str, ...]:
    """What could not be assessed rests on nothing."""
    if value is None:
        return ()
    found = indicator.evidence(asked, house.catalogue.options)
    return tuple(found["evidence"].unique(maintain_order=True))
