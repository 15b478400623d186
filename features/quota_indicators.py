"""What is told of quotas: the indicators MR-16 and MR-17 and their evidence."""

from __future__ import annotations

from functools import partial

import polars as pl

from features.asked import Asked
from features.catalogue import Indicator
from features.catch_evidence import paper_rows
from features.evidence import as_evidence
from features.options import Options
from features.quotas import own_quotas


def _right_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the declaration, its papers, and the rights that its landings fall under."""
    rights = own_quotas(asked, options).unique(["question", "right_id"], keep="first", maintain_order=True)
    return pl.concat([paper_rows(asked, options), as_evidence(rights, "fishing_right", ["right_id"])])


def quota_indicators() -> list[Indicator]:
    """MR-16 and MR-17."""
    indicator = partial(
        Indicator,
        reads=("consignment", "goods_item", "document", "document_line", "fishing_right"),
        evidence=_right_rows,
        direction=1,
    )
    landed = "{quota_landed_kg:,.0f} kg live weight landed on the quota of {quota_kg:,.0f} kg for {quota_of}"
    check = "Ask the authority of the right what it has booked on this quota, and compare landing by landing."
    return [
        indicator(
            name="quota_uptake_share",
            meaning="Live weight landed in the season on the quota that the goods count against, over its kilograms, "
            "by the vessel (or holder), species and area that the certificates name; of several quotas the one used up "
            "the most.",
            unit="share",
            officer=f"{landed}: {{value:.0%}}.",
            check=check,
            compared=("quota_landed_kg", "quota_kg", "quota_of"),
            code="MR-16",
        ),
        indicator(
            name="quota_pace",
            meaning="Share of that quota used up, over the share of its season that had passed at the cut-off; null "
            "before the season begins.",
            unit="ratio",
            officer=f"{landed}, after {{quota_season_share:.0%}} of its season: {{value:.1f}} times the even pace.",
            check=check,
            compared=("quota_landed_kg", "quota_kg", "quota_of", "quota_season_share"),
            code="MR-17",
        ),
    ]
