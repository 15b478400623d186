"""What the indicators mean, say and rest on that hold a landing, and fuel, against a voyage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from features.catalogue import Evidence, Indicator
from features.voyage_catch import OBSERVED_ENOUGH
from features.voyage_indicators import MARINE

READS = ("consignment", "goods_item", "vessel", "position")
_TRIP = "the trip before the landing"
_LANDED = "(live weight of all goods that it brought that day)"


def declare_voyage_catch(landing: Evidence, fuel: Evidence) -> list[Indicator]:
    """Their indicators; `landing` and `fuel` give the evidence."""
    of_landing = partial(Indicator, reads=READS, evidence=landing, direction=1, schemes=MARINE)
    return [*_of_weight(of_landing), *_of_fishing(of_landing), _of_fuel(fuel)]


def _of_weight(indicator: Callable[..., Indicator]) -> list[Indicator]:
    """Whether it could hold, and could have caught, what it landed."""
    return [
        indicator(
            name="hold_fill_share",
            meaning="Volume of all sea products that the carrying vessel brought that day, by kilograms a cubic metre "
            "of each form (assumed), over that of its hold.",
            unit="share",
            officer="What vessel {voyage_vessel} brought takes {voyage_landed_m3:,.0f} m3; its hold has "
            "{voyage_hold_m3:,.0f} m3: {value:.0%}.",
            check="Look where else fish was carried; ask whether all of it came on this vessel.",
            reads=("consignment", "goods_item", "vessel"),
            compared=("voyage_vessel", "voyage_landed_m3", "voyage_hold_m3"),
            code="MR-19",
        ),
        indicator(
            name="catch_kg_per_fishing_hour",
            meaning=f"What the carrying vessel landed {_LANDED} per hour that its track looks like fishing with its "
            f"gear on {_TRIP}; null where it has no such hours, or no gear with a rule.",
            unit="kg/h",
            officer="Vessel {voyage_vessel} landed {voyage_landed_kg:,.0f} kg live weight after "
            "{voyage_fishing_hours:,.1f} h of fishing: {value:,.0f} kg/h.",
            check="Hold the logbook's hauls against the track; ask who else caught it.",
            compared=("voyage_vessel", "voyage_landed_kg", "voyage_fishing_hours"),
            code="MR-20",
        ),
        indicator(
            name="catch_without_fishing",
            meaning=f"Whether the carrying vessel, of a gear with a rule, landed a catch though on {_TRIP} nothing "
            f"looks like fishing; null unless it was observed for {OBSERVED_ENOUGH:.0%} of that time.",
            unit="yes/no",
            kind="boolean",
            officer="Vessel {voyage_vessel} landed {voyage_landed_kg:,.0f} kg live weight after "
            "{voyage_fishing_hours:,.1f} h of fishing (observed {voyage_observed_share:.0%} of the trip).",
            check="Hold the logbook's hauls against the track; ask from whom it was taken over.",
            compared=("voyage_vessel", "voyage_landed_kg", "voyage_fishing_hours", "voyage_observed_share"),
            code="MR-21",
        ),
    ]


def _of_fishing(indicator: Callable[..., Indicator]) -> list[Indicator]:
    """Whether it fished where the papers say, and as lately as the goods are fresh."""
    return [
        indicator(
            name="fishing_outside_declared_areas_share",
            meaning=f"Share of the hours of fishing on {_TRIP} in another major area (61, 67) than goods and papers "
            f"name; null unless the vessel was observed for {OBSERVED_ENOUGH:.0%} of that time.",
            unit="share",
            officer="{value:.0%} of the fishing of vessel {voyage_vessel} was outside the declared areas "
            "{voyage_areas}.",
            check="Lay the track over the certificate's areas.",
            reads=(*READS, "document", "document_line"),
            compared=("voyage_vessel", "voyage_areas"),
            code="MR-24",
        ),
        indicator(
            name="days_from_fishing_to_landing",
            meaning="Days from the last fishing on the trip to the landing, for live or fresh goods of the carrying "
            "vessel.",
            unit="days",
            officer="Vessel {voyage_vessel} fished last {value:.1f} days before it landed goods declared as "
            "{voyage_perishable}.",
            check="Look how fresh the goods are; ask for the hauls they are from.",
            compared=("voyage_vessel", "voyage_perishable"),
            code="MR-40",
        ),
    ]


def _of_fuel(evidence: Evidence) -> Indicator:
    return Indicator(
        name="fuel_to_need_ratio",
        meaning="Fuel on board, as the vessel announced for a call within three days of the arrival, over what it "
        "needs from where it was then to that port (assumed, by tonnage); of several vessels the highest.",
        unit="ratio",
        officer="Vessel {fuel_vessel} announced {fuel_t:,.0f} t of fuel for {fuel_port}; the way takes about "
        "{fuel_needed_t:,.1f} t: {value:.1f} times as much.",
        check="Ask where it is bound for next, and whether its tanks hold fuel to be sold.",
        reads=("consignment", "vessel", "position", "port_call"),
        evidence=evidence,
        direction=1,
        schemes=MARINE,
        compared=("fuel_vessel", "fuel_t", "fuel_port", "fuel_needed_t"),
        code="MR-39",
    )
