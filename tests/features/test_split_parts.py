"""Parts of a split against looking at every other consignment that is visible."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from histories import START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features.asked import Asked
from features.options import Options
from features.split_parts import nearest_parts, split_parts
from features.tables import Tables

Row = dict[str, Any]
OPTIONS = Options(schemes={}, de_minimis_usd={"default": 120, "JP": 70.5})
HOUR = timedelta(hours=1)


def limit(row: Row) -> float:
    return OPTIONS.de_minimis_usd.get(row["destination_country"], OPTIONS.de_minimis_usd["default"])


def worth(tables: Tables, cutoff: datetime) -> dict[str, Row]:
    """Every visible consignment with its `value`: None where no line is visible or one states none."""
    lines = visible(tables["goods_item"].to_dicts(), ("consignment_id", "item_no"), cutoff)
    found = {}
    for row in visible(tables["consignment"].to_dicts(), ("consignment_id",), cutoff):
        values = [line["value_usd"] for line in lines if line["consignment_id"] == row["consignment_id"]]
        found[row["consignment_id"]] = {**row, "value": sum(values) if values and None not in values else None}
    return found


def parts_of(name: str, consignments: dict[str, Row]) -> list[Row] | None:
    own = consignments.get(name)
    if own is None or None in (own["value"], own["exporter_id"], own["importer_id"]):
        return None
    if own["value"] >= limit(own):
        return []
    return [
        row
        for row in consignments.values()
        if (row["exporter_id"], row["importer_id"]) == (own["exporter_id"], own["importer_id"])
        and own["declared_at"] - 72 * HOUR < row["declared_at"] <= own["declared_at"] + 72 * HOUR
        and row["value"] is not None
        and row["value"] < limit(row)
    ]


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed, consignments=40)
    questions = random_questions(seed, tables, count=10)
    asked = Asked(tables, questions)
    found, near = split_parts(asked, OPTIONS), nearest_parts(asked, OPTIONS, 2)
    for number, (question, row) in enumerate(zip(questions.to_dicts(), found.to_dicts(), strict=True)):
        consignments = worth(tables, question["cutoff"])
        parts = parts_of(question["consignment_id"], consignments)
        if parts is None:
            assert (row["split_part_count"], row["split_value_usd"], row["split_value_ratio"]) == (None, None, None)
            continue
        own = consignments[question["consignment_id"]]
        total = sum(part["value"] for part in parts)
        assert row["split_part_count"] == len(parts)
        assert row["split_value_usd"] == pytest.approx(total)
        assert row["split_value_ratio"] == pytest.approx(total / limit(own))
        assert row["de_minimis_usd"] == limit(own)
        others = sorted(
            (abs(part["declared_at"] - own["declared_at"]), part["consignment_id"])
            for part in parts
            if part["consignment_id"] != own["consignment_id"]
        )
        assert near.filter(question=number)["unit"].to_list() == [name for _, name in others[:2]]


def parcels(*declared: tuple[str, float, float | None], **columns: Any) -> Tables:
    """Consignments E1 to P1 declared so many hours after the start, of that value, all known at the start."""
    both = {"exporter_id": "E1", "importer_id": "P1", "destination_country": "KR", "known_at": START, **columns}
    return Tables(
        {
            "consignment": table(
                "consignment",
                [{"consignment_id": name, "declared_at": START + hours * HOUR, **both} for name, hours, _ in declared],
            ),
            "goods_item": table(
                "goods_item",
                [
                    {"consignment_id": name, "item_no": 1, "hs6": "330300", "value_usd": value, "known_at": START}
                    for name, _, value in declared
                ],
            ),
        }
    )


def told(tables: Tables, name: str, options: Options = OPTIONS) -> tuple[Any, ...]:
    asked = Asked(tables, pl.DataFrame({"consignment_id": [name], "cutoff": [START]}))
    return split_parts(asked, options).select("split_part_count", "split_value_usd", "split_value_ratio").row(0)


def test_parts_by_hand() -> None:
    tables = parcels(("A", 0, 100), ("B", 1, 80), ("C", 72, 60), ("D", 72.01, 119), ("E", 2, 500), ("F", 2, None))
    assert told(tables, "A") == (3, 240, 2)
    assert told(tables, "C") == (3, 259, pytest.approx(259 / 120)), "A lies 72 hours back, and no longer counts"
    assert told(tables, "E") == (0, 0, 0), "what is above the limit is no part"
    assert told(tables, "F") == (None, None, None), "nothing says that it is small"


def test_the_limit_itself_is_not_below_it() -> None:
    assert told(parcels(("A", 0, 119.999999)), "A")[0] == 1
    assert told(parcels(("A", 0, 120)), "A")[0] == 0


def test_where_nothing_is_duty_free_nothing_is_split() -> None:
    options = Options(schemes={}, de_minimis_usd={"default": 120, "KR": 0})
    assert told(parcels(("A", 0, 0.0)), "A", options) == (0, 0, 0)


def test_a_question_has_the_same_ratio_alone_and_among_others() -> None:
    tables = parcels(("A", 0, 15.8), ("B", 100, 81.8), ("C", 200, 0.3))
    options = Options(schemes={}, de_minimis_usd={"default": 150})
    together = pl.DataFrame({"consignment_id": ["A", "B", "C"], "cutoff": [START] * 3})
    assert split_parts(Asked(tables, together), options).rows() == [
        split_parts(Asked(tables, together[row : row + 1]), options).row(0) for row in range(3)
    ]


def test_a_missing_party_cannot_be_assessed() -> None:
    assert told(parcels(("A", 0, 5), importer_id=None), "A") == (None, None, None)
