"""Restrictions of use: one row per entry, known from its day, without criminal evidence where the agreement bars it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from signal_frames import shipped

from pipeline.world.calendar import microseconds
from pipeline.world.scenario.signals import Restriction
from pipeline.world.signals.restrictions import restrictions


def test_an_entry_becomes_a_row() -> None:
    one = Restriction(use="u", basis="b", purposes=("sharing",), readers=("r",), known=date(2020, 1, 2))
    row = restrictions([one, one.model_copy(update={"expires": date(2025, 1, 1), "known": date(2021, 1, 1)})]).rows()
    assert row == [
        ("u", "b", ["sharing"], ["r"], None, microseconds(datetime(2020, 1, 2, tzinfo=UTC))),
        ("u", "b", ["sharing"], ["r"], *(microseconds(datetime(y, 1, 1, tzinfo=UTC)) for y in (2025, 2021))),
    ]


def test_what_the_agreement_gives_is_no_criminal_evidence_and_for_officials_only() -> None:
    table = restrictions(shipped().restrictions)
    received = table.filter(table["use"].str.starts_with("agreement-2009"))
    assert received.height == 2
    assert all("criminal_evidence" not in purposes for purposes in received["purposes"])
    assert received["readers"].to_list() == [["customs_officials"]] * 2
