"""Whether the instants on papers can have followed each other as they must (MR-10)."""

from __future__ import annotations

import polars as pl

from features.papers import Papers

# Papers that must exist before the goods are landed; an invoice or a landing declaration may be made after.
BEFORE_LANDING = ("export_entry", "harbour_clearance", "catch_certificate", "health_certificate")
_ORDERS = {
    "issued_before_catch_ended": "issued before the catch ended",
    "landed_before_issue": "landed before it was issued",
    "catch_ended_before_it_began": "catch ended before it began",
    "landed_after_validity": "landed after its validity, or valid to before from",
}


def time_answers(papers: Papers) -> pl.DataFrame:
    """Per question how many of the four orders are broken on its papers, and which; null where none can be weighed."""
    documents = papers.told("issued_at", "valid_from", "valid_to", kinds=BEFORE_LANDING)
    documents = documents.with_columns(papers.consignment["arrived_at"].gather(documents["question"]))
    landed, ends = pl.col("arrived_at"), pl.col("valid_to")
    lapsed, backwards = ends < landed, ends < pl.col("valid_from")
    # Either can be weighed without the other.
    invalid = pl.when(lapsed.is_null()).then(backwards).otherwise(lapsed | backwards.fill_null(False))
    of_documents = documents.select(
        "question",
        landed_before_issue=landed < pl.col("issued_at"),
        landed_after_validity=invalid,
    )
    issued = papers.asked.tables["document"]["issued_at"]
    lines = papers.told_by_line("catch_from", "catch_to")
    lines = lines.with_columns(issued.gather(papers.line_rows()["document_row"])).drop_nulls("catch_to")
    of_lines = lines.select(
        "question",
        # A landing is declared, and goods are cleared, once the catch is over; so is a catch certified.
        issued_before_catch_ended=pl.col("issued_at") < pl.col("catch_to"),
        catch_ended_before_it_began=pl.col("catch_to") < pl.col("catch_from"),
    )
    whole = papers.asked.questions.with_row_index("question").select("question")
    for part in (of_documents, of_lines):
        broken = part.group_by("question").agg(pl.when(pl.all().count() > 0).then(pl.all().any()))
        whole = whole.join(broken, on="question", how="left", maintain_order="left")
    known = pl.any_horizontal([pl.col(name).is_not_null() for name in _ORDERS])
    told = pl.concat_list([pl.when(pl.col(name)).then(pl.lit(words)) for name, words in _ORDERS.items()])
    return whole.select(
        time_order_violation_count=pl.when(known).then(pl.sum_horizontal([pl.col(n).cast(pl.Int64) for n in _ORDERS])),
        time_orders_broken=told.list.drop_nulls().list.join("; "),
    )
