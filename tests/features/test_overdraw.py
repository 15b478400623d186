"""What the ledgers say about a consignment: which certificate speaks, nulls, sentences, evidence."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from catch_rows import FACTORS
from histories import DAY, START
from test_ledger import certificate, landing, tables_of

from features.asked import Asked
from features.catalogue import Catalogue
from features.catch import FAMILY
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={}, conversion_factors=FACTORS)
CATALOGUE = Catalogue([FAMILY], OPTIONS)


def told(tables: Tables, name: str = "A", day: float = 1) -> dict[str, Any]:
    question = pl.DataFrame({"consignment_id": [name], "cutoff": [START + day * DAY]})
    return CATALOGUE.build(tables, question).row(0, named=True)


def sentence(name: str, row: dict[str, Any]) -> str:
    return CATALOGUE.by_name[name].officer.format(value=row[name], **row)


def test_the_certificate_drawn_the_most_speaks_in_whole_sentences() -> None:
    second = landing("A", 0, 10.0)
    second["goods_item"] |= {"item_no": 2, "species": "ALK"}
    tables = tables_of(
        *(landing("A", 0, 60.0), certificate("A", 0), {"goods_item": second["goods_item"]}),
        *(certificate("A", 0, "B", species="ALK", live_kg=40.0), landing("B", 0.5, 90.0), certificate("B", 0.5)),
    )
    row = told(tables)
    assert sentence("certificate_drawn_share", row) == (
        "2 consignments drew 150 kg live weight on the certificate RU A1 (KCD), which certifies 100 kg: 150%."
    )
    assert sentence("certificate_drawn_share_in_turn", row) == (
        "With this consignment 60 kg live weight are drawn on the certificate RU A1 (KCD), which certifies 100 kg: 60%."
    )
    assert sentence("certificate_own_share", row) == (
        "These goods weigh 60 kg live on the certificate RU A1 (KCD) of 100 kg: 60%."
    )
    assert sentence("certificate_overdrawn_kg", row) == (
        "50 kg live weight beyond the 100 kg of the certificate RU A1 (KCD)."
    )
    assert row["certificate_citing_count"] == 2


def test_zero_kilograms_have_no_share_but_are_overdrawn() -> None:
    row = told(tables_of(landing("A", 0, 60.0), certificate("A", 0, live_kg=0.0)))
    assert row["certificate_drawn_share"] is None
    assert row["certificate_overdrawn_kg"] == 60
    assert sentence("certificate_of_zero_kg", row) == "A paper of the certificate RU A1 (KCD) certifies 0 kg."


def test_papers_of_one_number_that_disagree() -> None:
    tables = tables_of(
        *(landing("A", 0, 1.0), certificate("A", 0, live_kg=50.0), landing("B", 0, 1.0), certificate("B", 0))
    )
    row = told(tables)
    assert math.isclose(row["certificate_kg_disagreement_log"], math.log(2), abs_tol=1e-8)
    assert sentence("certificate_kg_disagreement_log", row) == (
        "Papers of the certificate RU A1 (KCD) state from 50 to 100 kg."
    )


def test_what_is_not_known_is_null() -> None:
    row = told(tables_of(landing("A", 0, None), certificate("A", 0)))
    assert row["certificate_drawn_share"] is row["certificate_overdrawn_kg"] is None
    assert row["certificate_citing_count"] == 1
    assert told(tables_of(landing("A", 0, 1.0), certificate("A", 0, live_kg=None)))["certificate_of_zero_kg"] is None
    assert told(tables_of(landing("A", 0, 1.0), certificate("A", 0, species="ALK")))["certificate_citing_count"] is None


def test_evidence_names_the_papers_of_others_under_the_number() -> None:
    tables = tables_of(
        *(landing("A", 0, 60.0), certificate("A", 0)),
        *(landing("B", 0, 60.0), certificate("B", 0, "a1")),
        *(landing("C", 2, 60.0), certificate("C", 2)),
        *(landing("D", 0, 60.0), certificate("D", 0, issuer="KR")),
    )
    asked = Asked(tables, pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY]}))
    rows = CATALOGUE.by_name["certificate_drawn_share"].evidence(asked, OPTIONS)
    assert rows["evidence"].to_list() == ["consignment:A", "goods_item:A/1", "document:DAA-1RU", "document:DBa1RU"]
