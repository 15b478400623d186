"""Species as declared or as the code tells; the headings that species stand under."""

from __future__ import annotations

import polars as pl
from paper_rows import SPECIES

from features.document_reference import SPECIES_HS
from features.species import headings_of, told_species


def test_a_code_that_holds_one_species_alone_tells_it() -> None:
    lines = pl.DataFrame(
        {"species": ["CRQ", None, None, None], "hs6": ["160510", "160510", "030614", "854231"]},
        schema={"species": pl.String, "hs6": pl.String},
    )
    assert told_species(lines, SPECIES).to_list() == ["CRQ", "KCD", None, None]


def test_a_code_that_is_said_to_hold_two_alone_tells_neither() -> None:
    torn = pl.DataFrame([("A", "live", "030101", True), ("B", "live", "030101", True)], schema=SPECIES_HS, orient="row")
    lines = pl.DataFrame({"species": [None], "hs6": ["030101"]}, schema={"species": pl.String, "hs6": pl.String})
    assert told_species(lines, torn).to_list() == [None]


def test_headings_are_known_only_where_every_species_is_listed() -> None:
    assert headings_of(["KCD"], SPECIES) == ("0306", "1605")
    assert headings_of(["KCD", "ALK"], SPECIES) == ("0303", "0306", "1605")
    assert headings_of(["KCD", "XXX"], SPECIES) is None
