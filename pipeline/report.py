"""How a model was judged, under names that stay the same from one model to the next, so that DVC can compare them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from models.bundle import Bundle
from pipeline import evaluations
from pipeline.errors import Usage
from pipeline.runs import scratch, write_json

MEASURES = ("auc", "average_precision", "brier", "calibration_error")
OWN = {"metrics.json", "plots"}


def write_report(home: Path, bundle: Bundle, folder: Path) -> None:
    """Writes `metrics.json` (the headline of each scheme, new goods first) and `plots/` (its pictures) into `folder`.

    A report that stands is replaced. Raises Usage for a folder that holds anything else.
    """
    foreign = sorted(path.name for path in folder.glob("*") if path.name not in OWN) if folder.is_dir() else []
    if foreign or folder.is_file():
        raise Usage(f"needed an empty folder, or an earlier report, for --report, found {folder} with {foreign[:3]}")
    with scratch(home) as draft:
        report = draft / "report"
        (report / "plots").mkdir(parents=True)
        write_json(report / "metrics.json", {name: headline(bundle.scheme(name).metrics) for name in bundle.schemes})
        for picture in sorted(evaluations.folder_of(home, bundle.name).glob("*.png")):
            shutil.copyfile(picture, report / "plots" / picture.name)
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(OWN):
            place = folder / name
            if place.is_dir():
                shutil.rmtree(place)
            # A copy, since a home and a report may lie on two disks.
            if (report / name).is_dir():
                shutil.copytree(report / name, place)
            else:
                shutil.copyfile(report / name, place)


def headline(metrics: dict[str, Any]) -> dict[str, Any]:
    """The few figures that a change is judged by; what is undefined is left out, since null is not zero."""
    new = ((metrics.get("novelty") or {}).get("keys", {}).get("goods") or {}).get("new", {})
    at_five = metrics.get("at_share", {}).get("0.05", {})
    capacity = metrics.get("at_capacity") or {}
    told = {
        "new_goods": _defined({name: new.get(name) for name in ("rows", *MEASURES[:2])}),
        **{name: metrics.get(name) for name in ("rows", "positives", *MEASURES)},
        "precision_at_5_percent": (at_five.get("precision") or {}).get("expected"),
        "recall_at_5_percent": (at_five.get("recall") or {}).get("expected"),
        "precision_at_capacity": (capacity.get("precision") or {}).get("expected"),
    }
    return _defined(told)


def _defined(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure for name, figure in figures.items() if figure is not None and figure != {}}
