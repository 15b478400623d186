"""Numbers of papers against the issuer's others: its range and pattern, and the same number in other hands (MR-09).

A number's *pattern* is the number as it is compared, each digit written as 9. Its *serial* is its last run of digits.
The range of an issuer country, kind, year of issue and pattern is the middle nine tenths of the serials that are known
at the cut-off, and as much again on either side: serials go on where those that we know end, and a few wrong ones must
not stretch it. It is learned from papers and, for export entries, from the issuer's own records.
"""

from __future__ import annotations

import polars as pl

from features.asof import Aggregate, WindowPlan, history
from features.document_numbers import normalised
from features.papers import PROVING, Papers
from features.quantiles import quantiles
from features.tables import Tables
from features.transmission import ENOUGH, KEY

LOW, HIGH = 5, 95  # percent: the middle nine tenths
RARE_PATTERN = 0.02  # of the issuer's numbers: a pattern rarer than this is none of its own
_SERIAL_DIGITS = 18  # as many as an integer of 64 bits holds
_LISTED = 3  # numbers, in a sentence
_LEARNED = ("kind", "issuer_country", "year", "pattern", "place", "serial", "code", "holder_id")
_ENTRY = "export_entry"


def serial_parts(number: pl.Expr, issued_at: pl.Expr) -> dict[str, pl.Expr]:
    """Of a number: `code` (as compared), `pattern`, `place` (pattern and length of the serial), `serial`, `year`."""
    code = normalised(number)
    digits = number.str.normalize("NFKC").str.extract(r"([0-9]+)[^0-9]*$")
    return {
        "code": code,
        "pattern": code.str.replace_all("[0-9]", "9"),
        "place": digits.str.len_chars().cast(pl.String),
        "serial": digits.str.tail(_SERIAL_DIGITS).cast(pl.Int64),
        "year": issued_at.dt.year().cast(pl.String),
    }


def serial_answers(papers: Papers) -> pl.DataFrame:
    """Per question whether a serial lies outside its issuer's range, and in how many other hands its numbers are."""
    owned = papers.asked.questions["consignment_id"]
    numbered = papers.documents.filter(pl.col("kind").is_in(PROVING) & pl.col("code").is_not_null()).select(
        "question",
        "document_id",
        "cutoff",
        "kind",
        "issuer_country",
        "number",
        "holder_id",
        **serial_parts(pl.col("number"), pl.col("issued_at")),
    )
    asked = numbered.with_columns(consignment_id=owned.gather(numbered["question"]), **_keys())
    judged = asked.hstack(_outside(papers.asked.tables, asked)).hstack(_other_holders(papers.asked.tables, asked))
    per_question = (
        judged.sort("question", "document_id")
        .group_by("question", maintain_order=True)
        .agg(
            serial_outside_issuer_range=pl.when(pl.col("is_outside").count() > 0).then(pl.col("is_outside").any()),
            same_number_other_holders=pl.col("other_holders").max(),
            serials_outside=_listed(pl.col("number").filter("is_outside")),
            usual_serials=_listed(
                pl.format("{} to {}", "lowest", "highest").fill_null("another pattern").filter("is_outside")
            ),
            numbers_in_other_hands=_listed(pl.col("number").filter(pl.col("other_holders") > 0)),
        )
    )
    whole = papers.asked.questions.with_row_index("question").select("question")
    return whole.join(per_question, on="question", how="left", maintain_order="left").drop("question")


def _listed(texts: pl.Expr) -> pl.Expr:
    return texts.head(_LISTED).str.join(", ")


def _keys() -> dict[str, pl.Expr]:
    """`issue` (kind, issuer, year), `shape` (and pattern), `run` (and length of the serial): null where a part is."""
    issue = ("kind", "issuer_country", "year")
    return {
        "issue": pl.concat_str(issue, separator=" "),
        "shape": pl.concat_str(*issue, "pattern", separator=" "),
        "run": pl.concat_str(*issue, "pattern", "place", separator=" "),
    }


def _known_numbers(tables: Tables) -> pl.DataFrame:
    """The history of every number of a proving paper, as presented and, of export entries, as the issuer told it."""

    def make() -> pl.DataFrame:
        told = ["kind", "issuer_country", "number", "holder_id", "issued_at"]
        presented = history(tables["document"], ["document_id"], "consignment_id", told)
        recorded = history(tables["partner_export"], KEY, "issuer_country", ["issuer_country", "number", "cleared_at"])
        # One row of the issuer's for a number, however many lines it has.
        recorded = (
            recorded.filter(~pl.col("withdrawn"))
            .sort("known_at", "cleared_at")
            .unique(["issuer_country", "number"], keep="first", maintain_order=True)
            .with_columns(
                unit=pl.lit(None, pl.String),
                kind=pl.lit(_ENTRY),
                holder_id=pl.lit(None, pl.String),
                until=pl.lit(None, presented.schema["until"]),
            )
            .rename({"cleared_at": "issued_at"})
        )
        both = pl.concat([presented.filter(pl.col("kind").is_in(PROVING)), recorded.select(presented.columns)])
        parted = both.with_columns(**serial_parts(pl.col("number"), pl.col("issued_at"))).with_columns(**_keys())
        return parted.drop("number", "issued_at", "pattern", "place", "year")

    return tables.derived("known numbers", make)


def _outside(tables: Tables, asked: pl.DataFrame) -> pl.DataFrame:
    """Per paper `is_outside`, and the bounds of its range; null where too few of the issuer's numbers are known."""
    known = _known_numbers(tables)
    plan, count = WindowPlan(known, asked), {"n": Aggregate("count")}
    of_issue = plan.windows(["issue"], count, [None])["n_all"]
    of_shape = plan.windows(["shape"], count, [None])["n_all"]
    middle = quantiles(known, asked, "run", "serial", {"low": LOW, "high": HIGH})
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


def _other_holders(tables: Tables, asked: pl.DataFrame) -> pl.DataFrame:
    """Per paper `other_holders`: holders of the same number on other consignments' papers that are not its own."""
    known = _known_numbers(tables).filter(pl.col("unit").is_not_null())
    # A number that one consignment alone ever presented is in no other hands.
    often = known.select("code", "unit").unique().group_by("code").len().filter(pl.col("len") > 1)
    known = known.join(often, on="code", how="semi")
    plan = WindowPlan(known, asked)
    number = ["kind", "issuer_country", "code"]
    holders = plan.windows(number, {"n": Aggregate("distinct", "holder_id")}, [None])["n_all"]
    own = plan.windows([*number, "holder_id"], {"n": Aggregate("count")}, [None])["n_all"]
    return pl.DataFrame({"holders": holders, "own": own}).select(
        other_holders=pl.col("holders") - (pl.col("own") > 0).cast(pl.Int32)
    )
