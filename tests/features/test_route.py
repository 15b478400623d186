"""Family route: against plain filtering, and cases, sentences and evidence by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import Row, visible

from features import route
from features.asked import Asked
from features.asof import history
from features.catalogue import Catalogue
from features.mixes import divergence
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={})
BY_NAME = {indicator.name: indicator for indicator in route.declare(OPTIONS)}
CHANNEL = ["brand_id", "party_id", "territory", "route", "valid_from"]


def build(tables: Tables, questions: pl.DataFrame) -> pl.DataFrame:
    return Catalogue([route.FAMILY], OPTIONS).build(tables, questions)


def with_channels(seed: int) -> dict[str, pl.DataFrame]:
    """Random tables with channels of the brand, some withdrawn, some run out, some open to any route."""
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(int(draw.integers(1, 4))):
        known = START + DAY * int(draw.integers(0, 30))
        channel = {
            "brand_id": str(draw.choice(["B1", "B1", "B2"])),
            "party_id": "P1",
            "territory": str(draw.choice(["JP", "RU"])),
            "route": None if draw.random() < 0.3 else [str(name) for name in draw.choice(["RU", "KR", "CN"], 2)],
            "valid_from": START + DAY * int(draw.integers(0, 20)),
            "valid_to": START + DAY * int(draw.integers(20, 60)) if draw.random() < 0.5 else None,
        }
        rows.append({**channel, "known_at": known})
        if draw.random() < 0.3:
            rows.append({**channel, "known_at": known + 5 * DAY, "withdrawn": True})
    return {**random_rows(seed), "brand_channel": table("brand_channel", rows)}


def any_of(conditions: list[bool | None]) -> bool | None:
    return True if True in conditions else None if None in conditions else False


def both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def differ(one: str | None, other: str | None) -> bool | None:
    return None if one is None or other is None else one != other


def is_hub(channels: list[Row], item: Row, own: Row, cutoff: datetime) -> bool | None:
    answers: list[bool | None] = []
    for row in channels:
        is_valid = row["valid_from"] <= cutoff and (row["valid_to"] is None or row["valid_to"] > cutoff)
        if row["brand_id"] != item["brand_id"] or not is_valid:
            continue
        if row["route"] is None:
            unlike = differ(row["territory"], own["destination_country"])
            answers.append(None if unlike is None else not unlike)
        else:
            answers.append(None if own["dispatch_country"] is None else own["dispatch_country"] in row["route"])
    return any_of(answers)


def of_brands(rows: dict[str, list[Row]], own: Row, items: list[Row], question: Row) -> bool | None:
    """Whether goods of a brand's home come from elsewhere than its home and its hubs."""
    cutoff = question["cutoff"]
    homes = {row["brand_id"]: row["home_country"] for row in visible(rows["brand"], ["brand_id"], cutoff)}
    listed = [{**row, "route": None if row["route"] is None else tuple(row["route"])} for row in rows["brand_channel"]]
    channels = visible(listed, CHANNEL, cutoff)
    is_delivered = any(row["known_at"] <= cutoff for row in listed)
    answers = []
    for item in items:
        if item["brand_id"] is None:
            continue
        from_home = differ(item["origin_country"], homes.get(item["brand_id"]))
        elsewhere = both(
            None if from_home is None else not from_home, differ(own["dispatch_country"], item["origin_country"])
        )
        hub = is_hub(channels, item, own, cutoff) if is_delivered else None
        answers.append(both(elsewhere, None if hub is None else not hub))
    return any_of(answers) if answers else None


def of_places(rows: list[Row], own: Row, question: Row) -> dict[str, Any]:
    earlier = [
        row
        for row in visible(rows, ["consignment_id"], question["cutoff"])
        if row["consignment_id"] != question["consignment_id"] and row["importer_id"] == own["importer_id"]
    ]
    return {
        f"{place}_is_new_to_importer": None
        if own["importer_id"] is None or own[place] is None
        else all(row[place] != own[place] for row in earlier)
        for place in route.PLACES
    }


def of_chain(rows: dict[str, list[Row]], question: Row) -> dict[str, Any]:
    cutoff, name = question["cutoff"], question["consignment_id"]
    legs = [row for row in visible(rows["leg"], ["consignment_id", "leg_no"], cutoff) if row["consignment_id"] == name]
    papers = [
        row
        for row in visible(rows["document"], ["document_id"], cutoff)
        if row["consignment_id"] == name and row["kind"] == "invoice"
    ]
    passages = [row["free_zone"] for row in legs]
    depth = None if not legs or (True not in passages and None in passages) else passages.count(True)
    return {
        "leg_count": len(legs),
        "route_country_count": len({row[port][:2] for row in legs for port in ("from_port", "to_port")}) or None,
        "free_zone_leg_count": depth,
        "invoice_count": len(papers),
        "reinvoicing_depth": None if depth is None else depth + max(len(papers) - 1, 0),
    }


def plainly(rows: dict[str, list[Row]], question: Row) -> dict[str, Any]:
    cutoff, name = question["cutoff"], question["consignment_id"]
    held = [row for row in visible(rows["consignment"], ["consignment_id"], cutoff) if row["consignment_id"] == name]
    names = ("importer_id", "dispatch_country", "destination_country", *route.PLACES)
    own = held[0] if held else dict.fromkeys(names)
    items = [
        row
        for row in visible(rows["goods_item"], ["consignment_id", "item_no"], cutoff)
        if row["consignment_id"] == name
    ]
    loaded = own["loading_port"]
    return {
        **of_places(rows["consignment"], own, question),
        **of_chain(rows, question),
        "dispatch_is_not_origin": any_of([differ(own["dispatch_country"], row["origin_country"]) for row in items])
        if items
        else None,
        "dispatch_is_not_loading_country": differ(own["dispatch_country"], loaded and loaded[:2]),
        "brand_home_goods_from_elsewhere": of_brands(rows, own, items, question),
    }


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_equals_plain_filtering(seed: int) -> None:
    rows = with_channels(seed)
    tables = Tables(rows)
    questions = random_questions(seed, tables)
    found = build(tables, questions)
    plain = {name: frame.to_dicts() for name, frame in rows.items()}
    for question, answer in zip(questions.to_dicts(), found.to_dicts(), strict=True):
        for name, expected in plainly(plain, question).items():
            delivered = all(tables.is_delivered(table, question["cutoff"]) for table in BY_NAME[name].reads)
            assert answer[name] == (expected if delivered else None), name


def test_shifts_are_those_of_the_mixes() -> None:
    rows = random_rows(7, consignments=60)
    rows["consignment"] = rows["consignment"].with_columns(
        known_at=pl.lit(START) + (pl.col("known_at") - START) * 8, importer_id=pl.lit("P1")
    )
    questions = random_questions(7, Tables(rows), count=60).with_columns(pl.col("cutoff") + timedelta(days=250))
    found = build(Tables(rows), questions)
    asked = questions.with_columns(importer_id=Asked(Tables(rows), questions).consignment["importer_id"])
    for place in route.PLACES:
        spans = history(rows["consignment"], ["consignment_id"], "consignment_id", ["importer_id", place])
        expected = divergence(spans, asked, "importer_id", place)
        assert expected["divergence"].drop_nulls().len() > 5
        assert found[f"{place}_mix_shift"].to_list() == expected["divergence"].to_list()


def consignment(**columns: object) -> Row:
    places = {"office": "JPWKJ", "discharge_port": "JPWKJ", "loading_port": "RUVVO", "dispatch_country": "RU"}
    return {"consignment_id": "A", "importer_id": "P1", **places, "known_at": START, **columns}


def item(**columns: object) -> Row:
    return {"consignment_id": "A", "item_no": 1, "hs6": "420221", "known_at": START, **columns}


def tables_of(**rows: list[Row]) -> Tables:
    return Tables({name: table(name, content) for name, content in rows.items()})


def told(tables: Tables, day: float = 1) -> Row:
    question = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY * day]})
    return build(tables, question).row(0, named=True)


def sentence(name: str, row: Row) -> str:
    return BY_NAME[name].officer.format(value=row[name], **row)


def branded(dispatch: str, channels: list[Row] | None, destination: str | None = "JP") -> bool | None:
    """The answer for goods made at the brand's home France and dispatched from a country."""
    channel = {"brand_id": "B1", "party_id": "P9", "territory": "JP", "valid_from": START, "known_at": START}
    tables = {
        "consignment": [consignment(dispatch_country=dispatch, destination_country=destination)],
        "goods_item": [item(brand_id="B1", origin_country="FR")],
        "brand": [{"brand_id": "B1", "name": "B", "home_country": "FR", "known_at": START}],
    }
    if channels is not None:
        tables["brand_channel"] = [{**channel, **row} for row in channels]
    answer: bool | None = told(tables_of(**tables), 10)["brand_home_goods_from_elsewhere"]
    return answer


@pytest.mark.parametrize(
    ("dispatch", "channels", "expected"),
    [
        ("FR", None, False),
        ("HK", None, None),
        ("HK", [{"route": ["FR", "SG", "JP"]}], True),
        ("SG", [{"route": ["FR", "SG", "JP"]}], False),
        ("SG", [{"route": ["FR", "SG", "JP"], "valid_from": START + 11 * DAY}], True),
        ("SG", [{"route": ["FR", "SG", "JP"], "valid_to": START + 10 * DAY}], True),
        ("SG", [{"route": ["FR", "SG", "JP"], "known_at": START + 11 * DAY}], None),
        ("SG", [{"route": ["FR", "SG"], "brand_id": "B2"}], True),
        ("HK", [{"route": None}], False),
        ("HK", [{"route": None, "territory": "US"}], True),
    ],
    ids=[
        "from home",
        "no channels delivered",
        "on no route",
        "a hub",
        "a hub not yet valid",
        "a hub no longer valid",
        "channels not yet known",
        "the hub of another brand",
        "any route to this territory",
        "any route to another territory",
    ],
)
def test_brand_hubs(dispatch: str, channels: list[Row] | None, expected: bool | None) -> None:
    assert branded(dispatch, channels) is expected


def test_an_unknown_destination_leaves_open_whether_any_route_serves_it() -> None:
    assert branded("HK", [{"route": None}], destination=None) is None


def test_one_known_line_decides_and_an_unknown_one_leaves_open() -> None:
    def answer(*origins: str | None) -> bool | None:
        items = [item(item_no=number, origin_country=origin) for number, origin in enumerate(origins, 1)]
        found: bool | None = told(tables_of(consignment=[consignment()], goods_item=items))["dispatch_is_not_origin"]
        return found

    assert [answer("RU", None, "KR"), answer("RU", None), answer("RU", "RU")] == [True, None, False]


def leg(number: int, start: str, end: str, free_zone: bool | None = False) -> Row:
    ports = {"from_port": start, "to_port": end, "free_zone": free_zone}
    return {"consignment_id": "A", "leg_no": number, "mode": "sea", **ports, "known_at": START}


def invoice(name: str, **columns: object) -> Row:
    return {"document_id": name, "consignment_id": "A", "kind": "invoice", "known_at": START, **columns}


def test_depth_counts_free_zones_and_further_invoices() -> None:
    tables = tables_of(
        consignment=[consignment()],
        leg=[leg(2, "AEJEA", "HKHKG", True), leg(1, "FRLEH", "AEJEA"), leg(3, "HKHKG", "JPTYO", None)],
        document=[invoice("D1"), invoice("D2"), invoice("D3"), invoice("D4", kind="transport")],
    )
    row = told(tables)
    names = ("leg_count", "route_country_count", "free_zone_leg_count", "invoice_count", "reinvoicing_depth")
    assert [row[name] for name in names] == [3, 4, 1, 3, 3]
    assert row["route_declared"] == "FRLEH > AEJEA > HKHKG > JPTYO"


def test_without_invoices_nothing_is_taken_off() -> None:
    other = {**invoice("D1"), "consignment_id": "B"}
    tables = tables_of(consignment=[consignment()], leg=[leg(1, "AEJEA", "JPTYO", True)], document=[other])
    assert told(tables)["reinvoicing_depth"] == 1


def test_what_was_not_delivered_is_null() -> None:
    row = told(tables_of(consignment=[consignment()], leg=[leg(1, "AEJEA", "JPTYO", True)]))
    assert row["free_zone_leg_count"] == 1
    assert row["invoice_count"] is row["reinvoicing_depth"] is row["brand_home_goods_from_elsewhere"] is None
    assert told(tables_of(consignment=[consignment()]))["leg_count"] is None


def test_sentences_tell_what_was_compared() -> None:
    tables = tables_of(
        consignment=[consignment(dispatch_country="KR"), consignment(consignment_id="B", office="JPOTR")],
        goods_item=[item(origin_country="RU"), item(item_no=2, origin_country="CN")],
        leg=[leg(1, "RUVVO", "KRPUS"), leg(2, "CNSHA", "JPWKJ", True)],
        document=[invoice("D1"), invoice("D2")],
    )
    row = told(tables)
    expected = {
        "office_is_new_to_importer": "0 of the importer's 1 other known consignments have the office JPWKJ.",
        "loading_port_is_new_to_importer": "1 of the importer's 1 other known consignments have the port of loading "
        "RUVVO.",
        "dispatch_is_not_origin": "Dispatched from KR; declared origin CN, RU.",
        "dispatch_is_not_loading_country": "Dispatched from KR; loaded at RUVVO.",
        "leg_count": "2 legs: RUVVO > KRPUS; CNSHA > JPWKJ.",
        "free_zone_leg_count": "1 legs through a free zone on the route RUVVO > KRPUS; CNSHA > JPWKJ.",
    }
    assert {name: sentence(name, row) for name in expected} == expected
    assert row["reinvoicing_depth"] == 2


def test_evidence_names_legs_papers_brands_and_earlier_consignments() -> None:
    tables = tables_of(
        consignment=[consignment(), consignment(consignment_id="B", use="secret")],
        goods_item=[item(brand_id="B1"), item(item_no=2, brand_id="B1"), item(item_no=3, brand_id="B2")],
        brand=[{"brand_id": "B1", "name": "B", "known_at": START, "use": "secret"}],
        leg=[leg(1, "RUVVO", "KRPUS")],
        document=[invoice("D1"), invoice("D2", kind="other")],
    )
    asked = Asked(tables, pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]}))

    def keys(name: str) -> list[tuple[str, str | None]]:
        rows: list[tuple[str, str | None]] = BY_NAME[name].evidence(asked, OPTIONS).select("evidence", "use").rows()
        return rows

    own = [("consignment:A", None)]
    lines = [(f"goods_item:A/{number}", None) for number in (1, 2, 3)]
    assert keys("reinvoicing_depth") == [*own, ("leg:A/1", None), ("document:D1", None)]
    assert keys("brand_home_goods_from_elsewhere") == [*own, *lines, ("brand:B1", "secret")]
    assert keys("office_mix_shift") == [*own, *lines, ("consignment:B", "secret")]


def test_every_indicator_brings_evidence() -> None:
    tables = random_tables(3, consignments=40)
    asked = Asked(tables, random_questions(3, tables, count=5))
    for indicator in BY_NAME.values():
        rows = indicator.evidence(asked, OPTIONS)
        assert rows.columns == ["question", "evidence", "use"]
        assert {key.split(":")[0] for key in rows["evidence"]} <= {*indicator.reads, "goods_item"}


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert build(random_tables(1), none).height == 0
