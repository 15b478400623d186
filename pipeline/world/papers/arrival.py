"""When papers become known: with the declaration or after it; and their second versions."""

from __future__ import annotations

import polars as pl

from pipeline.world.calendar import DAY, HOUR, in_seconds
from pipeline.world.papers.certificates import whole_seconds
from pipeline.world.randomness import between, pick, stream
from pipeline.world.scenario.papers import PapersScenario

SUBJECT = "paper_arrival"
DOCUMENT_COLUMNS = (
    *("document_id", "consignment_id", "kind", "form", "number", "issuer_country", "issuer", "holder_id", "vessel_id"),
    *("issued_at", "valid_from", "valid_to", "known_at", "withdrawn"),
)


def arrivals(seed: int, scenario: PapersScenario, chunk: int, papers: pl.DataFrame) -> pl.DataFrame:
    """The papers with known_at, and with amended_at and withdrawn_at (null where that never happens).

    Never known before it was issued, nor before the declaration that it is presented for; a late paper comes after the
    release.
    """
    generator = stream(seed, SUBJECT, chunk)
    times, count = scenario.times, papers.height
    ways = list(times.handed_in)
    drawn = pl.Series(pick(generator, times.handed_in.values(), count))
    way = (
        pl.when("late_papers")
        .then(pl.lit("after"))
        .otherwise(pl.lit(drawn).replace_strict(dict(enumerate(ways)), return_dtype=pl.String))
    )
    part = pl.Series(generator.random(count))
    late = pl.Series(in_seconds(between(generator, times.late, count), DAY))
    handling = pl.Series(in_seconds(between(generator, times.handling_hours, count), HOUR))
    released = pl.max_horizontal(pl.coalesce("released", "arrived"), "first_known")
    open_for = pl.max_horizontal(released - pl.col("first_known"), pl.lit(HOUR))
    handed_in = (
        pl.when(way == "open")
        .then(pl.col("first_known") + whole_seconds(open_for * part))
        .when(way == "after")
        .then(released + late)
        .otherwise("first_known")
    )
    known = pl.max_horizontal(handed_in, pl.col("issued_at") + handling)
    later = [pl.Series(in_seconds(between(generator, times.amended, count), DAY)) for _ in range(2)]
    # A consignment that amends or withdraws does so with one of its papers, not with all.
    papers = papers.with_columns(known_at=known, draw=pl.Series(generator.random(count)))
    chosen = pl.col("draw") == pl.col("draw").max().over("row")
    return papers.with_columns(
        amended_at=pl.when(pl.col("amended") & chosen).then(pl.col("known_at") + later[0]),
        withdrawn_at=pl.when(pl.col("withdrawn") & chosen).then(pl.col("known_at") + later[0] + later[1]),
    )


def document_versions(papers: pl.DataFrame) -> pl.DataFrame:
    """The table document: first versions; amended ones, right where the first was mistyped; withdrawn ones."""
    first = papers.with_columns(withdrawn=pl.lit(False))
    mended = papers.filter(pl.col("amended_at").is_not_null()).with_columns(
        number=pl.when(pl.col("wrong_number")).then("recorded_number").otherwise("number"),
        form=pl.when(pl.col("form") == "copy").then(pl.lit("original")).otherwise("form"),
        known_at="amended_at",
        withdrawn=pl.lit(False),
    )
    recalled = papers.filter(pl.col("withdrawn_at").is_not_null()).with_columns(
        known_at="withdrawn_at", withdrawn=pl.lit(True)
    )
    return pl.concat([part.select(DOCUMENT_COLUMNS) for part in (first, mended, recalled)])


def line_versions(papers: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The table document_line: first versions, and without the slip of the pen where the document was amended."""
    instants = papers.select("document_id", "known_at", "amended_at")
    whole = lines.join(instants, on="document_id", how="left", maintain_order="left")
    mended = whole.filter(pl.col("amended_at").is_not_null()).with_columns(known_at="amended_at", net_kg="correct_kg")
    return pl.concat([whole, mended]).drop("amended_at", "correct_kg")
