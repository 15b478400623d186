"""The verb `reconcile`: partner exports, port calls and landings held against each other, as a folder of tables and a
page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.asof import newest
from features.reconciliation import FINDINGS, READS, Reconciled, ReconcileOptions
from features.reconciliation import reconcile as match
from features.tracks.ports import ports
from pipeline.errors import Refused
from pipeline.house import House
from pipeline.inputs import Inputs, read_inputs
from pipeline.one_night import files_of
from pipeline.options import options_of
from pipeline.page.reconciliation import Names
from pipeline.page.reconciliation import write as write_page
from pipeline.ranked import harmless_cell
from pipeline.runs import code_version, folder_name, instant_text, scratch, write_json
from pipeline.settings import Settings, reference_file

PLACE = "reconciled"


@dataclass(frozen=True)
class Report:
    """A published report: its folder, its tables, what run.json says, and whether an equal one stood already."""

    folder: Path
    made: Reconciled
    run: dict[str, Any]
    notices: tuple[str, ...]
    stood: bool

    @property
    def warnings(self) -> list[str]:
        """What the operator should read: what the rows say, and what the files say."""
        return [*self.run["warnings"], *self.notices]


def reconcile(house: House, as_of: datetime, asked: ReconcileOptions, force: bool = False) -> Report:
    """Makes `<home>/reconciled/<T>/`: a Parquet and a CSV file per table, `reconciliation.html`, `run.json`.

    A report that stands is never overwritten: made again and equal it stays, different it is refused (Refused), unless
    `force` moves it to `<home>/superseded/` first. Raises InputsRefused where the inputs cannot be used.
    """
    settings = house.settings
    labels = {scheme.label for scheme in settings.schemes.values()}
    inputs = read_inputs(house.inputs, as_of, labels, set(settings.not_delivered), "rank", set(READS))
    made = match(inputs.tables, as_of, options_of(settings), asked)
    run = _run(house, as_of, asked, inputs, made)
    place = house.home / PLACE / folder_name(as_of)
    with scratch(house.home) as draft:
        _write(made, _restrictions(inputs, made, as_of), run, names_of(settings), draft / PLACE)
        stood = place.exists()
        if stood and (differing := _differing(place, draft / PLACE)):
            if not force:
                raise Refused(
                    f"needed the report of {folder_name(as_of)} to be as it stands, found that these differ: "
                    f"{', '.join(differing)}. It was left as it is; use --force to move it to superseded/ first."
                )
            _supersede(house.home, as_of, place)
            stood = False
        if not stood:
            place.parent.mkdir(parents=True, exist_ok=True)
            (draft / PLACE).rename(place)
    return Report(place, made, run, tuple(map(str, inputs.notices)), stood)


def _differing(place: Path, again: Path) -> list[str]:
    """The files that differ; of equal files run.json alone may tell of another code or configuration."""
    one, other = files_of(place), files_of(again)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _supersede(home: Path, as_of: datetime, place: Path) -> None:
    attic = home / "superseded" / folder_name(as_of)
    attic.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(old.name) for old in attic.iterdir() if old.name.isdigit()), default=0)
    (attic / str(number)).mkdir()
    place.rename(attic / str(number) / PLACE)


def _run(house: House, as_of: datetime, asked: ReconcileOptions, inputs: Inputs, made: Reconciled) -> dict[str, Any]:
    """What made the report, from visible rows alone."""
    expected = set(house.settings.not_delivered)
    absent = [name for name in READS if not inputs.tables.is_delivered(name, as_of) and name not in expected]
    untold = [f"{name}: {why}" for name, why in made.missing.items()]
    return {
        "as_of": instant_text(as_of),
        "days": asked.days,
        "lag_hours": asked.lag_hours,
        "voyage_hours": asked.voyage_hours,
        "relay_days": asked.relay_days,
        "waits": made.tables["waits"].to_dicts(),
        "configuration": house.settings.fingerprint,
        "inputs": inputs.fingerprints(),
        "code": code_version(),
        "rows": inputs.counts,
        "states": _states(made),
        "not_assessable": dict(made.missing),
        "warnings": [*map(str, inputs.violations), *([f"not delivered by then: {', '.join(absent)}"] if absent else [])]
        + (untold if absent else []),
    }


def _states(made: Reconciled) -> dict[str, dict[str, int]]:
    whole = made.tables["totals"].filter(pl.col("by") == "all")
    return {
        str(table): dict(rows.select("state", "rows").iter_rows())
        for (table,), rows in whole.group_by("table", maintain_order=True)
    }


def _restrictions(inputs: Inputs, made: Reconciled, as_of: datetime) -> pl.DataFrame:
    """The use restrictions of the rows that the report rests on."""
    keys = {key for name in FINDINGS for told in made.tables[name]["use"].drop_nulls() for key in told.split("|")}
    known = newest(inputs.tables["use_restriction"], ["use"], as_of)
    return known.filter(pl.col("use").is_in(sorted(keys))).select("use", "basis", "purposes", "readers", "expires_at")


def names_of(settings: Settings) -> Names:
    """What the codes of ports and of species are called: by `port_groups.csv`, else by the shipped ports; by
    `species_hs.csv`."""
    places = ports().drop_nulls("unlocode").unique("unlocode", keep="first", maintain_order=True)
    groups, kinds = (
        pl.read_csv(reference_file(settings.directories, f"{name}.csv"), infer_schema=False)
        for name in ("port_groups", "species_hs")
    )
    called = kinds.select("species", "english_name").drop_nulls().unique("species", keep="first", maintain_order=True)
    return {
        "port": dict(places.select("unlocode", "name").iter_rows())
        | dict(groups.select("unlocode", "name").drop_nulls().iter_rows()),
        "species": dict(called.iter_rows()),
    }


def _write(made: Reconciled, restrictions: pl.DataFrame, run: dict[str, Any], names: Names, folder: Path) -> None:
    folder.mkdir()
    for name, frame in made.tables.items():
        frame.rechunk().write_parquet(folder / f"{name}.parquet", compression="zstd")
        as_cells(frame).write_csv(folder / f"{name}.csv")
    write_page(made, restrictions, run, names, folder / "reconciliation.html")
    write_json(folder / "run.json", json.loads(json.dumps(run)))


def as_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """A table as CSV holds it: instants in ISO 8601, lists joined by `|`, no text that a spreadsheet calculates."""
    return frame.with_columns(
        pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"),
        *[pl.col(name).list.join("|") for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)],
    ).with_columns(harmless_cell(pl.col(name)).alias(name) for name in _texts(frame))


def _texts(frame: pl.DataFrame) -> list[str]:
    return [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.String | pl.List)]
