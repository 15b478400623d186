"""Random rows about papers beside the declarations: kinds and forms, numbers and issuers' records of them, names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from features.document_reference import DOCUMENT_RULES, PORT_GROUPS, SPECIES_HS

Rows = dict[str, list[dict[str, object]]]
Versions = Callable[[np.random.Generator, datetime], list[tuple[datetime, bool]]]
_DAY = timedelta(days=1)
KINDS = ("export_entry", "harbour_clearance", "catch_certificate", "origin_certificate", "health_certificate")
FORMS = ("original", "copy", "electronic_validated")
NUMBERS = ("EX-1000", "ex 1004", "EX-1010", "EX-1020", "EX-9000", "XY/7")
NAMES = ("Nemuro Suisan Co Ltd", "Немуро Суйсан", "ネムロスイサン", "Vostok Trade", "根室水産", None)
_ANY: list[str] = []


def rule(name: str, kind: str, **conditions: object) -> dict[str, object]:
    """A document rule: what is not given is no condition."""
    lists = {column: _ANY for column, dtype in DOCUMENT_RULES.items() if dtype == pl.List(pl.String)}
    open_ended = {"valid_from": None, "valid_to": None}
    return {**lists, **open_ended, "rule": name, "kind": kind, "legal_basis": name, "source": "assumed", **conditions}


def rules(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=DOCUMENT_RULES)


RULES = rules(
    rule("before", "export_entry", hs_prefix=["03"], territory=["JP"], substitutes=["harbour_clearance"],
         valid_to=date(2024, 1, 20)),
    rule("since", "export_entry", hs_prefix=["03", "16"], territory=["JP"], accepted_forms=["original"],
         valid_from=date(2024, 1, 20)),
    rule("crab", "catch_certificate", species=["KCD"], origin=["RU"], valid_from=date(2024, 1, 10)),
    rule("flagged", "health_certificate", flag=["RU"], route=["RU>JP", "KR>JP"], forms=["frozen"]),
)  # fmt: skip
GROUPS = pl.DataFrame(
    [("vladivostok", "RUVVO"), ("vladivostok", "RUFIP"), ("wakkanai", "JPWKJ"), ("wakkanai", "JPXXX")],
    schema=PORT_GROUPS,
    orient="row",
)
SPECIES = pl.DataFrame(
    [
        ("KCD", "frozen", "030614", False),
        ("CRQ", "frozen", "030614", False),
        ("KCD", "canned", "160510", True),
        ("ALK", "frozen", "030367", True),
    ],
    schema=SPECIES_HS,
    orient="row",
)


def add_papers(seed: int, rows: Rows, versions: Versions, start: datetime) -> None:
    """Adds them to rows that are there; a generator of its own leaves all other draws as they were."""
    draw = np.random.default_rng([seed, 9])
    for party in rows["party"]:
        party["name"] = draw.choice(np.array(NAMES, dtype=object))
    first = {str(row["consignment_id"]): row["known_at"] for row in reversed(rows["consignment"])}
    for name, known in sorted(first.items()):
        assert isinstance(known, datetime)
        for number in range(int(draw.integers(0, 3))):
            _paper(draw, f"Q{name}{number}", name, known, rows, versions)
    for number in range(30):
        _record(draw, str(draw.choice(NUMBERS)) if number < 6 else f"EX-{1000 + number}", start, rows, versions)


def _maybe(draw: np.random.Generator, value: object, share: float = 0.85) -> object:
    return value if draw.random() < share else None


def _paper(
    draw: np.random.Generator, document: str, name: str, known: datetime, rows: Rows, versions: Versions
) -> None:
    issued = known - _DAY * float(draw.integers(-3, 9))
    for known_at, withdrawn in versions(draw, known + _DAY * float(draw.integers(0, 3))):
        rows["document"].append(
            {
                "document_id": document,
                "consignment_id": name,
                "kind": draw.choice(KINDS),
                "form": draw.choice(FORMS),
                "number": draw.choice(NUMBERS),
                "issuer_country": draw.choice(["RU", "KR"], p=[0.9, 0.1]),
                "holder_id": _maybe(draw, draw.choice(["E1", "E2"])),
                "issued_at": _maybe(draw, issued),
                "valid_to": _maybe(draw, issued + _DAY * float(draw.integers(-2, 9))),
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )
    begins = known - _DAY * 9
    for line in range(1, int(draw.integers(1, 3))):
        for known_at, withdrawn in versions(draw, known + _DAY * float(draw.integers(0, 3))):
            rows["document_line"].append(
                {
                    "document_id": document,
                    "line_no": line,
                    "species": _maybe(draw, draw.choice(["KCD", "CRQ"])),
                    "gear": _maybe(draw, "FPO"),
                    "catch_from": _maybe(draw, begins),
                    "catch_to": _maybe(draw, begins + _DAY * float(draw.choice([-1, 5]))),
                    "net_kg": _maybe(draw, float(draw.choice([0, 2, 3]))),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )


def _record(draw: np.random.Generator, number: str, start: datetime, rows: Rows, versions: Versions) -> None:
    cleared = start + _DAY * float(draw.integers(0, 30))
    for known_at, withdrawn in versions(draw, cleared + timedelta(hours=int(draw.integers(-5, 200)))):
        rows["partner_export"].append(
            {
                "issuer_country": "RU",
                "number": number,
                "line_no": int(draw.integers(1, 3)),
                "cleared_at": cleared,
                "consignee": draw.choice(np.array(NAMES, dtype=object)),
                "destination_port": _maybe(draw, draw.choice(["JPWKJ", "JPXXX", "JPOTR"])),
                "hs6": str(draw.choice(["030614", "160510"])),
                "species": _maybe(draw, draw.choice(["KCD", "CRQ"])),
                "net_kg": _maybe(draw, float(draw.integers(1, 5))),
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )
