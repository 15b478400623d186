"""Small random tables for tests: late versions, corrections, withdrawals, several lines, several findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import catch_rows
import numpy as np
import paper_rows
import polars as pl
import position_rows
import vessel_rows

from features.contract import load_contract
from features.tables import Tables

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a contract table: columns that are not given are null, `withdrawn` is false."""
    contract = load_contract()[name]
    full = [{**dict.fromkeys(contract.columns), "withdrawn": False, **row} for row in rows]
    return (
        pl.DataFrame(full, schema=contract.schema)
        .unique([*contract.key, "known_at"], keep="first")
        .sort([*contract.key, "known_at"])
    )


def random_rows(seed: int, consignments: int = 12) -> dict[str, pl.DataFrame]:
    """Tables of declarations, findings, parties, routes and papers with up to four versions a row."""
    draw = np.random.default_rng(seed)
    names = (
        "consignment",
        "goods_item",
        "inspection",
        "leg",
        "document",
        "party",
        "brand",
        *catch_rows.TABLES,
        *vessel_rows.TABLES,
        *position_rows.TABLES,
    )
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in names}
    _parties_and_brands(draw, rows)
    for number in range(consignments):
        name = f"C{number:02d}"
        known = START + DAY * float(draw.integers(0, 40)) + timedelta(hours=int(draw.integers(0, 24)))
        _consignment_versions(draw, name, known, rows["consignment"])
        for item in range(1, int(draw.integers(1, 4))):
            _item_versions(draw, name, item, known, rows["goods_item"])
        for finding in range(int(draw.integers(0, 3))):
            _finding_versions(draw, name, finding, known, rows["inspection"])
        _route_and_papers(draw, name, known, rows)
    catch_rows.add_catch(seed, rows, _versions, START)
    vessel_rows.add_vessels(seed, rows, _versions, START)
    position_rows.add_positions(seed, rows, _versions, START)
    paper_rows.add_papers(seed, rows, _versions, START)
    return {name: table(name, content) for name, content in rows.items()}


def random_tables(seed: int, consignments: int = 12) -> Tables:
    return Tables(random_rows(seed, consignments))


def _maybe(draw: np.random.Generator, value: object) -> object:
    return value if draw.random() < 0.85 else None


def _versions(draw: np.random.Generator, known: datetime) -> list[tuple[datetime, bool]]:
    later = sorted(known + DAY * float(draw.integers(0, 20)) for _ in range(int(draw.integers(0, 4))))
    return [(known, False), *[(instant, bool(draw.random() < 0.2)) for instant in later]]


def _consignment_versions(draw: np.random.Generator, name: str, known: datetime, rows: list[dict[str, object]]) -> None:
    for known_at, withdrawn in _versions(draw, known):
        rows.append(
            {
                "consignment_id": name,
                "declared_at": known - timedelta(hours=1),
                "regime": "import",
                "office": draw.choice(["JPWKJ", "RUVVO"]),
                "mode": draw.choice(["sea", "post"]),
                "importer_id": _maybe(draw, draw.choice(["P1", "P2"])),
                "exporter_id": _maybe(draw, draw.choice(["E1", "E2"])),
                "declarant_id": _maybe(draw, draw.choice(["D1", "D2"])),
                "destination_country": draw.choice(["JP", "RU"]),
                "vessel_id": _maybe(draw, draw.choice(["V1", "V2"])),
                "dispatch_country": _maybe(draw, draw.choice(["RU", "KR"])),
                "loading_port": _maybe(draw, draw.choice(["RUVVO", "KRPUS"])),
                "discharge_port": _maybe(draw, draw.choice(["JPWKJ", "JPOTR"])),
                "arrived_at": _maybe(draw, known + timedelta(hours=float(draw.integers(-30, 60)))),
                "gross_kg": _maybe(draw, float(draw.integers(1, 50))),
                "packages": _maybe(draw, int(draw.integers(0, 5))),
                "containers": _maybe(draw, list(draw.choice(["CSQU3054383", "CSQU3054384"], int(draw.integers(0, 3))))),
                "procedure": _maybe(draw, draw.choice(["A", "B"])),
                "released_at": known_at if draw.random() < 0.1 else None,
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )


def _item_versions(
    draw: np.random.Generator, name: str, item: int, known: datetime, rows: list[dict[str, object]]
) -> None:
    for known_at, withdrawn in _versions(draw, known + DAY * float(draw.integers(0, 2))):
        rows.append(
            {
                "consignment_id": name,
                "item_no": item,
                "hs6": str(draw.choice(["030614", "160510", "854231", "870323"])),
                "description": _maybe(draw, draw.choice(["frozen crab, legs", "goods", "12 x 5 KG"])),
                "product_form": _maybe(draw, draw.choice(["frozen", "live"])),
                "origin_country": _maybe(draw, draw.choice(["RU", "JP"])),
                "net_kg": _maybe(draw, float(draw.integers(1, 5))),
                "value_usd": _maybe(draw, float(draw.integers(0, 900)) / 10),
                "duty_rate": _maybe(draw, float(draw.integers(0, 4))),
                "brand_id": _maybe(draw, "B1"),
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )


def _parties_and_brands(draw: np.random.Generator, rows: dict[str, list[dict[str, object]]]) -> None:
    for name in ("P1", "P2", "E1", "E2", "D1"):
        for known_at, withdrawn in _versions(draw, START + DAY * float(draw.integers(0, 15))):
            rows["party"].append(
                {
                    "party_id": name,
                    "country": draw.choice(["JP", "RU"]),
                    "incorporated_on": _maybe(draw, (START - DAY * float(draw.integers(0, 900))).date()),
                    "address": _maybe(draw, draw.choice(["1 quay", "2 quay"])),
                    "address_kind": _maybe(draw, draw.choice(["office", "po_box"])),
                    "roles": _maybe(draw, ["importer", "forwarder"][: int(draw.integers(0, 3))]),
                    "trusted": _maybe(draw, bool(draw.random() < 0.5)),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )
    for known_at, withdrawn in _versions(draw, START + DAY * float(draw.integers(0, 15))):
        home = _maybe(draw, draw.choice(["JP", "RU"]))
        rows["brand"].append(
            {"brand_id": "B1", "name": "B", "home_country": home, "known_at": known_at, "withdrawn": withdrawn}
        )


def _route_and_papers(
    draw: np.random.Generator, name: str, known: datetime, rows: dict[str, list[dict[str, object]]]
) -> None:
    for leg in range(1, int(draw.integers(1, 4))):
        for known_at, withdrawn in _versions(draw, known + DAY * float(draw.integers(0, 3))):
            rows["leg"].append(
                {
                    "consignment_id": name,
                    "leg_no": leg,
                    "from_port": draw.choice(["RUVVO", "KRPUS"]),
                    "to_port": draw.choice(["JPWKJ", "CNSHA"]),
                    "mode": "sea",
                    "vessel_id": _maybe(draw, draw.choice(["V1", "V3"])),
                    "free_zone": _maybe(draw, bool(draw.random() < 0.5)),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )
    for document in range(int(draw.integers(0, 3))):
        for known_at, withdrawn in _versions(draw, known + DAY * float(draw.integers(0, 3))):
            rows["document"].append(
                {
                    "document_id": f"D{name}{document}",
                    "consignment_id": name,
                    "kind": draw.choice(["invoice", "export_entry"]),
                    "form": "original",
                    "number": draw.choice(["N1", "N2"]),
                    "issuer_country": draw.choice(["RU", "KR"]),
                    "vessel_id": _maybe(draw, draw.choice(["V2", "V3"])),
                    "holder_id": _maybe(draw, draw.choice(["E1", "E2"])),
                    "known_at": known_at,
                    "withdrawn": withdrawn,
                }
            )


def _finding_versions(
    draw: np.random.Generator, name: str, finding: int, known: datetime, rows: list[dict[str, object]]
) -> None:
    inspected = known + DAY * float(draw.integers(0, 10))
    for known_at, withdrawn in _versions(draw, inspected + DAY * float(draw.integers(0, 20))):
        rows.append(
            {
                "inspection_id": f"I{name}{finding}",
                "consignment_id": name,
                "scheme": draw.choice(["marine_smuggling", "brand_diversion"]) if finding else "marine_smuggling",
                "inspected_at": inspected,
                "selected_by": "rule",
                "result": draw.choice(["confirmed", "unfounded", "inconclusive"]),
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
        )


def random_questions(seed: int, tables: Tables, count: int = 20) -> pl.DataFrame:
    """Questions about known consignments at daily cut-offs of 20:00, never before the consignment was known."""
    draw = np.random.default_rng(seed)
    first = dict(
        tables["consignment"]
        .group_by("consignment_id")
        .agg(pl.col("known_at").min())
        .sort("consignment_id")
        .iter_rows()
    )
    names = sorted(first)
    asked = []
    for _ in range(count):
        name = names[int(draw.integers(0, len(names)))]
        day = first[name].replace(hour=20, minute=0) + DAY * int(draw.integers(1, 40))
        asked.append({"consignment_id": name, "cutoff": day})
    schema = {"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")}
    return pl.DataFrame(asked, schema=schema).unique(maintain_order=True)
