from __future__ import annotations

import pytest

from features.catalogue import Indicator
from features.evidence import the_consignment
from pipeline.reasons import sentence
from pipeline.terminal import printable


def indicator(officer: str) -> Indicator:
    return Indicator(
        name="n",
        meaning="Net mass over gross mass.",
        unit="ratio",
        officer=officer,
        check="Weigh.",
        reads=("consignment",),
        evidence=the_consignment,
        compared=("net", "name"),
    )


@pytest.mark.parametrize(
    ("officer", "value", "facts", "expected"),
    [
        ("{value:.2f} of {net:,.1f} kg", 0.5, {"net": 1200.0, "name": ""}, "0.50 of 1,200.0 kg"),
        ("{value:.2f} of {net:,.1f} kg", 0.5, {"net": None, "name": ""}, "0.50 of unknown kg"),
        ("{value:.2f} of {net}", None, {"net": 1, "name": ""}, "Could not be assessed: net mass over gross mass."),
        ("by {name}", 1.0, {"net": 1, "name": "A\u202eB\x1b[31m"}, "by A\\u202eB\\x1b[31m"),
        ("by {name}", 1.0, {"net": 1, "name": "{value.__class__}"}, "by {value.__class__}"),
    ],
)
def test_sentences_tell_the_values_compared(
    officer: str, value: float, facts: dict[str, object], expected: str
) -> None:
    assert sentence(indicator(officer), value, facts) == expected


def test_a_finding_that_was_not_made_is_not_told_with_empty_places() -> None:
    copies = Indicator(
        name="copy_presented",
        meaning="Whether only a copy was presented.",
        unit="yes/no",
        officer="Presented: {copies}.",
        check="Ask for the original.",
        reads=("document",),
        evidence=the_consignment,
        kind="boolean",
        compared=("copies",),
    )
    assert sentence(copies, True, {"copies": "export_entry"}) == "Presented: export_entry."
    assert sentence(copies, False, {"copies": "export_entry"}) == "Presented: export_entry."
    assert sentence(copies, False, {"copies": ""}) == "Checked, and not so: whether only a copy was presented."
    assert sentence(copies, None, {"copies": None}) == "Could not be assessed: whether only a copy was presented."


def test_what_does_not_print_is_shown_as_its_escape() -> None:
    assert printable("カニ crab\n\x07") == "カニ crab\\n\\x07"
