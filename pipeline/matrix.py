"""The verb `features`: the training matrix, features of every labelled consignment at the night of its choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.asked import Asked
from features.labels import labelled
from features.scope import applies
from features.tables import Tables
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.runs import code_version, folder_name, instant_text, scratch, write_json


@dataclass(frozen=True)
class Matrix:
    """`rows` has consignment_id, cutoff, per scheme `label_<scheme>` (null: no label, or the scheme does not apply) and
    `label_known_at_<scheme>`, and every feature; a row per consignment and cut-off, by cut-off and id.
    `out_of_scope` counts labels of consignments to which their scheme does not apply."""

    rows: pl.DataFrame
    out_of_scope: dict[str, int]

    def of(self, scheme: str) -> pl.DataFrame:
        """The rows that have a label of a scheme."""
        return self.rows.filter(pl.col(f"label_{scheme}").is_not_null())


def training_matrix(house: House, tables: Tables, until: datetime) -> Matrix:
    """Questions, labels and features of all schemes from what was known at `until`."""
    schemes = house.catalogue.options.schemes
    maturity = timedelta(days=house.settings.maturity_days)
    labels = {
        name: labelled(tables, until, scheme.label, maturity, house.settings.cutoff) for name, scheme in schemes.items()
    }
    asked_for = [frame.select("consignment_id", "cutoff") for frame in labels.values()]
    questions = pl.concat(asked_for).unique().sort("cutoff", "consignment_id")
    in_scope = applies(Asked(tables, questions), house.catalogue.options)
    rows = pl.concat([questions, in_scope.rename(lambda name: f"applies_{name}")], how="horizontal")
    out_of_scope = {}
    for name, frame in labels.items():
        rows = rows.join(
            frame.select(
                "consignment_id",
                "cutoff",
                pl.col("confirmed").alias(f"label_{name}"),
                pl.col("label_known_at").alias(f"label_known_at_{name}"),
            ),
            on=["consignment_id", "cutoff"],
            how="left",
            maintain_order="left",
        )
        outside = ~pl.col(f"applies_{name}") & pl.col(f"label_{name}").is_not_null()
        out_of_scope[name] = rows.select(outside.sum()).item()
        rows = rows.with_columns(
            pl.when(pl.col(f"applies_{name}")).then(pl.col(f"label_{name}")).alias(f"label_{name}")
        )
    features = house.catalogue.build(tables, questions).drop("consignment_id", "cutoff")
    return Matrix(pl.concat([rows.select(pl.exclude("^applies_.*$")), features], how="horizontal"), out_of_scope)


def write_matrix(house: House, until: datetime) -> tuple[Path, Matrix, Inputs]:
    """Makes the matrix and writes `<home>/matrix/<until>/matrix.parquet` with `matrix.json`, what its columns mean."""
    inputs = house.read(until, "train")
    matrix = training_matrix(house, inputs.tables, until)
    place = house.home / "matrix" / folder_name(until)
    with scratch(house.home) as draft:
        folder = draft / "matrix"
        folder.mkdir()
        matrix.rows.rechunk().write_parquet(folder / "matrix.parquet", compression="zstd")
        write_json(
            folder / "matrix.json",
            {
                "until": instant_text(until),
                "rows": matrix.rows.height,
                "out_of_scope": matrix.out_of_scope,
                "columns": {i.name: {"meaning": i.meaning, "unit": i.unit} for i in house.catalogue.indicators},
                "features": house.catalogue.fingerprint,
                "configuration": house.settings.fingerprint,
                "inputs": inputs.fingerprints(),
                "code": code_version(),
            },
        )
        _replace(folder, place, draft / "old")
    return place, matrix, inputs


def _replace(folder: Path, place: Path, attic: Path) -> None:
    """A matrix can be made again from the same tables, so the newer one takes the place of the older."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(attic)
    folder.rename(place)
