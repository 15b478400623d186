"""Product forms against papers (MR-22): what the same kilograms weighed live by one form and by the other.

Meat declared as whole crab hides two thirds of the catch: its factor is that of another form than the paper's.
"""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.catalogue import Indicator
from features.catch_evidence import paper_rows
from features.live_weight import factor_of
from features.options import Options

DIGITS = 9  # what the arithmetic of one machine and another agree on


def forms(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the logarithm of live weight by the declared form over that by the form on papers.

    Of the goods lines whose species a paper names with a form, the one that lies farthest from 0 speaks; a line whose
    form any of these papers names is 0. Null where no line can be compared.
    """
    day = pl.coalesce("arrived_at", "declared_at").dt.date()
    arrival = asked.consignment.select(landed_on=day).with_row_index("question")
    goods = asked.items.select("question", "item_no", "species", declared="product_form").drop_nulls()
    told = asked.of_lines("species", "product_form").rename({"product_form": "told"}).drop_nulls().unique()
    pairs = goods.join(told, on=["question", "species"]).join(arrival, on="question").drop_nulls("landed_on")
    pairs = pairs.with_columns(
        by_declared=factor_of(pairs, options.conversion_factors, "species", "declared"),
        by_told=factor_of(pairs, options.conversion_factors, "species", "told"),
    )
    gap = (pl.col("by_declared") / pl.col("by_told")).log().round(DIGITS) + 0.0
    gaps = pairs.with_columns(gap=pl.when(pl.col("declared") == pl.col("told")).then(0.0).otherwise(gap))
    nearest = (
        gaps.drop_nulls("gap")
        .with_columns(far=pl.col("gap").abs())
        .sort("question", "item_no", "far", "told")
        .unique(["question", "item_no"], keep="first", maintain_order=True)
    )
    speaking = (
        nearest.sort("question", "far", "item_no", descending=[False, True, False])
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            form_yield_gap_log="gap",
            form_declared="declared",
            form_on_papers="told",
            form_species="species",
            form_declared_factor="by_declared",
            form_papers_factor="by_told",
        )
    )
    everyone = asked.questions.with_row_index("question").select("question")
    return everyone.join(speaking, on="question", how="left", maintain_order="left").drop("question")


def form_indicators() -> list[Indicator]:
    """The part of MR-22 that looks at forms; the weights are told with the ledger."""
    return [
        Indicator(
            name="form_yield_gap_log",
            meaning="Natural logarithm of the live weight of the goods by the factor of their declared form over that "
            "by the form that the papers name for the species: below 0 where the declaration makes less catch of the "
            "same kilograms; 0 where a paper names the same form.",
            unit="log ratio",
            officer="{form_species} declared as {form_declared} ({form_declared_factor:.2f} kg live per kg), on papers "
            "as {form_on_papers} ({form_papers_factor:.2f}).",
            check="Open a package and look at the product form; compare it with the certificate.",
            reads=("consignment", "goods_item", "document", "document_line"),
            evidence=paper_rows,
            compared=(
                "form_species",
                "form_declared",
                "form_declared_factor",
                "form_on_papers",
                "form_papers_factor",
            ),
            code="MR-22",
        )
    ]
