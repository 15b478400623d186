"""Weights against those on papers and in the issuer's own record (MR-04), and kilograms that were typed as tonnes."""

from __future__ import annotations

from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import history
from features.catalogue import Indicator
from features.catch_evidence import PROVING, numbered, paper_rows
from features.division import divided
from features.document_numbers import coded_exports
from features.evidence import as_evidence
from features.live_weight import GRAMS, grams
from features.options import Options
from features.states import at_cutoff, holding, states_of
from features.tables import Tables

# Between 850 and 1,150 kilograms to a kilogram: papers and goods differ a little, and by a thousand besides.
TONNES = (850, 1150)
_NUMBER = ("issuer_country", "number")
_KEY = (*_NUMBER, "line_no")


def cleared(tables: Tables) -> pl.DataFrame:
    """The history of what issuers recorded under a number that a paper has: `net_g` of its lines, those `unstated`."""

    def make() -> pl.DataFrame:
        cited = numbered(tables).select(_NUMBER).unique().drop_nulls()
        rows = coded_exports(tables).join(cited, left_on=["issuer_country", "code"], right_on=_NUMBER, how="semi")
        lines = history(rows, _KEY, "issuer_country", ["issuer_country", "code", "net_kg"])
        lines = lines.with_columns(net_g=grams(pl.col("net_kg"))).rename({"code": "number"})
        said = {"net_g": pl.col("net_g").fill_null(0), "unstated": pl.col("net_g").is_null()}
        return states_of(lines, _NUMBER, said)

    return tables.derived("exports cleared by number", make)


def issuer_weights(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the weight gap to the issuer's record and whether kilograms were typed as tonnes.

    The gap is that of the kind of paper whose record falls short the most. A kind counts only where the record of every
    number presented is known with all its weights; null where none does, or where a goods line states no weight.
    """
    goods = _goods(asked)
    papers = holding(asked.questions.with_row_index("question"), numbered(asked.tables), {"consignment_id": "unit"})
    papers = papers.select("question", "cutoff", "kind", *_NUMBER).unique().sort("question", "kind", *_NUMBER)
    papers = papers.hstack(at_cutoff(papers, cleared(asked.tables), _NUMBER, ["net_g", "unstated"]))
    per_kind = (
        papers.group_by("question", "kind", maintain_order=True)
        .agg(
            known=(pl.col("unstated") == 0).fill_null(False).all(),
            recorded_g=pl.col("net_g").sum(),
            issuer_numbers=pl.format("{} {}", *_NUMBER).str.join(", "),
        )
        .filter("known")
        .join(goods, on="question")
        .with_columns(gap=(pl.col("net_g") - pl.col("recorded_g")) / pl.max_horizontal("recorded_g", pl.lit(GRAMS)))
        .sort("question", "gap", "kind", descending=[False, True, False], nulls_last=True)
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            "issuer_numbers",
            issuer_weight_gap_share="gap",
            issuer_recorded_kg=divided(pl.col("recorded_g"), GRAMS),
        )
    )
    everyone = asked.questions.with_row_index("question").select("question")
    declared = goods.select("question", goods_declared_kg=divided(pl.col("net_g"), GRAMS))
    for part in (declared, per_kind, _tonnes(asked)):
        everyone = everyone.join(part, on="question", how="left", maintain_order="left")
    return everyone.drop("question")


def _goods(asked: Asked) -> pl.DataFrame:
    """Per question with goods the net grams of all its lines, null where one does not say."""
    net = grams(pl.col("net_kg"))
    return asked.items.group_by("question", maintain_order=True).agg(
        net_g=pl.when(net.is_not_null().all()).then(net.sum())
    )


def _tonnes(asked: Asked) -> pl.DataFrame:
    """Per question whether a paper states a thousandth or the thousandfold of what is declared of the same goods.

    The goods of a line of a paper are those of its species, or of its HS code where it names none.
    """
    lines = asked.items.select("question", "species", "hs6", net_g=grams(pl.col("net_kg")))
    told = asked.of_lines("document_id", "species", "hs6", "net_kg")
    told = told.with_columns(goods=pl.coalesce("species", "hs6"), net_g=grams(pl.col("net_kg")))
    per_paper = (
        told.drop_nulls(["goods", "net_g"])
        .group_by("question", "document_id", "goods")
        .agg(paper_g=pl.col("net_g").sum())
    )
    declared = pl.concat([lines.select("question", "net_g", goods=name) for name in ("species", "hs6")]).drop_nulls(
        "goods"
    )
    declared = declared.group_by("question", "goods").agg(
        declared_g=pl.when(pl.col("net_g").is_not_null().all()).then(pl.col("net_g").sum())
    )
    low, high = TONNES
    paper, goods = pl.col("paper_g"), pl.col("declared_g")
    is_part = (paper * low <= goods) & (goods <= paper * high)
    is_times = (goods * low <= paper) & (paper <= goods * high)
    return (
        per_paper.join(declared, on=["question", "goods"])
        .filter((paper > 0) & (goods > 0))
        .with_columns(slip=is_part | is_times)
        .sort(["question", "slip", "document_id", "goods"], descending=[False, True, False, False])
        .group_by("question", maintain_order=True)
        .agg(
            kilograms_look_like_tonnes=pl.col("slip").any(),
            tonnes_paper=pl.col("document_id").first(),
            tonnes_goods=pl.col("goods").first(),
            paper_g=paper.first(),
            declared_g=goods.first(),
        )
        # The division after the groups are made: inside them it would be called once for each.
        .with_columns(tonnes_paper_kg=divided(paper, GRAMS), tonnes_declared_kg=divided(goods, GRAMS))
        .drop("paper_g", "declared_g")
    )


def _record_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the declaration, its papers, and the issuer's rows of the same numbers."""
    papers = holding(asked.questions.with_row_index("question"), numbered(asked.tables), {"consignment_id": "unit"})
    wanted = papers.select("question", "cutoff", "issuer_country", code="number").unique()
    spans = history(coded_exports(asked.tables), _KEY, "code", [*_KEY, "use"]).rename({"unit": "code"})
    found = holding(wanted, spans, ["issuer_country", "code"]).sort("question", *_KEY)
    return pl.concat([paper_rows(asked, options), as_evidence(found, "partner_export", _KEY)])


def issuer_weight_indicators() -> list[Indicator]:
    """MR-04 and the slip of tonnes."""
    indicator = partial(Indicator, direction=1)
    return [
        indicator(
            name="issuer_weight_gap_share",
            meaning="Net kilograms declared over those that the issuing state's customs recorded under the numbers "
            f"presented ({', '.join(kind.replace('_', ' ') for kind in PROVING)}; of these kinds the one that falls "
            "short the most), less 1; null unless the record of every number of a kind is known.",
            unit="share",
            officer="{goods_declared_kg:,.0f} kg declared; the issuer recorded {issuer_recorded_kg:,.0f} kg under "
            "{issuer_numbers}: {value:+.1%}.",
            check="Weigh the goods; ask the issuing customs for the entry. 5 % is worth a look, 10 % is high.",
            reads=("consignment", "goods_item", "document", "partner_export"),
            evidence=_record_rows,
            compared=("goods_declared_kg", "issuer_recorded_kg", "issuer_numbers"),
            code="MR-04",
        ),
        indicator(
            name="kilograms_look_like_tonnes",
            meaning="Whether a paper states about a thousandth or the thousandfold of the net kilograms declared of "
            "the same species, or of the same HS code where it names no species; nothing is repaired.",
            unit="yes/no",
            kind="boolean",
            officer="The paper {tonnes_paper} states {tonnes_paper_kg:,.3f} kg of {tonnes_goods}; "
            "{tonnes_declared_kg:,.3f} kg are declared.",
            check="Ask in which unit the weight was entered; weigh the goods.",
            reads=("consignment", "goods_item", "document", "document_line"),
            evidence=paper_rows,
            compared=("tonnes_paper", "tonnes_goods", "tonnes_paper_kg", "tonnes_declared_kg"),
        ),
    ]
