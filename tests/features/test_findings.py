"""Family findings against a plain reference: replay every finding by hand at every question."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from histories import DAY, START, random_questions, random_tables, table
from hypothesis import given, settings
from hypothesis import strategies as st

from features import findings
from features.asked import Asked
from features.catalogue import Catalogue
from features.contract import load_contract
from features.options import Options, SchemeOption
from features.tables import Tables

Row = dict[str, Any]
KEYS = (("importer_id",), ("importer_id", "hs4"), ("net_kg",), ("hs6", "origin_country"))
OPTIONS = Options(
    schemes={"marine_smuggling": SchemeOption("true", "marine_smuggling")},
    finding_keys=KEYS,
    finding_days=(None, 15),
    prior_strength=4,
    base_rate=0.1,
)


def state(rows: list[Row], cutoff: datetime) -> Row | None:
    """The newest visible version, with `first`, when its first version became known; None where it does not hold."""
    seen = sorted((r for r in rows if r["known_at"] <= cutoff), key=lambda r: r["known_at"])
    if not seen or seen[-1]["withdrawn"]:
        return None
    return {**seen[-1], "first": seen[0]["known_at"]}


def states(tables: Tables, name: str, key: tuple[str, ...], cutoff: datetime) -> list[Row]:
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in tables[name].to_dicts():
        grouped.setdefault(tuple(row[column] for column in key), []).append(row)
    found = [state(rows, cutoff) for rows in grouped.values()]
    return [row for row in found if row is not None]


def key_values(consignment: Row, items: list[Row], key: tuple[str, ...]) -> set[tuple[Any, ...]]:
    values = set()
    for item in items or [{}]:
        both = {**consignment, **item}
        both["hs4"] = (both.get("hs6") or "")[:4] or None
        values.add(tuple(both.get(column) for column in key))
    return {value for value in values if None not in value}


def plain(tables: Tables, name: str, cutoff: datetime, key: tuple[str, ...], days: int | None) -> tuple[Any, Any]:
    """(rate, count) of the line with the highest rate."""
    if not tables.is_delivered("inspection", cutoff) or not tables.is_delivered("goods_item", cutoff):
        return None, None
    consignments = {row["consignment_id"]: row for row in states(tables, "consignment", ("consignment_id",), cutoff)}
    items: dict[str, list[Row]] = {}
    for item in states(tables, "goods_item", ("consignment_id", "item_no"), cutoff):
        items.setdefault(item["consignment_id"], []).append(item)
    known = []  # (key values, confirmed, known since) of every decided finding with a line
    for finding in states(tables, "inspection", ("inspection_id", "scheme"), cutoff):
        unit = finding["consignment_id"]
        decided = finding["scheme"] == "marine_smuggling" and finding["result"] in ("confirmed", "unfounded")
        if not decided or unit == name or unit not in consignments:
            continue
        for item in items.get(unit, []):
            since = max(finding["first"], consignments[unit]["first"], item["first"])
            known.append((finding["inspection_id"], item, consignments[unit], finding["result"] == "confirmed", since))
    base_hits = len({k[0] for k in known if k[3]})
    base = (base_hits + 0.1 * 4) / (len({k[0] for k in known}) + 4)
    lines = key_values(consignments.get(name, {}), items.get(name, []), key)
    told = []
    for line in lines:
        of_key = [
            k
            for k in known
            if line in key_values(k[2], [k[1]], key) and (days is None or k[4] > cutoff - timedelta(days=days))
        ]
        hits, count = len({k[0] for k in of_key if k[3]}), len({k[0] for k in of_key})
        told.append(((hits + base * 4) / (count + 4), count))
    return max(told) if told else (None, None)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_the_plain_reference(seed: int) -> None:
    tables = random_tables(seed)
    questions = random_questions(seed, tables, count=6)
    built = Catalogue([findings.FAMILY], OPTIONS).build(tables, questions)
    for row in built.to_dicts():
        for key in KEYS:
            for days in (None, 15):
                suffix = f"by_{'_and_'.join(key)}" + ("" if days is None else f"_{days}d")
                found = row[f"marine_smuggling_rate_{suffix}"], row[f"marine_smuggling_findings_{suffix}"]
                expected = plain(tables, row["consignment_id"], row["cutoff"], key, days)
                assert found == pytest.approx(expected), (row["consignment_id"], row["cutoff"], key, days)


def one_finding(**changes: Any) -> Tables:
    known = {"known_at": START}
    return Tables(
        {
            "consignment": table(
                "consignment",
                [{"consignment_id": name, "importer_id": "P1", **known} for name in ("OLD", "NEW", "OTHER")],
            ),
            "goods_item": table(
                "goods_item",
                [
                    {"consignment_id": name, "item_no": item, "hs6": "030614", **known}
                    for name in ("OLD", "NEW", "OTHER")
                    for item in (1, 2)
                ],
            ),
            "inspection": table(
                "inspection",
                [
                    {
                        "inspection_id": "I1",
                        "scheme": "marine_smuggling",
                        "consignment_id": "OLD",
                        "inspected_at": START,
                        "result": "confirmed",
                        "known_at": START + 5 * DAY,
                        **changes,
                    }
                ],
            ),
        }
    )


def rate_and_count(tables: Tables, name: str, day: int) -> tuple[float | None, float | None]:
    questions = tables["consignment"].filter(consignment_id=name).select("consignment_id", cutoff="known_at")
    row = Catalogue([findings.FAMILY], OPTIONS).build(
        tables, questions.with_columns(questions["cutoff"] + timedelta(days=day))
    )
    columns = ("marine_smuggling_rate_by_importer_id", "marine_smuggling_findings_by_importer_id")
    return row.select(columns).row(0)


def test_a_finding_counts_from_the_instant_it_became_known() -> None:
    rate, count = rate_and_count(one_finding(), "NEW", 5)
    assert count == 1
    assert rate == pytest.approx((1 + (1 + 0.4) / 5 * 4) / 5)
    assert rate_and_count(one_finding(), "NEW", 4) == (None, None)


def test_two_lines_of_one_key_are_one_finding() -> None:
    assert rate_and_count(one_finding(), "NEW", 5)[1] == 1


def test_a_consignment_never_counts_itself_and_an_unseen_key_is_the_base_rate() -> None:
    rate, count = rate_and_count(one_finding(), "OLD", 5)
    assert (rate, count) == (pytest.approx(0.1), 0)


def test_evidence_names_the_findings_behind_the_rate() -> None:
    tables = one_finding(use="restricted")
    questions = tables["consignment"].select("consignment_id", cutoff="known_at")
    asked = Asked(tables, questions.with_columns(questions["cutoff"] + timedelta(days=5)))
    rows = findings.declare(OPTIONS)[0].evidence(asked, OPTIONS)
    names = asked.questions["consignment_id"].gather(rows["question"]).to_list()
    assert sorted(names) == ["NEW", "OTHER"]
    assert rows["evidence"].unique().to_list() == ["inspection:I1/marine_smuggling"]
    assert rows["use"].unique().to_list() == ["restricted"]


def test_all_keys_that_cannot_be_used_are_told_at_once() -> None:
    mistakes = findings.key_mistakes(
        [["importer_id"], ["importer_id"], ["hs6", "hs6"], ["colour"], ["containers"]], load_contract()
    )
    text = "\n".join(mistakes)
    assert "the same key stands twice" in text
    assert "a column stands twice" in text
    assert "colour is no column" in text
    assert "containers is no column" in text
