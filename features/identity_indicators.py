"""What the indicators of the family `identity` mean, say and rest on."""

from __future__ import annotations

from functools import partial

from features.catalogue import Evidence, Indicator
from features.identity_changes import HOP, LOOK_BACK, WEIGHTS, WORDS
from features.options import Options

MARINE = ("marine_smuggling",)
_MONTHS = LOOK_BACK.days // 30


def declare_identity(
    options: Options,
    *,
    now: Evidence,
    changed: Evidence,
    hopped: Evidence,
    on_iuu: Evidence,
    on_others: Evidence,
    catches: Evidence,
) -> list[Indicator]:
    """All indicators of the family, with their evidence."""
    return [
        *_of_identity(options, now, changed, hopped),
        *_of_lists(options, on_iuu, on_others),
        _of_rights(catches),
    ]


def _of_identity(options: Options, now: Evidence, changed: Evidence, hopped: Evidence) -> list[Indicator]:
    indicator = partial(Indicator, reads=("consignment", "vessel"), direction=1)
    weights = ", ".join(f"{WORDS[part]} {weight:g}" for part, weight in WEIGHTS.items())
    hop_lists = ", ".join(options.vessels.hop_lists)
    return [
        indicator(
            name="identity_churn",
            meaning=f"Weighted number of changes of a vessel's identity in {LOOK_BACK.days} days ({weights}, assumed); "
            "of several vessels the highest.",
            unit="weighted changes",
            officer="Vessel {churn_vessel} changed in two years: {identity_changes} (weighted {value:g}).",
            check="Hold the ship's papers, hull marks and IMO number against the register's history.",
            evidence=changed,
            compared=("churn_vessel", "identity_changes"),
            code="MR-31",
        ),
        indicator(
            name="flag_hop_after_listing",
            meaning=f"Whether a vessel took another flag within {HOP.days} days after a list of {hop_lists} named it.",
            unit="yes/no",
            kind="boolean",
            officer="Change of flag of vessel {flag_hop_vessel}: {flag_hop}.",
            check="Ask both flag states for the deletion and the provisional registration; look who owned it before.",
            reads=("consignment", "vessel", "watchlist"),
            evidence=hopped,
            compared=("flag_hop_vessel", "flag_hop"),
            code="MR-32",
        ),
        indicator(
            name="identifier_faults",
            meaning="Number of faults in a vessel's identifiers: the IMO number's check digit fails, the MMSI has not "
            "nine digits, its first three are not the flag's, the IMO number is missing at "
            f"{options.vessels.imo_required_gt:g} gross tons or more; of several vessels the highest.",
            unit="faults",
            officer="Identifiers of vessel {identifier_vessel}, faults: {identifier_faults_told}.",
            check="Read the IMO number off the hull and the certificate of registry.",
            evidence=now,
            compared=("identifier_vessel", "identifier_faults_told"),
            code="MR-33",
        ),
        indicator(
            name="vessel_identity_share",
            meaning="Share of the consignment's vessels (carrying, of its legs, of its papers) with a known identity.",
            unit="share",
            officer="The identity of {value:.0%} of the {vessels_named} vessels is known.",
            check="Ask for the certificate of registry of a vessel that no register knows.",
            evidence=now,
            direction=0,
            compared=("vessels_named",),
        ),
    ]


def _of_lists(options: Options, on_iuu: Evidence, on_others: Evidence) -> list[Indicator]:
    indicator = partial(
        Indicator,
        unit="hit",
        reads=("consignment", "watchlist"),
        direction=1,
        code="MR-35",
    )
    fades = "1 while one about a vessel, its owner or its operator holds, half as much every 24 months after its end"
    return [
        indicator(
            name="iuu_list_hit",
            meaning=f"Strongest entry on a list of unlawful fishing ({', '.join(options.vessels.iuu_lists)}): {fades}.",
            officer="{iuu_list_hit_entry} (weight {value:.2f}).",
            check="Check the list's current edition; refuse port use where the law says so.",
            evidence=on_iuu,
            compared=("iuu_list_hit_entry",),
        ),
        indicator(
            name="other_list_hit",
            meaning=f"Strongest entry on any other watch list: {fades}.",
            officer="{other_list_hit_entry} (weight {value:.2f}).",
            check="Read the entry: what was found, and whether it was mended.",
            evidence=on_others,
            compared=("other_list_hit_entry",),
        ),
    ]


def _of_rights(catches: Evidence) -> Indicator:
    return Indicator(
        name="catch_without_right",
        meaning="Whether a catch on the papers lies outside every known right to fish of its vessel or holder, by "
        "species, area, gear or dates; null where no right of that vessel, its holder or its flag was ever told.",
        unit="yes/no",
        kind="boolean",
        officer="{catches_without_right} of {catches_stated} catches on the papers are covered by no known right: "
        "{catch_first_without}.",
        check="Ask for the permit; ask the authority whether it was valid for that species, area and time.",
        reads=("consignment", "document", "document_line", "vessel", "fishing_right"),
        evidence=catches,
        direction=1,
        schemes=MARINE,
        compared=("catches_without_right", "catches_stated", "catch_first_without"),
        code="MR-36",
    )
