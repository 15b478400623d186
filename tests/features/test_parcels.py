"""Family parcels: its declarations, sentences and evidence; what it computes is tested where it is computed."""

from __future__ import annotations

import polars as pl
from histories import START, random_questions, random_tables, table

from features import parcels
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

OPTIONS = Options(schemes={}, de_minimis_usd={"default": 150})


def two_parcels() -> Tables:
    known = {"known_at": START}
    parties = {"exporter_id": "E1", "importer_id": "P1", "declared_at": START}
    return Tables(
        {
            "consignment": table(
                "consignment", [{"consignment_id": name, "use": "secret", **parties, **known} for name in ("A", "B")]
            ),
            "goods_item": table(
                "goods_item",
                [
                    {"consignment_id": name, "item_no": 1, "hs6": "3", "value_usd": 100.0, **known}
                    for name in ("A", "B")
                ],
            ),
        }
    )


def questions(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"consignment_id": names, "cutoff": [START] * len(names)})


def test_the_sentence_tells_the_split() -> None:
    row = Catalogue([parcels.FAMILY], OPTIONS).build(two_parcels(), questions("A")).row(0, named=True)
    ratio, count, _ = parcels.declare(OPTIONS)
    sentence = (
        "2 consignments of the same consignor and consignee within 72 hours, each under 150 USD, come to 200.00 USD"
    )
    assert ratio.officer.format(value=row["split_value_ratio"], **row) == f"{sentence}, 1.3 times that limit."
    assert count.officer.format(value=row["split_part_count"], **row) == f"{sentence}."


def test_evidence_names_the_other_parts_with_their_use() -> None:
    asked = Asked(two_parcels(), questions("A", "B"))
    rows = parcels.declare(OPTIONS)[0].evidence(asked, OPTIONS)
    assert rows.filter(question=0).select("evidence", "use").rows() == [
        ("consignment:A", "secret"),
        ("goods_item:A/1", None),
        ("consignment:B", "secret"),
    ]


def test_evidence_is_there_for_every_indicator() -> None:
    tables = random_tables(3, consignments=40)
    asked = Asked(tables, random_questions(3, tables, count=5))
    for indicator in parcels.declare(OPTIONS):
        rows = indicator.evidence(asked, OPTIONS)
        assert set(rows.columns) == {"question", "evidence", "use"}
        assert {key.split(":")[0] for key in rows["evidence"]} <= set(indicator.reads)


def test_no_question_gives_no_row() -> None:
    none = pl.DataFrame(schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")})
    assert Catalogue([parcels.FAMILY], OPTIONS).build(random_tables(1), none).height == 0
