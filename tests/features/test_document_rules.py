"""Document rules against plain loops; the same consignment on both sides of a rule's date."""

from __future__ import annotations

from datetime import date
from typing import Any

import paper_rows
import polars as pl
import pytest
from histories import DAY, START
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_cases import OPTIONS, Case, of_consignment, small
from reference import Row

from features.document_rules import rule_answers
from features.options import Options
from features.papers import Papers

VALUES = (
    "required_document_count",
    "missing_document_share",
    "substitute_or_copy_presented",
    "banned_kind_presented",
)
CONDITIONS = {"forms": "product_form", "origin": "origin_country", "flag": "flag", "route": "route"}
HEADINGS = {"KCD": {"0306", "1605"}}
ALONE = {"160510": "KCD", "030367": "ALK"}


def all_of(outcomes: list[bool | None]) -> bool | None:
    return False if False in outcomes else None if None in outcomes else True


def any_of(outcomes: list[bool | None]) -> bool | None:
    return True if True in outcomes else None if None in outcomes else False


def meets(rule: Row, line: Row) -> bool | None:
    outcomes: list[bool | None] = []
    if rule["hs_prefix"]:
        outcomes.append(any(line["hs6"].startswith(prefix) for prefix in rule["hs_prefix"]))
    if rule["species"]:
        species = line["species"] or ALONE.get(line["hs6"])
        if species is None:
            outcomes.append(None if line["hs6"][:4] in HEADINGS[rule["species"][0]] else False)
        else:
            outcomes.append(species in rule["species"])
    for name, column in (*CONDITIONS.items(), ("territory", "destination_country")):
        if rule[name]:
            outcomes.append(None if line[column] is None else line[column] in rule[name])
    return all_of(outcomes)


def answer(consignment: Row | None, items: list[Row], documents: list[Row], vessels: list[Row], cutoff: Any) -> Row:
    """MR-01 and MR-02 of one question."""
    nothing: Row = dict.fromkeys(VALUES)
    if consignment is None:
        return nothing
    held = [row for row in vessels if row["vessel_id"] == consignment["vessel_id"] and row["valid_from"] <= cutoff]
    flag = max(held, key=lambda row: row["valid_from"])["flag"] if held else None
    ends = (consignment["dispatch_country"], consignment["destination_country"])
    route = None if None in ends else ">".join(ends)
    day = (consignment["arrived_at"] or consignment["declared_at"]).date()
    unknown, needed = False, []
    for rule in paper_rows.RULES.to_dicts():
        if (rule["valid_from"] or date.min) <= day < (rule["valid_to"] or date.max):
            outcomes = [meets(rule, {**consignment, **item, "flag": flag, "route": route}) for item in items]
            applies = any_of(outcomes)
            unknown |= applies is None
            needed += [rule] if applies else []
    if not needed:
        return {**nothing, "required_document_count": None if unknown else 0}
    kinds = {rule["kind"] for rule in needed}
    presented = {(row["kind"], row["form"]) for row in documents}
    missing, wrong, banned = set(), False, False
    for rule in needed:
        serving = {rule["kind"], *rule["substitutes"]}
        if not any(kind in serving for kind, _ in presented):
            missing.add(rule["kind"])
        in_form = [kind == rule["kind"] and form in (rule["accepted_forms"] or [form]) for kind, form in presented]
        if any(in_form) or any(kind in rule["substitutes"] for kind, _ in presented):
            continue
        is_banned = rule["kind"] == "export_entry" and any(kind == "harbour_clearance" for kind, _ in presented)
        banned |= is_banned
        wrong |= is_banned or any(kind == rule["kind"] for kind, _ in presented)
    return {
        "required_document_count": len(kinds),
        "missing_document_share": len(missing) / len(kinds),
        "substitute_or_copy_presented": wrong,
        "banned_kind_presented": banned,
    }


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_equals_plain_loops(seed: int) -> None:
    case = Case(seed)
    found = rule_answers(case.papers).select(VALUES).to_dicts()
    for (question, state), row in zip(case.states(), found, strict=True):
        held = of_consignment(state, "consignment", question)
        items, documents = (of_consignment(state, name, question) for name in ("goods_item", "document"))
        assert row == answer(held[0] if held else None, items, documents, state["vessel"], question["cutoff"])


def landed(day: int, *papers: tuple[str, str], **columns: Any) -> dict[str, Any]:
    """The answers for frozen crab from Russia that lands in Japan on a day of January 2024 (from 0)."""
    consignment = {"arrived_at": START + DAY * day, "destination_country": "JP", **columns}
    item = {"item_no": 1, "hs6": "030614", "species": "KCD", "origin_country": "RU", "product_form": "live"}
    document = [
        {"document_id": f"D{place}", "kind": kind, "form": form, "number": "N", "issuer_country": "RU"}
        for place, (kind, form) in enumerate(papers)
    ]
    papers_of_it = small(consignment=[consignment], goods_item=[item], document=document)
    return rule_answers(papers_of_it).row(0, named=True)


def test_the_same_consignment_is_judged_by_the_rule_of_its_own_date() -> None:
    papers = (("harbour_clearance", "original"), ("catch_certificate", "original"))
    before, since = landed(18, *papers), landed(19, *papers)
    assert (before["missing_document_share"], before["banned_kind_presented"]) == (0.0, False)
    assert (since["missing_document_share"], since["banned_kind_presented"]) == (0.5, True)
    assert since["presented_instead"] == "harbour_clearance (original)"
    assert since["rules_broken"] == "since"
    assert since["missing_kinds"] == "export_entry"


def test_the_date_is_of_the_declaration_where_no_arrival_is_stated() -> None:
    papers = ("harbour_clearance", "original")
    assert landed(30, papers)["banned_kind_presented"] is True
    assert landed(30, papers, arrived_at=None, declared_at=START)["banned_kind_presented"] is False


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([("export_entry", "original")], (0.5, False, False)),
        ([("export_entry", "copy")], (0.5, True, False)),
        ([("export_entry", "copy"), ("export_entry", "original")], (0.5, False, False)),
        ([("export_entry", "original"), ("harbour_clearance", "original")], (0.5, False, False)),
        ([("export_entry", "original"), ("catch_certificate", "copy")], (0.0, False, False)),
        ([("invoice", "original")], (1.0, False, False)),
        ([], (1.0, False, False)),
    ],
)
def test_papers_presented_after_the_rule(papers: list[tuple[str, str]], expected: tuple[float, bool, bool]) -> None:
    row = landed(25, *papers)
    assert tuple(row[name] for name in VALUES[1:]) == expected


def test_what_is_not_ruled_needs_nothing_and_what_cannot_be_weighed_is_null() -> None:
    other = landed(25, destination_country="RU", dispatch_country="RU")
    assert other["required_document_count"] == 1  # the crab certificate has no territory
    assert landed(25, regime="export")["required_document_count"] == 0
    assert landed(25, regime="export")["missing_document_share"] is None


def test_without_rules_nothing_is_assessable() -> None:
    papers = small(goods_item=[{"item_no": 1, "hs6": "030614"}])
    none = Papers(papers.asked, Options(schemes={}, species_hs=OPTIONS.species_hs))
    assert rule_answers(none).select(VALUES).row(0) == (None, None, None, None)


def test_the_order_of_lines_and_papers_is_no_matter() -> None:
    case = Case(7)
    shuffled = Papers(case.papers.asked, OPTIONS)
    documents = shuffled.documents.sample(fraction=1, shuffle=True, seed=1)
    shuffled.__dict__["documents"] = documents
    assert rule_answers(shuffled).equals(rule_answers(case.papers))
    assert isinstance(documents, pl.DataFrame)
