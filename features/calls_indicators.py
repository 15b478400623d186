"""What the indicators of the family `calls` mean, say and rest on."""

from __future__ import annotations

from functools import partial

from features.arrival_notices import NEAR, NEXT_WITHIN
from features.catalogue import Evidence, Indicator
from features.options import Options

MARINE = ("marine_smuggling",)


def declare_calls(
    options: Options,
    *,
    notice: Evidence,
    notice_and_next: Evidence,
    unannounced: Evidence,
    inspections: Evidence,
    catch: Evidence,
) -> list[Indicator]:
    """All indicators of the family, with their evidence."""
    return [
        *_of_notices(options, notice, notice_and_next),
        *_of_vessels(options, unannounced, inspections),
        _of_origin(options, catch),
    ]


def _of_notices(options: Options, notice: Evidence, notice_and_next: Evidence) -> list[Indicator]:
    indicator = partial(Indicator, unit="share", schemes=MARINE, direction=1)
    kinds = ", ".join(options.vessels.notice_kinds)
    hours = f"{options.vessels.notice_hours:g}"
    return [
        indicator(
            name="arrival_notice_shortfall",
            meaning=f"Share of the {hours} hours of notice before arrival (assumed) that the carrying vessel did not "
            f"give, 1 without any; the notice is the nearest within {NEAR.days} days for that country. Null where the "
            f"vessel is neither of a kind that owes notice abroad ({kinds}) nor announced as laden, or no notice is "
            "due yet.",
            officer="Arrival {arrival_expected}, {arrival_notice}: {value:.0%} of the hours of notice are missing.",
            check="Ask the port office for the notice and the time at which it came in.",
            reads=("consignment", "vessel", "port_call"),
            evidence=notice,
            compared=("arrival_expected", "arrival_notice"),
            code="MR-12",
        ),
        indicator(
            name="onboard_residue_share",
            meaning="Share of the catch on board, as the notice of arrival states it, that is neither to be unloaded "
            f"nor declared on board at the vessel's next call within {NEXT_WITHIN.days} days; where no next call is "
            "known, nothing was declared.",
            officer="{notice_onboard_kg:,.0f} kg on board, {notice_offload_kg:,.0f} kg to unload, "
            "{next_declared_kg:,.0f} kg declared at the next call: {value:.0%} is left over.",
            check="Inspect the holds after unloading; ask where the rest goes.",
            reads=("consignment", "port_call"),
            evidence=notice_and_next,
            compared=("notice_onboard_kg", "notice_offload_kg", "next_declared_kg"),
            code="MR-14",
        ),
    ]


def _of_vessels(options: Options, unannounced: Evidence, inspections: Evidence) -> list[Indicator]:
    indicator = partial(Indicator, direction=1)
    within = f"{options.vessels.notice_match_hours:g}"
    return [
        indicator(
            name="calls_without_notice",
            meaning="Days, of those known in the last 365, on which a vessel called abroad where notices are told of, "
            "as tracks, the port or partner customs say, without a notice of its own for a time within "
            f"{within} hours; of several vessels the highest. Null where the kind of vessel owes no notice, or no "
            "call of it was observed.",
            unit="days",
            officer="Vessel {unannounced_vessel} came without notice on {value:.0f} of {calls_observed} days with "
            "observed calls in a year.",
            check="Lay the observed calls beside the notices of the port office.",
            reads=("consignment", "vessel", "port_call"),
            evidence=unannounced,
            schemes=MARINE,
            compared=("unannounced_vessel", "calls_observed"),
            code="MR-13",
        ),
        indicator(
            name="days_since_vessel_inspection",
            meaning="Days since the last known inspection of another consignment that the vessel carried; of several "
            "vessels the longest ago. Null where none is known.",
            unit="days",
            officer="Vessel {inspected_vessel} was last inspected on {vessel_inspected_on}, {value:,.0f} days before.",
            check="Above 183 days a port inspection of the vessel itself is due (European benchmark).",
            reads=("consignment", "inspection"),
            evidence=inspections,
            compared=("inspected_vessel", "vessel_inspected_on"),
            code="MR-15",
        ),
        indicator(
            name="vessel_call_share",
            meaning="Share of the consignment's vessels (carrying, of its legs, of its papers) of which any call was "
            "known in the last 365 days.",
            unit="share",
            officer="Calls in the last year are known of {value:.0%} of the vessels.",
            check="Ask the port office for the calls of a vessel of which none is known.",
            reads=("consignment", "port_call"),
            evidence=unannounced,
            direction=0,
        ),
    ]


def _of_origin(options: Options, catch: Evidence) -> Indicator:
    countries = ", ".join(options.vessels.origin_call_countries) or "none set"
    return Indicator(
        name="origin_port_skipped",
        meaning=f"Whether goods of an origin whose law asks for a call at its own customs port ({countries}, assumed) "
        "were landed in another country without an observed call of any of their vessels there after the last catch on "
        "the papers. Null where calls there, or calls of these vessels, are not observed, and within "
        f"{options.vessels.calls_told_days:g} days after the landing unless a call is known.",
        unit="yes/no",
        kind="boolean",
        officer="Last catch {origin_last_catch}, landed {origin_landing}; between, a call was owed in "
        "{origin_call_owed}, observed in {origin_call_seen}.",
        check="Ask the customs of the origin for the vessel's clearance.",
        reads=("consignment", "goods_item", "document_line", "port_call"),
        evidence=catch,
        direction=1,
        schemes=MARINE,
        compared=("origin_last_catch", "origin_landing", "origin_call_owed", "origin_call_seen"),
        code="MR-23",
    )
