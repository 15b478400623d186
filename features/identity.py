"""Family `identity`: who the vessels of a consignment are and were, what lists name them, what they had a right to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from features.asked import Asked
from features.catalogue import Evidence, Family, Indicator
from features.evidence import SHOWN_FINDINGS, as_evidence, the_consignment
from features.fishing_rights import catches, covered, is_told, rights_of
from features.identifiers import identifier_faults
from features.identity_changes import changes, churn, hopped, hops, in_look_back
from features.identity_indicators import declare_identity
from features.listings import WATCHLIST_KEY, listings, lists_known, strongest
from features.options import Options
from features.vessels import VESSEL_KEY, AskedVessels, identities_at, identity_pointers, pointed_at, vessels_of


@dataclass(frozen=True)
class Known:
    """What is looked up once for all of the family: vessels, their identities by then and how each changed."""

    vessels: AskedVessels
    changed: pl.DataFrame
    identities: pl.DataFrame
    listings: pl.DataFrame

    def hop_listings(self, options: Options) -> pl.DataFrame:
        """The listings of vessels themselves, on the lists after which a new flag is telling."""
        of_vessel = pl.col("role") == "vessel"
        return self.listings.filter(of_vessel & pl.col("list").is_in(options.vessels.hop_lists))


def _known(asked: Asked) -> Known:
    vessels = vessels_of(asked)
    pointers = identity_pointers(asked, vessels.pairs)
    now = identities_at(asked, pointers, vessels.pairs)
    changed = changes(pointers, asked.tables["vessel"], vessels.pairs)
    return Known(vessels, changed, now, listings(asked.tables, vessels.pairs, now))


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators of features/identity_indicators.py and what their sentences compare."""
    known = _known(asked)
    vessels, pairs = known.vessels, known.vessels.pairs
    faults = identifier_faults(known.identities, options.mid, options.vessels.imo_required_gt)
    hop_known = lists_known(asked.tables, pairs["cutoff"], options.vessels.hop_lists)
    hop = hopped(hops(known.changed, asked.tables["vessel"], known.hop_listings(options)), known.changed, pairs)
    hop = hop.with_columns(pl.when(hop_known).then("flag_hop_after_listing").alias("flag_hop_after_listing"))
    parts = [
        vessels.worst(churn(known.changed, pairs), "identity_churn").rename({"vessel_id": "churn_vessel"}),
        vessels.worst(hop, "flag_hop_after_listing").rename({"vessel_id": "flag_hop_vessel"}),
        vessels.worst(faults, "identifier_faults").rename({"vessel_id": "identifier_vessel"}),
        _lists(known, asked, options),
        _rights(known, asked),
        _coverage(known),
    ]
    return pl.concat(parts, how="horizontal")


def _lists(known: Known, asked: Asked, options: Options) -> pl.DataFrame:
    pairs, iuu = known.vessels.pairs, options.vessels.iuu_lists
    on_iuu = pl.col("list").is_in(iuu)
    parts = []
    for name, of_kind, others in (("iuu_list_hit", on_iuu, False), ("other_list_hit", ~on_iuu, True)):
        told = lists_known(asked.tables, pairs["cutoff"], iuu, others)
        hits = strongest(known.listings.filter(of_kind), pairs, told, name)
        parts.append(known.vessels.worst(hits, name).drop("vessel_id"))
    return pl.concat(parts, how="horizontal")


def _coverage(known: Known) -> pl.DataFrame:
    """The share of the vessels with an identity, and how many there are."""
    has_identity = known.identities["known_at"].is_not_null()
    counts = known.vessels.named.group_by("question", maintain_order=True).agg(vessels_named=pl.len())
    return pl.DataFrame(
        {
            "vessel_identity_share": known.vessels.share(has_identity),
            "vessels_named": known.vessels.per_question(counts)["vessels_named"],
        }
    )


def _judged_catches(known: Known, asked: Asked) -> pl.DataFrame:
    """Catches with `without_right`, null where the lack of a right could not be known."""
    found = catches(asked, known.vessels, known.identities)
    rights = rights_of(asked.tables, found)
    told = pl.when(is_told(asked.tables, found)).then(True)
    lacks = pl.when(covered(found, rights)).then(False).otherwise(told)
    return found.with_columns(without_right=lacks)


def _rights(known: Known, asked: Asked) -> pl.DataFrame:
    found = _judged_catches(known, asked)
    day = "%Y-%m-%d"
    words = pl.format(
        "{} in area {} from {} to {} by {}",
        pl.col("species").fill_null("catch"),
        pl.col("catch_area").fill_null("not stated"),
        pl.col("begins").dt.to_string(day),
        pl.col("ends").dt.to_string(day),
        pl.col("vessel_id").fill_null("a vessel not named"),
    )
    lacks = pl.col("without_right")
    per_question = (
        found.group_by("question", maintain_order=True)
        .agg(
            catch_without_right=lacks.any(ignore_nulls=False),
            catches_without_right=lacks.sum(),
            catches_stated=pl.len(),
            catch_first_without=words.filter(lacks.fill_null(False)).first(),
        )
        .with_columns(pl.col("catch_first_without").fill_null("none of them"))
    )
    return known.vessels.per_question(per_question)


def _identity_now(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and the identity of each of its vessels at the cut-off."""
    known = _known(asked)
    now = known.vessels.named.hstack(known.identities[known.vessels.named["pair"]]).drop_nulls("known_at")
    return pl.concat([the_consignment(asked, options), as_evidence(now, "vessel", VESSEL_KEY)])


def _identity_changes(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and the newest rows that changed an identity of its vessels in the look-back."""
    known = _known(asked)
    new = pointed_at(asked, in_look_back(known.changed).select("pair", "row")).drop("vessel_id")
    rows = _newest(known.vessels.named.join(new, on="pair"), "valid_from")
    return pl.concat([the_consignment(asked, options), as_evidence(rows, "vessel", VESSEL_KEY)])


def _flag_hops(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, the rows that brought the new flags, and the listings before them."""
    known = _known(asked)
    found = hops(known.changed, asked.tables["vessel"], known.hop_listings(options))
    rows = _newest(known.vessels.named.join(found, on="pair"), "valid_from")
    listed = rows.with_columns(subject="vessel_id", subject_kind=pl.lit("vessel"), use="listing_use")
    parts = [as_evidence(rows, "vessel", VESSEL_KEY), as_evidence(listed, "watchlist", WATCHLIST_KEY)]
    return pl.concat([the_consignment(asked, options), *[part.unique(maintain_order=True) for part in parts]])


def _entries(iuu: bool) -> Evidence:
    """Evidence: the consignment and the strongest entries about its vessels, on those lists or on all others."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        known = _known(asked)
        is_one = pl.col("list").is_in(options.vessels.iuu_lists)
        rows = known.vessels.named.join(known.listings.filter(is_one if iuu else ~is_one), on="pair")
        shown = as_evidence(_newest(rows, "hit"), "watchlist", WATCHLIST_KEY).unique(maintain_order=True)
        return pl.concat([the_consignment(asked, options), shown])

    return fetch


def _catches_and_rights(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the lines of papers whose catch no right covered, and the newest rights of who caught it."""
    without = _judged_catches(_known(asked), asked).filter(pl.col("without_right"))
    rights = rights_of(asked.tables, without, at_the_time=False)
    beside = without.select("catch", "question").join(rights, on="catch").sort("question", "right_id")
    rights_shown = as_evidence(_newest(beside, "valid_from"), "fishing_right", ["right_id"]).unique(maintain_order=True)
    lines = as_evidence(without, "document_line", ["document_id", "line_no"])
    return pl.concat([the_consignment(asked, options), lines, rights_shown])


def _newest(rows: pl.DataFrame, order: str) -> pl.DataFrame:
    """The first few rows per question by the highest `order`; the rest of their order stays."""
    ordered = rows.sort("question", order, descending=[False, True], maintain_order=True)
    return ordered.group_by("question", maintain_order=True).head(SHOWN_FINDINGS)


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family."""
    return declare_identity(
        options,
        now=_identity_now,
        changed=_identity_changes,
        hopped=_flag_hops,
        on_iuu=_entries(iuu=True),
        on_others=_entries(iuu=False),
        catches=_catches_and_rights,
    )


FAMILY = Family(
    name="identity",
    about="Who the vessels of a consignment are and were, which lists name them, and what they had a right to catch.",
    compute=compute,
    declare=declare,
)
