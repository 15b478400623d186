"""What a training says of memory: the flags, and the figures of what is new before those of all rows."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from models.bundle import Bundle
from pipeline.terminal import printable

SHOWN = ("goods", "importer", "exporter", "HS code")


def tell_novelty(console: Console, bundle: Bundle) -> None:
    """Per scheme its flags, then a line per key: what is new before what all rows say."""
    for scheme in bundle.schemes:
        report: dict[str, Any] = bundle.scheme(scheme).metrics.get("novelty") or {"flags": [], "keys": {}}
        for flag in report["flags"]:
            console.print(Text(f"{scheme}: {printable(flag)}", style="bold"))
        for name in (name for name in SHOWN if name in report["keys"]):
            console.print(Text(f"  {scheme}, new {name}: {_told(report['keys'][name])}"))


def _told(key: dict[str, Any]) -> str:
    new, whole, purity = key["new"], key["whole"], key["purity"]
    told = f"{new['rows']} of {whole['rows']} rows, {new['positives']} of them found"
    if new["auc"] is not None:
        told += f": AUC {with_interval(new, 'auc')}, average precision {with_interval(new, 'average_precision')}"
    else:
        told += ": nothing to measure"
    return told + ("" if purity is None else f"; {purity:.1%} of the others have the label seen before")


def with_interval(metrics: dict[str, Any], measure: str) -> str:
    """A measure with its interval, or a dash where it is undefined."""
    if metrics.get(measure) is None:
        return "-"
    limits = metrics.get("intervals", {}).get(measure)
    return f"{metrics[measure]:.3f}" + (f" [{limits[0]:.2f} {limits[1]:.2f}]" if limits else "")
