"""Numbers as the issuers of papers write them: patterns by kind and country, serials that rise with time."""

from __future__ import annotations

from string import Formatter

import numpy as np
import polars as pl

from pipeline.world.randomness import Integers, stream
from pipeline.world.scenario.papers import DOCUMENT_KINDS, PapersScenario

DIGITS = 7
SERIAL_STEP = 3
ANY = "any"


def serials(seed: int, kind: str, numbers: Integers, generator: np.random.Generator) -> Integers:
    """A serial per consignment number, unique within the kind and rising with the number."""
    begin = int(stream(seed, "serial", DOCUMENT_KINDS.index(kind)).integers(10_000, 400_000))
    return np.asarray(begin + SERIAL_STEP * numbers + generator.integers(0, SERIAL_STEP, len(numbers)), dtype=np.int64)


def written(scenario: PapersScenario, papers: pl.DataFrame) -> pl.Series:
    """The number of each paper. Columns read: kind, country, port, day (instant) and serial."""
    whole = papers.select(
        "country",
        place=pl.col("port").replace_strict(scenario.posts, default=scenario.other_post, return_dtype=pl.String),
        day=pl.from_epoch("day", time_unit="us").dt.strftime("%d%m%y"),
        year=pl.from_epoch("day", time_unit="us").dt.year().cast(pl.String),
        serial=pl.col("serial").cast(pl.String).str.zfill(DIGITS),
        pattern=_patterns(scenario),
    ).with_row_index("place_in_frame")
    parts = [
        part.select("place_in_frame", number=_filled(str(part["pattern"][0])))
        for part in whole.partition_by("pattern", maintain_order=True)
    ]
    if not parts:
        return pl.Series("number", [], dtype=pl.String)
    return pl.concat(parts).sort("place_in_frame")["number"]


def _patterns(scenario: PapersScenario) -> pl.Expr:
    told = pl.lit(scenario.numbers[ANY][ANY])
    for kind, by_country in scenario.numbers.items():
        of_kind = pl.col("country").replace_strict(by_country, default=by_country[ANY], return_dtype=pl.String)
        if kind != ANY:
            told = pl.when(pl.col("kind") == kind).then(of_kind).otherwise(told)
    return told


def _filled(pattern: str) -> pl.Expr:
    """A pattern such as `{country}-{serial}` over the columns of these names."""
    pieces: list[pl.Expr] = []
    for text, field, _, _ in Formatter().parse(pattern):
        pieces.append(pl.lit(text))
        if field:
            pieces.append(pl.col(field))
    return pl.concat_str(pieces)


def digits_swapped(number: pl.Expr) -> pl.Expr:
    """The number with its last two digits in each other's place, as a hurried hand types it."""
    length = number.str.len_chars()
    return pl.concat_str(
        number.str.slice(0, length - 2), number.str.slice(length - 1, 1), number.str.slice(length - 2, 1)
    )
