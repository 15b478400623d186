"""How each model of a home was judged: a folder per model, `<home>/evaluations/<name>/`, beside the models.

`training.json` says what it was learned from, `metrics.json` how well, `judged.parquet` (a row per scheme and judged
row: scheme, consignment_id, cutoff, label, probability) on what, the pictures show it, `card.md` tells all of it to a
reader, and `against_champion.json` holds it against the champion of its day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from models.training import NotTrainable, TrainedScheme
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.matrix import Matrix
from pipeline.runs import code_version, instant_text, replace_file, scratch, write_json

CUTOFF = pl.Datetime("us", "UTC")
JUDGED = pl.Schema(
    {
        "scheme": pl.String(),
        "consignment_id": pl.String(),
        "cutoff": CUTOFF,
        "label": pl.Int64(),
        "probability": pl.Float64(),
    }
)


def folder_of(home: Path, name: str) -> Path:
    """Where the evaluation of a model lies."""
    return home / "evaluations" / name


def write(
    house: House,
    name: str,
    until: datetime,
    inputs: Inputs,
    learned: Mapping[str, TrainedScheme | NotTrainable],
    matrix: Matrix,
) -> None:
    """Writes all but the head to head, in place of what an interrupted training may have left under that name."""
    # matplotlib takes a second to load.
    from pipeline.model_card import card
    from pipeline.plots import draw

    trained = {scheme: result for scheme, result in learned.items() if isinstance(result, TrainedScheme)}
    place = folder_of(house.home, name)
    with scratch(house.home) as draft:
        folder = draft / "evaluation"
        folder.mkdir()
        write_json(folder / "training.json", _training(house, name, until, inputs))
        write_json(folder / "metrics.json", {scheme: result.metrics for scheme, result in trained.items()})
        _judged(trained).write_parquet(folder / "judged.parquet", compression="zstd")
        for scheme, result in trained.items():
            draw(folder, scheme, result)
        (folder / "card.md").write_text(card(house, name, until, inputs, learned, matrix), encoding="utf-8")
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(draft / "old")
        folder.rename(place)


def _training(house: House, name: str, until: datetime, inputs: Inputs) -> dict[str, Any]:
    return {
        "name": name,
        "as_of": instant_text(until),
        "parameters": parameters(house),
        "features": house.catalogue.fingerprint,
        "configuration": house.settings.fingerprint,
        "inputs": inputs.fingerprints(),
        "code": code_version(),
    }


def parameters(house: House) -> dict[str, Any]:
    """What a data scientist tunes and what the house sets for training, flat: `training.learner.rounds` and so on."""
    settings = house.settings.model_dump(mode="json")
    house_own = {key: settings[key] for key in ("cutoff", "maturity_days", "seed", "threads")}
    return _flat(settings["params"] | {"features": settings["features"]}) | house_own


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _judged(learned: Mapping[str, TrainedScheme]) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=JUDGED)]
    for scheme, trained in sorted(learned.items()):
        # The id is consignment@cut-off; only the last @ parts the two.
        ids = [str(row).rsplit("@", 1)[0] for row in trained.judged["id"]]
        when = pl.Series(trained.judged["when"].to_numpy()).cast(CUTOFF)
        frames.append(
            pl.DataFrame({"consignment_id": ids, "cutoff": when}).select(
                pl.lit(scheme).alias("scheme"),
                "consignment_id",
                "cutoff",
                label=pl.Series(trained.judged["label"].to_numpy()),
                probability=pl.Series(trained.judged["probability"].to_numpy()),
            )
        )
    return pl.concat(frames)


def judged(home: Path, name: str) -> pl.DataFrame:
    """The judged rows of a model; none where its evaluation is not kept."""
    path = folder_of(home, name) / "judged.parquet"
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=JUDGED)


def read(home: Path, name: str, file: str) -> dict[str, Any]:
    """A JSON file of an evaluation; empty where it is not kept."""
    path = folder_of(home, name) / file
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def write_against(home: Path, name: str, content: dict[str, Any]) -> None:
    """Keeps the head to head of a model, in place of an earlier one."""
    place = folder_of(home, name)
    place.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    replace_file(place / "against_champion.json", text + "\n")
