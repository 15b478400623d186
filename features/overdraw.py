"""Over-draw of catch certificates (MR-08, and the own part of MR-22): what the ledgers say about each question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from features.asked import Asked
from features.catalogue import Indicator
from features.catch_evidence import certificate_rows
from features.division import divided
from features.ledger import balances
from features.live_weight import GRAMS
from features.options import Options

READS = ("consignment", "goods_item", "document", "document_line")
_SAID = ("drawn", "in_turn", "own", "certified")


def overdraw(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question: of the certificates that it draws on, the one that is drawn the most speaks for each indicator.

    Null where a consignment presents no certificate for a species of its goods, or where its weight is not known; the
    shares also where the certificate states no kilograms.
    """
    rows = balances(asked.tables, options, asked.questions)
    certified = pl.when(pl.col("certified_g") > 0).then("certified_g")
    known = pl.col("unknown") == 0
    rows = rows.with_columns(
        *[
            pl.when(known).then(pl.col(f"{name}_g") / certified).alias(f"{name}_share")
            for name in ("drawn", "in_turn", "own")
        ],
        over_g=pl.when(known).then((pl.col("drawn_g") - pl.col("certified_g")).clip(0)),
        name=pl.format("{} {} ({})", "issuer_country", "number", "species"),
    )
    told = [divided(pl.col(f"{name}_g"), GRAMS).alias(f"{name}_kg") for name in _SAID]
    rows = rows.with_columns(*told, over_kg=divided(pl.col("over_g"), GRAMS))
    everyone = asked.questions.with_row_index("question").select("question")
    drawn = _speaking(rows, ["drawn_share", "over_g"]).select(
        "question",
        certificate_drawn_share="drawn_share",
        certificate_overdrawn_kg="over_kg",
        certificate_citing_count="citing",
        certificate_drawn_kg="drawn_kg",
        certificate_certified_kg="certified_kg",
        certificate_drawn="name",
    )
    in_turn = _speaking(rows, ["in_turn_share"]).select(
        "question",
        certificate_drawn_share_in_turn="in_turn_share",
        certificate_in_turn_kg="in_turn_kg",
        certificate_in_turn_certified_kg="certified_kg",
        certificate_in_turn="name",
    )
    own = _speaking(rows, ["own_share"]).select(
        "question",
        certificate_own_share="own_share",
        certificate_own_kg="own_kg",
        certificate_own_certified_kg="certified_kg",
        certificate_own="name",
    )
    for part in (drawn, in_turn, own, _papers(rows)):
        everyone = everyone.join(part, on="question", how="left", maintain_order="left")
    return everyone.drop("question")


def _speaking(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    order = ["question", *by, "issuer_country", "number", "species"]
    falling = [name in by for name in order]
    return rows.sort(order, descending=falling, nulls_last=True).unique("question", keep="first", maintain_order=True)


def _papers(rows: pl.DataFrame) -> pl.DataFrame:
    """What is odd about what papers of the certificates say, whoever presented them."""
    least, most = pl.col("least_certified_g"), pl.col("certified_g")
    apart = rows.with_columns(apart=pl.when(least > 0).then((most / least).log().round(9)))
    speaking = _speaking(apart, ["apart"]).select(
        "question",
        certificate_kg_disagreement_log="apart",
        certificate_least_kg=divided(least, GRAMS),
        certificate_most_kg=divided(most, GRAMS),
        certificate_disagreeing="name",
    )
    zero = (
        rows.sort("question", "least_certified_g", "name", nulls_last=True)
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            certificate_of_zero_kg=least == 0,
            certificate_least="name",
            certificate_least_of_all_kg=divided(least, GRAMS),
        )
    )
    return speaking.join(zero, on="question", how="left")


def overdraw_indicators() -> list[Indicator]:
    """MR-08 and what else the ledgers tell."""
    indicator = partial(Indicator, reads=READS, evidence=certificate_rows)
    ask = "Look at the certificate and at the other landings on it; ask its issuer what is left."
    return [
        indicator(
            name="certificate_drawn_share",
            meaning="Live weight that all known consignments drew on the certificate, over the live weight certified; "
            "of several certificates the one drawn the most, null where goods and certificate name no common species.",
            unit="share",
            officer="{certificate_citing_count:,.0f} consignments drew {certificate_drawn_kg:,.0f} kg live weight on "
            "the certificate {certificate_drawn}, which certifies {certificate_certified_kg:,.0f} kg: {value:.0%}.",
            check=ask,
            direction=1,
            compared=(
                "certificate_citing_count",
                "certificate_drawn_kg",
                "certificate_certified_kg",
                "certificate_drawn",
            ),
            code="MR-08",
        ),
        indicator(
            name="certificate_drawn_share_in_turn",
            meaning="As the share drawn, but only over this consignment and those that were known to draw on the "
            "certificate no later than it: above 1 from the first consignment that overdraws, not for those before.",
            unit="share",
            officer="With this consignment {certificate_in_turn_kg:,.0f} kg live weight are drawn on the certificate "
            "{certificate_in_turn}, which certifies {certificate_in_turn_certified_kg:,.0f} kg: {value:.0%}.",
            check=ask,
            direction=1,
            compared=("certificate_in_turn_kg", "certificate_in_turn_certified_kg", "certificate_in_turn"),
            code="MR-08",
        ),
        indicator(
            name="certificate_own_share",
            meaning="Live weight of this consignment's goods, by the factor of their form, over the live weight of the "
            "certificate that it draws on; with several certificates of a species it draws on each in proportion.",
            unit="share",
            officer="These goods weigh {certificate_own_kg:,.0f} kg live on the certificate {certificate_own} of "
            "{certificate_own_certified_kg:,.0f} kg: {value:.0%}.",
            check="Weigh the goods; compare species and form with the certificate.",
            direction=1,
            compared=("certificate_own_kg", "certificate_own_certified_kg", "certificate_own"),
            code="MR-22",
        ),
        *_amounts(indicator, ask),
    ]


def _amounts(indicator: partial[Indicator], ask: str) -> list[Indicator]:
    return [
        indicator(
            name="certificate_overdrawn_kg",
            meaning="Live kilograms drawn on the certificate beyond what it certifies, 0 where some is left.",
            unit="kg",
            officer="{value:,.0f} kg live weight beyond the {certificate_certified_kg:,.0f} kg of the certificate "
            "{certificate_drawn}.",
            check=ask,
            direction=1,
            compared=("certificate_certified_kg", "certificate_drawn"),
            code="MR-08",
        ),
        indicator(
            name="certificate_citing_count",
            meaning="Number of known consignments that draw on the certificate, this one among them.",
            unit="consignments",
            officer="{value:,.0f} consignments draw on the certificate {certificate_drawn}.",
            check=ask,
            compared=("certificate_drawn",),
            code="MR-08",
        ),
        indicator(
            name="certificate_kg_disagreement_log",
            meaning="Natural logarithm of the most over the least live kilograms that papers of the same certificate "
            "state, whichever consignment presented them; 0 where all agree.",
            unit="log ratio",
            officer="Papers of the certificate {certificate_disagreeing} state from {certificate_least_kg:,.0f} to "
            "{certificate_most_kg:,.0f} kg.",
            check="Lay the papers of this number side by side; ask the issuer for the true one.",
            direction=1,
            compared=("certificate_disagreeing", "certificate_least_kg", "certificate_most_kg"),
        ),
        indicator(
            name="certificate_of_zero_kg",
            meaning="Whether any paper of a certificate that the consignment draws on certifies 0 kg.",
            unit="yes/no",
            kind="boolean",
            officer="A paper of the certificate {certificate_least} certifies {certificate_least_of_all_kg:,.0f} kg.",
            check="Ask the issuer whether the certificate is void or wrongly entered.",
            direction=1,
            compared=("certificate_least", "certificate_least_of_all_kg"),
        ),
    ]
