"""Reading inputs: time, duplicates, references and schemes, and that every row is accounted for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import day, valid

from features.contract import load_contract
from pipeline.inputs import Inputs, InputsRefused, read_inputs, survey

CONTRACT = load_contract()


def write(inputs: Path, **tables: pl.DataFrame) -> Path:
    for name, frame in tables.items():
        frame.write_parquet(inputs / f"{name}.parquet")
    return inputs


def rules(read: Inputs) -> list[tuple[str, str, str, int]]:
    return [(violation.table, violation.column, violation.rule, violation.count) for violation in read.violations]


def consignments(*known: tuple[str, int], **columns: Any) -> pl.DataFrame:
    identifiers, days = zip(*known, strict=True)
    return bare("consignment", len(known), consignment_id=list(identifiers), known_at=list(map(day, days)), **columns)


def bare(table: str, rows: int, /, **columns: Any) -> pl.DataFrame:
    """Valid rows whose optional references are empty."""
    contract = CONTRACT[table]
    empty = {name: None for name, column in contract.columns.items() if column.ref and column.empty}
    return valid(table, rows, **{**empty, **columns})


def items(*lines: tuple[str, int, int], **columns: Any) -> pl.DataFrame:
    identifiers, numbers, days = zip(*lines, strict=True)
    known = list(map(day, days))
    return bare(
        "goods_item", len(lines), consignment_id=list(identifiers), item_no=list(numbers), known_at=known, **columns
    )


# Time


def test_a_row_is_visible_from_its_known_at_on(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3), ("a", 5), ("b", 6)))
    for as_of, visible in [(day(2), 0), (day(3), 1), (day(5), 2), (day(6), 3), (None, 3)]:
        read = read_inputs(tmp_path, as_of, None)
        assert (len(read.tables["consignment"]), read.not_yet_visible["consignment"]) == (visible, 3 - visible)
        assert read.counts["consignment"]["in"] == visible


def test_all_versions_are_kept_in_order(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("b", 4), ("a", 5), ("a", 3), withdrawn=[False, True, None]))
    rows = read_inputs(tmp_path, None, None).tables["consignment"]
    assert rows.select("consignment_id", "known_at", "withdrawn").rows() == [
        ("a", day(3), False),
        ("a", day(5), True),
        ("b", day(4), False),
    ]


def test_a_row_without_known_at_is_quarantined_at_every_cut_off(tmp_path: Path) -> None:
    frame = consignments(("a", 3), ("b", 3)).with_columns(
        known_at=pl.Series([None, day(3)], dtype=pl.Datetime("us", "UTC"))
    )
    read = read_inputs(write(tmp_path, consignment=frame), day(2), None)
    assert read.counts["consignment"] == {"in": 1, "used": 0, "quarantined": 1, "duplicates": 0, "ignored": 0}


# Twice


def test_equal_rows_of_several_files_count_once(tmp_path: Path) -> None:
    (tmp_path / "consignment").mkdir()
    for name in ("one", "two"):
        consignments(("a", 3)).write_parquet(tmp_path / "consignment" / f"{name}.parquet")
    assert read_inputs(tmp_path, None, None).counts["consignment"]["duplicates"] == 1


def test_rows_of_events_that_nothing_looks_back_to_are_counted_and_not_held(tmp_path: Path) -> None:
    made = [day(1), day(2), day(3), day(4), None]
    rows = bare("position", 5, mmsi=["1", *["273123456"] * 4], at=made, known_at=[*map(day, (2, 3, 4, 9)), day(4)])
    write(tmp_path, position=rows)
    read = read_inputs(tmp_path, day(5), None, since={"position": day(2)})
    assert (read.older, read.not_yet_visible) == ({"position": 1}, {"position": 1})
    assert read.counts["position"] == {"in": 3, "used": 2, "quarantined": 1, "duplicates": 0, "ignored": 0}
    assert rules(read) == [("position", "at", "empty", 1)]
    assert read_inputs(write(tmp_path, position=rows[1:]), day(5), None).fingerprints() == read.fingerprints()


def test_a_conflict_that_is_not_yet_visible_is_not_told(tmp_path: Path) -> None:
    frame = consignments(("a", 3), ("b", 5), ("b", 5), gross_kg=[1.0, 1.0, 2.0])
    write(tmp_path, consignment=frame)
    assert rules(read_inputs(tmp_path, day(4), None)) == []
    assert rules(read_inputs(tmp_path, day(5), None)) == [("consignment", "", "conflict", 2)]


# References


def test_an_orphan_waits_in_quarantine_until_its_parent_is_visible(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 5)), goods_item=items(("a", 1, 3), ("z", 1, 3)))
    early = read_inputs(tmp_path, day(4), None)
    assert early.counts["goods_item"]["quarantined"] == 2
    assert set(early.quarantine["goods_item"]["rule"]) == {"orphan"}
    assert "needed a consignment of that id, found a; deliver it" in early.quarantine["goods_item"]["message"][0]
    later = read_inputs(tmp_path, day(5), None)
    assert later.tables["goods_item"].select("consignment_id", "known_at").rows() == [("a", day(5))]
    assert later.quarantine["goods_item"]["consignment_id"].to_list() == ["z"]


def test_an_orphan_document_keeps_its_lines_waiting(tmp_path: Path) -> None:
    document = bare("document", 1, document_id="d", consignment_id="a", known_at=day(3))
    line = bare("document_line", 1, document_id="d", known_at=day(4))
    write(tmp_path, consignment=consignments(("a", 6)), document=document, document_line=line)
    early = read_inputs(tmp_path, day(5), None)
    assert (early.counts["document"]["quarantined"], early.counts["document_line"]["quarantined"]) == (1, 1)
    assert read_inputs(tmp_path, None, None).tables["document_line"]["known_at"].to_list() == [day(6)]


def test_a_quarantined_parent_is_no_parent(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3), regime="x"), goods_item=items(("a", 1, 3)))
    assert rules(read_inputs(tmp_path, None, None)) == [
        ("consignment", "regime", "in", 1),
        ("goods_item", "consignment_id", "orphan", 1),
    ]


def test_versions_that_a_newer_one_overtook_while_waiting_are_used_but_never_seen(tmp_path: Path) -> None:
    lines = items(("a", 1, 2), ("a", 1, 3), ("a", 1, 6), net_kg=[1.0, 2.0, 3.0])
    read = read_inputs(write(tmp_path, consignment=consignments(("a", 5)), goods_item=lines), None, None)
    assert read.tables["goods_item"].select("net_kg", "known_at").rows() == [(2.0, day(5)), (3.0, day(6))]
    assert read.counts["goods_item"] == {"in": 3, "used": 3, "quarantined": 0, "duplicates": 0, "ignored": 0}


def test_a_reference_to_another_table_is_kept_with_a_warning(tmp_path: Path) -> None:
    frame = consignments(("a", 3), ("b", 3), ("c", 3), importer_id=["p", "q", None])
    write(tmp_path, consignment=frame, party=bare("party", 1, party_id="p", known_at=day(4)))
    read = read_inputs(tmp_path, day(5), None)
    assert rules(read) == [("consignment", "importer_id", "reference", 1)]
    assert read.violations[0].severity == "warning"
    assert "needed a party of that party_id, found q in 1 row (b)" in read.violations[0].message
    assert read.counts["consignment"]["used"] == 3


def test_a_reference_to_a_table_that_is_not_there_is_not_checked(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3), importer_id="q"))
    assert read_inputs(tmp_path, None, None).violations == []


def test_a_table_that_begins_later_is_not_checked_before(tmp_path: Path) -> None:
    frame = consignments(("a", 3), importer_id="q")
    write(tmp_path, consignment=frame, party=bare("party", 1, party_id="p", known_at=day(9)))
    assert read_inputs(tmp_path, day(5), None).violations == []


def test_an_unknown_use_sends_the_row_to_quarantine_until_it_is_known(tmp_path: Path) -> None:
    restriction = valid("use_restriction", 1, use="mou", known_at=day(6))
    frame = consignments(("a", 3), ("b", 3), ("c", 3), use=["mou", "other", None])
    write(tmp_path, consignment=frame, use_restriction=restriction, goods_item=items(("a", 1, 3)))
    early = read_inputs(tmp_path, day(5), None)
    assert early.quarantine["consignment"]["rule"].to_list() == ["use", "use"]
    assert rules(early)[-1] == ("goods_item", "consignment_id", "orphan", 1)
    later = read_inputs(tmp_path, day(6), None)
    assert later.tables["consignment"]["consignment_id"].to_list() == ["a", "c"]
    assert later.tables["goods_item"]["known_at"].to_list() == [day(6)]


def test_a_use_without_any_table_of_uses_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3), use="mou"))
    assert rules(read_inputs(tmp_path, None, None)) == [("consignment", "use", "use", 1)]


# Schemes


def test_an_inspection_of_a_scheme_that_is_not_configured_is_ignored_and_counted(tmp_path: Path) -> None:
    found = bare("inspection", 3, consignment_id="a", scheme=["fraud", "other", "other"], known_at=day(3))
    read = read_inputs(write(tmp_path, consignment=consignments(("a", 3)), inspection=found), None, ["fraud"])
    assert read.tables["inspection"]["scheme"].to_list() == ["fraud"]
    assert read.counts["inspection"] == {"in": 3, "used": 1, "quarantined": 0, "duplicates": 0, "ignored": 2}
    assert read.violations == []


# What must be there


@pytest.mark.parametrize(
    ("tables", "needs", "message"),
    [
        (["consignment"], "rank", "goods_item: needed the table goods_item, found none; deliver it again"),
        (["consignment", "goods_item"], "train", "inspection: needed the table inspection, found none"),
        (["consignment", "goods_item"], "rank", None),
        (["consignment", "goods_item", "inspection"], "train", None),
    ],
)
def test_consignments_and_goods_are_needed_to_rank_and_inspections_to_train(
    tmp_path: Path, tables: list[str], needs: str, message: str | None
) -> None:
    frames = {
        "consignment": consignments(("a", 3)),
        "goods_item": items(("a", 1, 3)),
        "inspection": bare("inspection", 0),
    }
    write(tmp_path, **{name: frames[name] for name in tables})
    if message is None:
        assert read_inputs(tmp_path, None, None, needs=needs).counts["consignment"]["used"] == 1
    else:
        with pytest.raises(InputsRefused, match=message):
            read_inputs(tmp_path, None, None, needs=needs)


def test_a_required_table_without_rows_is_a_failed_delivery(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3)), goods_item=bare("goods_item", 0))
    with pytest.raises(InputsRefused, match="goods_item: needed rows in goods_item, found none"):
        read_inputs(tmp_path, None, None, needs="rank")


def test_every_refusal_of_every_table_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "party.parquet").write_bytes(b"PAR1")
    write(tmp_path, consignment=consignments(("a", 3)).drop("office", "mode"))
    with pytest.raises(InputsRefused) as refused:
        read_inputs(tmp_path, None, None, needs="rank")
    assert refused.value.exit_code == 3
    places = [(violation.table, violation.column) for violation in refused.value.violations]
    assert places == [("consignment", "mode"), ("consignment", "office"), ("goods_item", ""), ("party", "")]
    assert all(violation.message in str(refused.value) for violation in refused.value.violations)


def test_other_tables_are_still_held_where_one_is_refused(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3)).drop("office"), goods_item=items(("a", 1, 3), hs6="x"))
    seen = survey(tmp_path, None, None)
    assert rules(seen.inputs) == [("goods_item", "hs6", "pattern", 1)]


def test_tables_that_are_absent_and_expected_are_named(tmp_path: Path) -> None:
    write(tmp_path, consignment=consignments(("a", 3)))
    absent = read_inputs(tmp_path, None, None, not_delivered=["party"]).absent
    assert "vessel" in absent
    assert "party" not in absent


def test_files_of_one_table_may_differ_in_order_optional_columns_and_widths(tmp_path: Path) -> None:
    (tmp_path / "goods_item").mkdir()
    one = items(("a", 1, 3)).drop("model").cast({"item_no": pl.Int8, "net_kg": pl.Float32, "hs6": pl.Categorical})
    two = items(("a", 2, 3))
    one.write_parquet(tmp_path / "goods_item" / "one.parquet")
    two.select(reversed(two.columns)).write_parquet(tmp_path / "goods_item" / "two.parquet")
    write(tmp_path, consignment=consignments(("a", 3)))
    read = read_inputs(tmp_path, None, None)
    assert read.tables["goods_item"]["item_no"].to_list() == [1, 2]
    (notice,) = read.notices
    assert (notice.column, notice.rule, notice.files) == ("model", "missing column", ("goods_item/one.parquet",))


# However the files are cut


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", "d/../e", "'; drop table x"]),
    st.integers(2, 6),
    st.sampled_from(["import", "Import"]),
    st.sampled_from([None, 1.5, -1.0]),
    st.sampled_from([None, 'name, "quoted"\nétat', "x"]),
    st.sampled_from([None, ["CSQU3054383"], ["CSQU3054383", "MSKU1234567"]]),
)


def as_frame(rows: list[Any]) -> pl.DataFrame:
    columns = [list(values) for values in zip(*rows, strict=True)]
    names = ("consignment_id", "known_at", "regime", "gross_kg", "bill_no", "containers")
    named = dict(zip(names, columns, strict=True))
    named["known_at"] = [day(number) for number in named["known_at"]]
    return bare("consignment", len(rows), **named)


def as_csv(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(pl.List(pl.String)).list.join("|"), pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.randoms(use_true_random=False), st.sampled_from([None, 4]))
def test_shuffling_splitting_and_the_form_of_files_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], random: Random, cut: int | None
) -> None:
    as_of: datetime | None = None if cut is None else day(cut)
    places = [tmp_path_factory.mktemp("form") for _ in range(3)]
    as_frame(rows).write_parquet(places[0] / "consignment.parquet")
    shuffled = random.sample(rows, len(rows))
    as_csv(as_frame(shuffled)).write_csv(places[1] / "consignment.csv")
    (places[2] / "consignment").mkdir()
    half = random.randint(0, len(rows))
    for number, part in enumerate([shuffled[:half], shuffled[half:]]):
        if part:
            as_frame(part).write_parquet(places[2] / "consignment" / f"{number}.parquet")
    first, *others = [read_inputs(place, as_of, None) for place in places]
    assert first.counts["consignment"]["in"] + first.not_yet_visible["consignment"] == len(rows)
    for other in others:
        assert other.tables["consignment"].equals(first.tables["consignment"])
        assert other.fingerprints() == first.fingerprints()
        assert (other.counts, other.not_yet_visible) == (first.counts, first.not_yet_visible)
        assert other.violations == first.violations
        assert other.quarantine.keys() == first.quarantine.keys()
        assert all(other.quarantine[name].equals(first.quarantine[name]) for name in first.quarantine)


def test_later_rows_change_nothing_at_an_earlier_cut_off(tmp_path: Path) -> None:
    lines = items(("a", 1, 3), ("b", 1, 3), ("a", 1, 4), hs6=["030614", "030614", "x"])
    write(tmp_path, consignment=consignments(("a", 3), importer_id="p"), goods_item=lines)
    before = read_inputs(tmp_path, day(4), None)
    later = [consignments(("a", 3), importer_id="p"), consignments(("b", 5), ("a", 5), ("x", 6), importer_id="z")]
    more = items(("b", 2, 5), ("a", 1, 5), ("a", 1, 5), net_kg=[1.0, 2.0, 3.0])
    party = bare("party", 1, party_id="q", known_at=day(5))
    write(tmp_path, consignment=pl.concat(later), goods_item=pl.concat([lines, more]), party=party)
    after = read_inputs(tmp_path, day(4), None)
    assert after.tables["goods_item"].equals(before.tables["goods_item"])
    assert after.violations == before.violations
    assert after.fingerprints()["goods_item"] == before.fingerprints()["goods_item"]
    assert after.quarantine["goods_item"].equals(before.quarantine["goods_item"])
    assert {name: after.counts[name] for name in before.counts} == before.counts
