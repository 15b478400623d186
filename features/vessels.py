"""The vessels of a consignment: the one that carries it, those of its legs, and those that its documents name.

An indicator of a vessel is computed once per vessel and cut-off; the worst of a consignment's vessels speaks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.asked import Asked
from features.asof import history

VESSEL_KEY = ("vessel_id", "valid_from")


@dataclass(frozen=True)
class AskedVessels:
    """`named`: question, vessel_id, pair - a row per question and vessel, in their order. `pairs`: vessel_id, cutoff,
    a row per different pair of them, `pair` being its row number. `questions`: how many there are."""

    named: pl.DataFrame
    pairs: pl.DataFrame
    questions: int

    def worst(self, of_pairs: pl.DataFrame, value: str) -> pl.DataFrame:
        """Per question the row of the vessel with the highest value; of equal ones the first by id.

        `of_pairs` has a row per pair; the answer has its columns and `vessel_id`, all null where no vessel of the
        question has a value.
        """
        return self.worst_named(self.named.drop("pair").hstack(of_pairs[self.named["pair"]]), value)

    def worst_named(self, of_named: pl.DataFrame, value: str) -> pl.DataFrame:
        """As `worst`, from a row per question and vessel."""
        found = of_named.filter(pl.col(value).is_not_null())
        highest = found.sort("question", value, "vessel_id", descending=[False, True, False])
        return self.per_question(highest.unique("question", keep="first", maintain_order=True))

    def share(self, of_pairs: pl.Series) -> pl.Series:
        """Per question the share of its vessels for which `of_pairs` (a boolean per pair) is true; null without any."""
        shares = (
            self.named.with_columns(of_pairs[self.named["pair"]].alias("known"))
            .group_by("question", maintain_order=True)
            .agg(share=pl.col("known").sum() / pl.len())
        )
        return self.per_question(shares)["share"]

    def per_question(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A row per question from a frame with at most one row for each `question`, which is left out."""
        everyone = pl.DataFrame({"question": pl.int_range(self.questions, dtype=pl.UInt32, eager=True)})
        return everyone.join(frame, on="question", how="left", maintain_order="left").drop("question")


def vessels_of(asked: Asked) -> AskedVessels:
    """The vessels of every question, as visible at its cut-off."""
    own = asked.questions.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("question"))
    parts = [own.with_columns(asked.consignment["vessel_id"])]
    parts += [frame.select("question", "vessel_id") for frame in (asked.legs, asked.documents)]
    every = pl.concat(parts).drop_nulls()
    # Ids as small numbers in the same order: sorting millions of rows by text takes several times as long.
    ids = every.select("vessel_id").unique().sort("vessel_id").with_row_index("vessel")
    numbered = every.join(ids, on="vessel_id").select("question", "vessel").unique().sort("question", "vessel")
    numbered = numbered.with_columns(asked.questions["cutoff"].gather(numbered["question"]))
    pairs = numbered.select("vessel", "cutoff").unique().sort("vessel", "cutoff").with_row_index("pair")
    named = numbered.join(pairs, on=["vessel", "cutoff"], how="left", maintain_order="left")
    return AskedVessels(
        named.select("question", ids["vessel_id"].gather(named["vessel"]), "pair"),
        pairs.select(ids["vessel_id"].gather(pairs["vessel"]), "cutoff"),
        asked.questions.height,
    )


def identity_pointers(asked: Asked, pairs: pl.DataFrame) -> pl.DataFrame:
    """The visible identities of each pair (vessel_id, cutoff) that hold or held at its cut-off, oldest first.

    Columns: `pair` (row number) and `row`, that of the identity in the table vessel.
    """

    def make() -> pl.DataFrame:
        numbered = asked.tables["vessel"].with_row_index("row")
        spans = history(numbered, VESSEL_KEY, "vessel_id", [*VESSEL_KEY, "row"])
        return spans.filter(~pl.col("withdrawn")).select(*VESSEL_KEY, "known_at", "until", "row")

    spans = asked.tables.derived("vessel_identities", make)
    found = pairs.with_row_index("pair").join(spans, on="vessel_id", maintain_order="left_right")
    return found.filter(
        pl.col("known_at") <= pl.col("cutoff"),
        pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
        pl.col("valid_from") <= pl.col("cutoff"),
    ).select("pair", "row")


def identity_rows(asked: Asked, pairs: pl.DataFrame) -> pl.DataFrame:
    """`identity_pointers` with the columns of vessel in place of `row`."""
    return pointed_at(asked, identity_pointers(asked, pairs))


def pointed_at(asked: Asked, pointers: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of the rows of vessel that its `row` names, in its place."""
    return pointers.drop("row").hstack(asked.tables["vessel"][pointers["row"]])


def identities(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Per pair its identity at the cut-off, the newest of `identity_rows`, without vessel_id; null where none is."""
    newest = rows.drop("vessel_id").unique("pair", keep="last", maintain_order=True)
    numbered = pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("pair"))
    return numbered.join(newest, on="pair", how="left", maintain_order="left").drop("pair")


def identities_at(asked: Asked, pointers: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """As `identities`, from `identity_pointers`: only the newest rows are looked up."""
    return identities(pointed_at(asked, pointers.unique("pair", keep="last", maintain_order=True)), pairs)
