"""Family description against a plain reference: read every visible line, character by character."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from histories import DAY, START, random_questions, random_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import visible

from features import descriptions
from features.asked import Asked
from features.catalogue import Catalogue
from features.options import Options
from features.tables import Tables

TERMS = ("goods", "General Merchandise", "as per attached invoice", "parts", "товары", "雑貨", "その他の商品")
OPTIONS = Options(schemes={}, vague_terms=TERMS)
TEXT = (
    "frozen crab legs goods general merchandise as per attached invoice parts and of 12 5KG x A4 women's Краб товары и "
    "для КГ 冷凍 タラバガニ 脚 雑貨 の その他 商品 ラーメン うに 及び ＣＲＡＢ 대게 - . n/a ｶﾆ é"
)
PIECES = TEXT.split()


def script(character: str) -> str:
    name = unicodedata.name(character, "")
    if name.startswith("CJK UNIFIED"):
        return "han"
    if character == "ー" or name.startswith(("HIRAGANA", "KATAKANA")):
        return "kana" if character == "ー" else name.split()[0].lower()
    return "letters" if unicodedata.category(character)[0] in "LM" else "none"


def plain_words(text: str) -> list[str]:
    found: list[str] = []
    kind = "none"
    for character in unicodedata.normalize("NFKC", text).lower():
        new = script(character)
        if new == "kana":  # the mark of a long vowel goes on with what stands before it
            new = kind if kind in ("hiragana", "katakana") else "hiragana"
        if new != "none" and new == kind:
            found[-1] += character
        elif new != "none":
            found.append(character)
        kind = new
    words = []
    for run in found:
        pieces = [run[at : at + 2] for at in range(0, len(run), 2)] if script(run[0]) == "han" else [run]
        words += [piece for piece in pieces if len(piece) > 1 or script(piece) == "han"]
    return [word for word in words if word not in descriptions._NO_CONTENT]


def plain_count(text: str | None) -> int | None:
    if text is None or not any(unicodedata.category(character)[0] in "LN" for character in text):
        return None
    words = plain_words(text)
    terms = [plain_words(term) for term in TERMS]
    covered = {0}
    for at in range(len(words)):
        covered |= {at + len(t) for t in terms if at in covered and t and words[at : at + len(t)] == t}
    return 0 if len(words) in covered else len(words)


@given(st.lists(st.one_of(st.none(), st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_words_are_counted_as_by_hand(texts: list[str | None]) -> None:
    found = descriptions.content_words(pl.Series("text", texts, dtype=pl.String), TERMS)
    assert found.to_list() == [plain_count(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Frozen crab, legs", 3),
        ("12 x 5 KG", 0),
        ("GOODS", 0),
        ("Goods as per attached invoice no. 7", 0),
        ("goods of leather", 2),
        ("parts for crab pots", 3),
        ("２ｋｇ　ＦＲＯＺＥＮ　ＣＲＡＢ", 2),
        ("Краб камчатский мороженый", 3),
        ("товары и товары", 0),
        ("冷凍タラバガニ脚", 3),
        ("冷凍帝王蟹", 3),
        ("雑貨", 0),
        ("カニ及びエビ", 2),
        ("うに", 1),
        ("-", None),
        (" ", None),
        (None, None),
    ],
)
def test_by_hand(text: str | None, count: int | None) -> None:
    assert descriptions.content_words(pl.Series([text], dtype=pl.String), TERMS).to_list() == [count]


def plain(tables: Tables, name: str, cutoff: Any) -> dict[str, Any]:
    rows = tables["goods_item"].to_dicts()
    received = any(row["known_at"] <= cutoff and plain_count(row["description"]) is not None for row in rows)
    lines = [r for r in visible(rows, ("consignment_id", "item_no"), cutoff) if r["consignment_id"] == name]
    if not received or not lines:
        return dict.fromkeys(("vague_line_share", "fewest_content_tokens", "description_missing_count"))
    counts = [plain_count(line["description"]) for line in lines]
    said = [count for count in counts if count is not None]
    return {
        "vague_line_share": sum(count < 3 for count in said) / len(said) if said else None,
        "fewest_content_tokens": min(said, default=None),
        "description_missing_count": len(counts) - len(said),
    }


@given(seed=st.integers(0, 100_000), received=st.booleans())
@settings(max_examples=60, deadline=None)
def test_equals_the_plain_reference(seed: int, received: bool) -> None:
    rows = random_rows(seed)
    if not received:
        rows["goods_item"] = rows["goods_item"].with_columns(description=pl.lit("-"))
    tables = Tables(rows)
    questions = random_questions(seed, tables, count=8)
    built = Catalogue([descriptions.FAMILY], OPTIONS).build(tables, questions)
    for row in built.to_dicts():
        expected = plain(tables, row["consignment_id"], row["cutoff"])
        assert {name: row[name] for name in expected} == pytest.approx(expected)


def line(name: str, number: int, text: str | None, day: int = 0) -> dict[str, object]:
    known = START + DAY * day
    return {"consignment_id": name, "item_no": number, "hs6": "030614", "description": text, "known_at": known}


def built(*lines: dict[str, object], day: int = 0) -> dict[str, Any]:
    tables = Tables(
        {
            "consignment": table("consignment", [{"consignment_id": "C1", "known_at": START}]),
            "goods_item": table("goods_item", list(lines)),
        }
    )
    questions = pl.DataFrame({"consignment_id": ["C1"], "cutoff": [START + DAY * day]})
    return Catalogue([descriptions.FAMILY], OPTIONS).build(tables, questions).row(0, named=True)


def test_the_emptiest_line_is_told() -> None:
    row = built(line("C1", 1, "frozen king crab legs"), line("C1", 2, "goods"), line("C1", 3, None))
    assert row["vague_line_share"] == 0.5
    assert row["description_missing_count"] == 1
    assert (row["emptiest_line"], row["emptiest_text"]) == (2, "goods")
    indicator = descriptions.declare(OPTIONS)[0]
    assert indicator.officer.format(value=0.5, **row) == "1 of 2 described lines are vague; line 2 says “goods”."


def test_a_missing_text_is_a_fact_only_where_texts_are_received() -> None:
    assert built(line("C1", 1, None), line("C2", 1, "goods", day=3), day=2)["description_missing_count"] is None
    assert built(line("C1", 1, None), line("C2", 1, "goods", day=3), day=3)["description_missing_count"] == 1
    assert built(line("C1", 1, None), line("C2", 1, "goods", day=3), day=3)["vague_line_share"] is None


def test_without_terms_and_without_texts() -> None:
    assert descriptions.content_words(pl.Series(["goods"]), ()).to_list() == [1]
    assert descriptions.content_words(pl.Series([], dtype=pl.String), TERMS).to_list() == []


def test_evidence_names_the_lines() -> None:
    tables = Tables(random_rows(3))
    asked = Asked(tables, random_questions(3, tables, count=3))
    for indicator in descriptions.declare(OPTIONS):
        rows = indicator.evidence(asked, OPTIONS)
        assert set(rows["evidence"]) == {
            f"goods_item:{c}/{i}" for c, i in asked.items[["consignment_id", "item_no"]].rows()
        }


def test_the_shipped_terms_are_vague() -> None:
    shipped = pl.read_csv(Path(__file__).parents[2] / "configs" / "reference" / "vague_terms.csv")
    assert shipped["term"].is_unique().all()
    assert shipped["source"].null_count() == 0
    counts = descriptions.content_words(shipped["term"], tuple(shipped["term"]))
    assert set(counts.drop_nulls()) == {0}
