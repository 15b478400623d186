"""Small random tables for tests: late versions, corrections, withdrawals, several lines, several findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import catch_rows
import numpy as np
import polars as pl

from features.contract import load_contract
from features.tables import Tables

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OF_VESSELS = ("vessel", "watchlist", "fishing_right", "port_call", "document_line")


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
    names = ("consignment", "goods_item", "inspection", "leg", "document", "party", "brand", *catch_rows.TABLES)
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


def _vessels(draw: np.random.Generator, rows: dict[str, list[dict[str, object]]]) -> None:
    """Identities, listings, rights, calls and lines of papers of three vessels, around the time of the consignments."""
    for vessel in ("V1", "V2", "V3"):
        for _ in range(int(draw.integers(1, 5))):
            _identity(draw, vessel, rows["vessel"])
        for number in range(int(draw.integers(0, 4))):
            _right(draw, f"R{vessel}{number}", vessel, rows["fishing_right"])
        for number in range(int(draw.integers(0, 9))):
            _call(draw, f"{vessel}{number}", vessel, rows["port_call"])
    for _ in range(int(draw.integers(0, 6))):
        _listing(draw, rows["watchlist"])
    known = {str(row["document_id"]): row["known_at"] for row in reversed(rows["document"])}
    for document, first in known.items():
        for line in range(1, int(draw.integers(1, 3))):
            _document_line(draw, document, line, first, rows["document_line"])


def _around(draw: np.random.Generator, before: int, after: int) -> datetime:
    return START + DAY * float(draw.integers(-before, after)) + timedelta(hours=int(draw.integers(0, 24)))


def _said(
    draw: np.random.Generator, first: datetime, same: dict[str, object], **drawn: list[object]
) -> list[dict[str, object]]:
    """Versions of a row that agree on `same`; every other value is drawn anew, and at times empty."""
    return [
        {
            **same,
            **{name: _maybe(draw, values[int(draw.integers(0, len(values)))]) for name, values in drawn.items()},
            "known_at": known_at,
            "withdrawn": withdrawn,
        }
        for known_at, withdrawn in _versions(draw, first)
    ]


def _identity(draw: np.random.Generator, vessel: str, rows: list[dict[str, object]]) -> None:
    since = _around(draw, 300, 50)
    same = {"vessel_id": vessel, "valid_from": since, "kind": str(draw.choice(["fishing", "reefer", "container"]))}
    rows += _said(
        draw,
        since + DAY * float(draw.integers(-5, 40)),
        same,
        imo=["9074729", "8814274"],
        mmsi=["273123456", "43112345", "431123456"],
        call_sign=["UABC", "JABC"],
        name=["Vostok", "VOSTOK ", "Sever"],
        flag=["RU", "JP", "KH"],
        owner_id=["P1", "E1"],
        operator_id=["P2", "E2"],
        gross_tonnage=[60.0, 300.0],
    )


def _right(draw: np.random.Generator, name: str, vessel: str, rows: list[dict[str, object]]) -> None:
    begins = _around(draw, 60, 20)
    same = {"right_id": name, "authority": "A", "kind": str(draw.choice(["fish", "fish", "carry"]))}
    rows += _said(
        draw,
        begins + DAY * float(draw.integers(-20, 20)),
        {**same, "valid_from": begins},
        vessel_id=[vessel],
        holder_id=["E1", "E2", "P1"],
        species=["KCD", "CRQ"],
        areas=[["61"], ["61", "67"], []],
        gears=[["FPO"], ["OTB", "FPO"]],
        valid_to=[begins + DAY * 20, begins + DAY * 60],
    )


def _call(draw: np.random.Generator, name: str, vessel: str, rows: list[dict[str, object]]) -> None:
    at, by = _around(draw, 10, 45), str(draw.choice(["ais", "vessel", "vessel", "port", "partner_customs"]))
    port = str(draw.choice(["JPWKJ", "JPOTR", "RUVVO"]))
    for row in _said(
        draw,
        at + timedelta(hours=float(draw.integers(-60, 60))),
        {"call_id": name, "vessel_id": vessel, "port": port, "reported_by": by},
        onboard_kg=[100.0, 40.0, 0.0],
        offload_kg=[100.0, 30.0],
    ):
        rows.append({**row, "arrived_at": at + timedelta(hours=float(draw.integers(-20, 20)))})


def _listing(draw: np.random.Generator, rows: list[dict[str, object]]) -> None:
    at = _around(draw, 200, 40)
    kind = str(draw.choice(["vessel", "party"]))
    subject = str(draw.choice(["V1", "V2"] if kind == "vessel" else ["P1", "E2"]))
    same = {"list": str(draw.choice(["iuu", "detentions", "sanctions"])), "subject_kind": kind, "subject": subject}
    first = at + DAY * float(draw.integers(0, 20))
    rows += _said(draw, first, {**same, "listed_at": at}, delisted_at=[at + DAY * 30, at + DAY * 100])


def _document_line(
    draw: np.random.Generator, document: str, line: int, first: object, rows: list[dict[str, object]]
) -> None:
    assert isinstance(first, datetime)
    begins = first - DAY * float(draw.integers(1, 40))
    rows += _said(
        draw,
        first + DAY * float(draw.integers(0, 3)),
        {"document_id": document, "line_no": line},
        species=["KCD", "CRQ"],
        catch_area=["61", "61.1", "67"],
        gear=["FPO", "OTB"],
        catch_from=[begins],
        catch_to=[begins + DAY * 3, begins + DAY * 15],
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
