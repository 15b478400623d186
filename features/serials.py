"""Numbers of papers against the issuer's others: its range and pattern, and the same number in other hands (MR-09).

The range of an issuer country, kind and year of issue is the middle nine tenths of the serials that are known at the
cut-off, and as much again on either side: serials go on where those that we know end, and a few wrong ones must not
stretch it. It is learned from papers and, for export entries, from the issuer's own records.
"""

from __future__ import annotations

import polars as pl

from features.asof import Aggregate, WindowPlan
from features.numbered import PROVING, known_numbers
from features.papers import Papers
from features.quantiles import quantiles
from features.tables import Tables
from features.transmission import ENOUGH

LOW, HIGH = 5, 95  # percent: the middle nine tenths
RARE_PATTERN = 0.02  # of the issuer's numbers: a pattern rarer than this is none of its own
_LISTED = 3  # numbers, in a sentence
_ASKED = ("number", "holder_id", "issue_no", "shape_no", "number_no", "serial")


def serial_answers(papers: Papers) -> pl.DataFrame:
    """Per question whether a serial lies outside its issuer's range, and in how many other hands its numbers are."""
    asked = papers.told(*_ASKED, kinds=PROVING).drop_nulls("number_no")
    asked = asked.hstack(papers.asked.questions[asked["question"]])
    judged = (
        asked.select("question", "number")
        .hstack(_outside(papers.asked.tables, asked))
        .with_columns(_other_holders(papers.asked.tables, asked))
    )
    per_question = judged.group_by("question").agg(
        serial_outside_issuer_range=pl.when(pl.col("is_outside").count() > 0).then(pl.col("is_outside").any()),
        same_number_other_holders=pl.col("other_holders").max(),
    )
    # Texts are made for the few that need one.
    outside = (
        judged.filter("is_outside")
        .group_by("question", maintain_order=True)
        .agg(
            serials_outside=_listed(pl.col("number")),
            usual_serials=_listed(pl.format("{} to {}", "lowest", "highest").fill_null("another pattern")),
        )
    )
    in_hands = (
        judged.filter(pl.col("other_holders") > 0)
        .group_by("question", maintain_order=True)
        .agg(numbers_in_other_hands=_listed(pl.col("number")))
    )
    whole = papers.asked.questions.with_row_index("question").select("question")
    for part in (per_question, outside, in_hands):
        whole = whole.join(part, on="question", how="left", maintain_order="left")
    return whole.drop("question")


def _listed(texts: pl.Expr) -> pl.Expr:
    return texts.head(_LISTED).str.join(", ")


def _outside(tables: Tables, asked: pl.DataFrame) -> pl.DataFrame:
    """Per paper `is_outside`, and the bounds of its range; null where too few of the issuer's numbers are known."""
    known = known_numbers(tables)
    plan, count = WindowPlan(known, asked), {"n": Aggregate("count")}
    of_issue = plan.windows(["issue_no"], count, [None])["n_all"]
    of_shape = plan.windows(["shape_no"], count, [None])["n_all"]
    middle = quantiles(known, asked, "issue_no", "serial", {"low": LOW, "high": HIGH})
    spread = pl.max_horizontal(pl.col("high") - pl.col("low"), pl.lit(1))
    held = asked.select("serial").hstack(middle).with_columns(of_issue=of_issue, of_shape=of_shape)
    held = held.with_columns(
        lowest=pl.when(pl.col("count") >= ENOUGH).then(pl.max_horizontal(pl.col("low") - spread, pl.lit(0))),
        highest=pl.when(pl.col("count") >= ENOUGH).then(pl.col("high") + spread),
        is_strange=pl.col("of_shape") < pl.col("of_issue") * RARE_PATTERN,
    )
    beyond = (pl.col("serial") < pl.col("lowest")) | (pl.col("serial") > pl.col("highest"))
    judged = pl.when("is_strange").then(True).otherwise(beyond)
    return held.select("lowest", "highest", is_outside=pl.when(pl.col("of_issue") >= ENOUGH).then(judged))


def _other_holders(tables: Tables, asked: pl.DataFrame) -> pl.Series:
    """Per paper `other_holders`: holders of the same number on other consignments' papers that are not its own.

    Null where the own holder is not stated.
    """
    known = known_numbers(tables).filter(pl.col("unit").is_not_null())
    # A number that one consignment alone ever presented is in no other hands.
    often = known.select("number_no", "unit").unique().group_by("number_no").len().filter(pl.col("len") > 1)
    numbered = asked.with_row_index("place").join(often.select("number_no"), on="number_no", how="semi")
    plan = WindowPlan(known.join(often, on="number_no", how="semi"), numbered)
    holders = plan.windows(["number_no"], {"n": Aggregate("distinct", "holder_id")}, [None])["n_all"]
    own = plan.windows(["number_no", "holder_id"], {"n": Aggregate("count")}, [None])["n_all"]
    found = numbered.select("place").with_columns(others=holders - (own > 0).cast(pl.Int32))
    places = asked.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"), "holder_id")
    joined = places.join(found, on="place", how="left", maintain_order="left")
    return joined.select(other_holders=pl.when(pl.col("holder_id").is_not_null()).then(pl.col("others").fill_null(0)))[
        "other_holders"
    ]
