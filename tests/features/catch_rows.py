"""Random rows about catch beside the declarations: species, certificates and their lines, cleared exports, quotas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from features.options import CLOSED_SEASONS, CONVERSION_FACTORS
from features.voyage_options import STOWAGE

FACTORS = pl.DataFrame(
    [(None, "live", 1.0, None), (None, "frozen", 1.5, None), ("KCD", "frozen", 2.0, date(2024, 1, 20))],
    schema=CONVERSION_FACTORS,
    orient="row",
)
CLOSURES = pl.DataFrame(
    [
        ("crab in winter", "KCD", "61", None, None, date(2024, 2, 1), "12-20", "01-15"),
        ("pollock of a month", "ALK", None, None, date(2024, 1, 10), date(2024, 2, 10), None, None),
        ("pollock again", "ALK", "67", None, date(2024, 2, 1), None, "01-01", "03-01"),
    ],
    schema=CLOSED_SEASONS,
    orient="row",
)
STOWED = pl.DataFrame([("live", 400.0), ("frozen", 550.0)], schema=STOWAGE, orient="row")

Rows = dict[str, list[dict[str, object]]]
Versions = Callable[[np.random.Generator, datetime], list[tuple[datetime, bool]]]
TABLES = ("document_line", "partner_export", "fishing_right")
_DAY = timedelta(days=1)


def add_catch(seed: int, rows: Rows, versions: Versions, start: datetime) -> None:
    """Adds them to rows that are there; a generator of its own leaves all other draws as they were."""
    draw = np.random.default_rng([seed, 8])
    for consignment in rows["consignment"]:
        consignment["vessel_id"] = consignment.get("vessel_id") or _maybe(draw, draw.choice(["V1", "V2"]))
    for item in rows["goods_item"]:
        item["species"] = _maybe(draw, draw.choice(["KCD", "ALK"]), 0.7)
        item["catch_area"] = _maybe(draw, draw.choice(["61", "67"]))
    first = {str(row["consignment_id"]): row["known_at"] for row in reversed(rows["consignment"])}
    for name, known in sorted(first.items()):
        assert isinstance(known, datetime)
        for number in range(int(draw.integers(0, 3))):
            _certificate(draw, f"K{name}{number}", name, known, rows, versions)
    for row in [row for row in rows["document"] if row["kind"] == "export_entry"]:
        known = row["known_at"]
        assert isinstance(known, datetime)
        rows["document_line"] += _lines(draw, str(row["document_id"]), known, versions)
    _exports(draw, start, rows, versions)
    _quotas(draw, start, rows, versions)


def _maybe(draw: np.random.Generator, value: object, share: float = 0.85) -> object:
    return value if draw.random() < share else None


def _certificate(
    draw: np.random.Generator, document: str, name: str, known: datetime, rows: Rows, versions: Versions
) -> None:
    number = draw.choice(["C-1", "c1", "C2", "C3"])
    begins = known - _DAY * float(draw.integers(0, 5))
    for known_at, withdrawn in versions(draw, known + _DAY * float(draw.integers(0, 3))):
        rows["document"].append(
            {
                "document_id": document,
                "consignment_id": name,
                "kind": "catch_certificate",
                "form": draw.choice(["original", "copy"]),
                "number": number if draw.random() < 0.9 else "C4",
                "issuer_country": draw.choice(["RU", "KR"], p=[0.9, 0.1]),
                "vessel_id": _maybe(draw, draw.choice(["V1", "V2"])),
                "holder_id": _maybe(draw, draw.choice(["E1", "E2"])),
                "valid_from": _maybe(draw, begins),
                "valid_to": _maybe(draw, begins + _DAY * float(draw.integers(-2, 30))),
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )
    rows["document_line"] += _lines(draw, document, known, versions)


def _lines(draw: np.random.Generator, document: str, known: datetime, versions: Versions) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for line in range(1, int(draw.integers(1, 4))):
        caught = known - _DAY * float(draw.integers(0, 40))
        for known_at, withdrawn in versions(draw, known + _DAY * float(draw.integers(0, 3))):
            lines.append(
                {
                    "document_id": document,
                    "line_no": line,
                    "hs6": _maybe(draw, "030614"),
                    "species": _maybe(draw, draw.choice(["KCD", "ALK"]), 0.9),
                    "product_form": _maybe(draw, draw.choice(["frozen", "live"])),
                    "catch_area": _maybe(draw, draw.choice(["61", "67"])),
                    "gear": _maybe(draw, draw.choice(["FPO", "OTM"])),
                    "catch_from": _maybe(draw, caught),
                    "catch_to": _maybe(draw, caught + _DAY * float(draw.integers(-1, 9))),
                    "live_kg": _maybe(draw, float(draw.integers(0, 9))),
                    "net_kg": _maybe(draw, float(draw.choice([0.001, 1, 2, 3, 3000]))),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )
    return lines


def _exports(draw: np.random.Generator, start: datetime, rows: Rows, versions: Versions) -> None:
    for country, number in (("RU", "N1"), ("RU", "n-2"), ("KR", "N1")):
        for line in range(1, int(draw.integers(1, 4))):
            cleared = start + _DAY * float(draw.integers(0, 30))
            for known_at, withdrawn in versions(draw, cleared + _DAY):
                rows["partner_export"].append(
                    {
                        "issuer_country": country,
                        "number": number,
                        "line_no": line,
                        "cleared_at": cleared,
                        "hs6": "030614",
                        "species": _maybe(draw, "KCD"),
                        "net_kg": _maybe(draw, float(draw.integers(0, 5))),
                        "known_at": known_at,
                        "withdrawn": withdrawn,
                    }
                )


def _quotas(draw: np.random.Generator, start: datetime, rows: Rows, versions: Versions) -> None:
    for number in range(8):
        begins = start - _DAY * float(draw.integers(0, 40))
        for known_at, withdrawn in versions(draw, start + _DAY * float(draw.integers(0, 20))):
            rows["fishing_right"].append(
                {
                    "right_id": f"R{number}",
                    "authority": "RU",
                    "kind": draw.choice(["fish", "carry"], p=[0.9, 0.1]),
                    "vessel_id": _maybe(draw, draw.choice(["V1", "V2"]), 0.7),
                    "holder_id": _maybe(draw, draw.choice(["E1", "E2"])),
                    "species": _maybe(draw, draw.choice(["KCD", "ALK"])),
                    "areas": _maybe(draw, ["61", "67"][: int(draw.integers(1, 3))]),
                    "live_kg": _maybe(draw, float(draw.integers(0, 9))),
                    "valid_from": begins,
                    "valid_to": _maybe(draw, begins + _DAY * float(draw.integers(1, 90))),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )
