"""Family `parcels`: consignments split to stay below the duty-free limit, and goods that move over to the post."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.evidence import SHOWN_FINDINGS, as_evidence, the_declaration
from features.options import Options
from features.post_shift import newest_posted, post_shift
from features.split_parts import nearest_parts, split_parts


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below."""
    return pl.concat([split_parts(asked, options), post_shift(asked)], how="horizontal")


def _the_parts(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration itself and the other parts that were declared nearest to it."""
    parts = nearest_parts(asked, options, SHOWN_FINDINGS)
    return pl.concat([the_declaration(asked, options), as_evidence(parts, "consignment", ["unit"])])


def _the_posted(asked: Asked, options: Options) -> pl.DataFrame:
    """The declaration itself and the newest consignments by post like it."""
    posted = newest_posted(asked, SHOWN_FINDINGS)
    return pl.concat([the_declaration(asked, options), as_evidence(posted, "consignment", ["unit"])])


def declare(options: Options) -> Sequence[Indicator]:
    """The indicators of the family; they serve every scheme."""
    told = (
        "{split_part_count:.0f} consignments of the same consignor and consignee within 72 hours, each under "
        "{de_minimis_usd:,.0f} USD, come to {split_value_usd:,.2f} USD"
    )
    ask = "Hold the parts together: read their invoices and open them at one time."
    return [
        _indicator(
            "split_value_ratio",
            "Value of the parts that it may be split into (same consignor and consignee, within 72 hours, each below "
            "the duty-free limit) over that limit; 0 where it is not below the limit itself.",
            "ratio",
            f"{told}, {{value:.1f}} times that limit.",
            ask,
            evidence=_the_parts,
            compared=("split_part_count", "split_value_usd", "de_minimis_usd"),
            code="BD-19",
        ),
        _indicator(
            "split_part_count",
            "Number of the parts that it may be split into, itself among them; 0 where it is not below the duty-free "
            "limit itself.",
            "consignments",
            f"{told.replace('{split_part_count:.0f}', '{value:.0f}')}.",
            ask,
            evidence=_the_parts,
            compared=("split_value_usd", "de_minimis_usd"),
        ),
        _indicator(
            "post_share_shift",
            "Share by post of the consignments with its heading and countries in the last 30 days, as a robust z "
            "against the 24 periods of 30 days before; parcels of express carriers count as air, not as post.",
            "robust z",
            "{post_share_30d:.0%} of heading {post_shift_heading} from {post_shift_corridor} came by post in the last "
            "30 days, usually {usual_post_share:.0%}.",
            "Ask what else the senders of these parcels ship; weigh and open some of the parcels.",
            evidence=_the_posted,
            compared=("post_share_30d", "usual_post_share", "post_shift_heading", "post_shift_corridor"),
            code="BD-20",
        ),
    ]


_indicator = partial(Indicator, reads=("consignment", "goods_item"), direction=1)


FAMILY = Family(
    name="parcels",
    about="Consignments split to stay below the duty-free limit, and goods that move over to the post.",
    compute=compute,
    declare=declare,
)
