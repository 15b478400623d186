"""The indicators of the family `calls` for one question, by plain filtering. Rows are dicts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from plain_vessels import Tables, consignment, identities, lines, own_rows, vessels, worst
from reference import Row, visible

from features.port_calls import OBSERVED

DAY, HOUR, YEAR = timedelta(days=1), timedelta(hours=1), timedelta(days=365)


def calls_of(tables: Tables, cutoff: datetime) -> list[Row]:
    return visible(tables["port_call"], ["call_id"], cutoff)


def told_from(tables: Tables, country: str, reporters: tuple[str, ...]) -> datetime | None:
    rows = [row for row in tables["port_call"] if row["port"][:2] == country and row["reported_by"] in reporters]
    return min((row["known_at"] for row in rows), default=None)


def is_before(one: datetime | None, other: datetime) -> bool:
    return one is not None and one <= other


def owes(tables: Tables, vessel: str, cutoff: datetime) -> bool:
    held = identities(tables, vessel, cutoff)
    return bool(held) and held[-1]["kind"] in ("fishing", "fish_carrier", "reefer")


def flag(tables: Tables, vessel: str, cutoff: datetime) -> str | None:
    held = identities(tables, vessel, cutoff)
    return held[-1]["flag"] if held else None


def arrival(tables: Tables, question: Row) -> Row | None:
    own = consignment(tables, question)
    if own is None or None in (own["vessel_id"], own["discharge_port"], own["arrived_at"]):
        return None
    return {"vessel": own["vessel_id"], "country": own["discharge_port"][:2], "at": own["arrived_at"]}


def notice(tables: Tables, question: Row) -> Row | None:
    own = arrival(tables, question)
    if own is None:
        return None
    near = [
        row
        for row in calls_of(tables, question["cutoff"])
        if row["reported_by"] == "vessel"
        and (row["vessel_id"], row["port"][:2]) == (own["vessel"], own["country"])
        and abs(row["arrived_at"] - own["at"]) <= 3 * DAY
    ]
    order = sorted(near, key=lambda row: (abs(row["arrived_at"] - own["at"]), row["first_known_at"], row["call_id"]))
    return order[0] if order else None


def shortfall(tables: Tables, question: Row) -> float | None:
    own, told, cutoff = arrival(tables, question), notice(tables, question), question["cutoff"]
    if own is None:
        return None
    abroad = flag(tables, own["vessel"], cutoff) not in (None, own["country"])
    if not (abroad and owes(tables, own["vessel"], cutoff)) and not (told is not None and told["laden"]):
        return None
    if told is not None:
        given_hours = (own["at"] - told["first_known_at"]) / HOUR
    else:
        given_hours = (own["at"] - cutoff) / HOUR
        if given_hours > 24 or not is_before(told_from(tables, own["country"], ("vessel",)), cutoff):
            return None
    return float(max(0.0, 24 - max(0.0, given_hours)) / 24)


def residue(tables: Tables, question: Row) -> float | None:
    told = notice(tables, question)
    if told is None or not told["onboard_kg"] or told["offload_kg"] is None:
        return None
    following = [
        row
        for row in calls_of(tables, question["cutoff"])
        if row["reported_by"] == "vessel"
        and row["vessel_id"] == told["vessel_id"]
        and DAY <= row["arrived_at"] - told["arrived_at"] <= 7 * DAY
    ]
    first = min(following, key=lambda row: (row["arrived_at"], row["call_id"]), default={"onboard_kg": 0.0})
    if first["onboard_kg"] is None:
        return None
    return float(max(0.0, told["onboard_kg"] - told["offload_kg"] - first["onboard_kg"]) / told["onboard_kg"])


def without_notice(tables: Tables, vessel: str, cutoff: datetime) -> int | None:
    known = [row for row in calls_of(tables, cutoff) if row["vessel_id"] == vessel]
    observed = [
        row
        for row in known
        if row["reported_by"] in OBSERVED
        and row["laden"] is not False
        and row["port"][:2] != flag(tables, vessel, cutoff)
        and row["first_known_at"] > cutoff - YEAR
        and is_before(told_from(tables, row["port"][:2], ("vessel",)), row["first_known_at"])
    ]
    if not observed or not owes(tables, vessel, cutoff) or flag(tables, vessel, cutoff) is None:
        return None
    announced = [row for row in known if row["reported_by"] == "vessel"]
    alone = [
        (row["arrived_at"].date(), row["port"][:2])
        for row in observed
        if not any(
            other["port"][:2] == row["port"][:2] and abs(other["arrived_at"] - row["arrived_at"]) <= 24 * HOUR
            for other in announced
        )
    ]
    return len(set(alone))


def days_since_inspection(tables: Tables, vessel: str, question: Row) -> float | None:
    cutoff = question["cutoff"]
    carried = {
        row["consignment_id"]
        for row in visible(tables["consignment"], ["consignment_id"], cutoff)
        if row["vessel_id"] == vessel
    }
    found = [
        row["inspected_at"]
        for row in visible(tables["inspection"], ["inspection_id", "scheme"], cutoff)
        if row["consignment_id"] in carried - {question["consignment_id"]}
    ]
    return (cutoff - max(found)) / DAY if found else None


def skipped(tables: Tables, question: Row) -> bool | None:
    own, cutoff = arrival(tables, question), question["cutoff"]
    caught = [at for line in lines(tables, question) for at in (line["catch_from"], line["catch_to"]) if at is not None]
    items = own_rows(tables, "goods_item", ["consignment_id", "item_no"], question)
    if own is None or not caught or own["country"] == "RU" or not any(item["origin_country"] == "RU" for item in items):
        return None
    last, named = max(caught), vessels(tables, question)
    seen = [row for row in calls_of(tables, cutoff) if row["reported_by"] in OBSERVED and row["vessel_id"] in named]
    told = is_before(told_from(tables, "RU", OBSERVED), last)
    if (
        own["at"] > cutoff
        or last > own["at"]
        or not told
        or all(row["first_known_at"] <= cutoff - YEAR for row in seen)
    ):
        return None
    if any(row["port"][:2] == "RU" and last <= row["arrived_at"] <= own["at"] for row in seen):
        return False
    return True if cutoff >= own["at"] + 7 * DAY else None


def plainly(tables: Tables, question: Row) -> dict[str, Any]:
    cutoff, named = question["cutoff"], vessels(tables, question)
    recent = {row["vessel_id"] for row in calls_of(tables, cutoff) if row["first_known_at"] > cutoff - YEAR}
    return {
        "arrival_notice_shortfall": shortfall(tables, question),
        "onboard_residue_share": residue(tables, question),
        "calls_without_notice": worst([without_notice(tables, vessel, cutoff) for vessel in named]),
        "days_since_vessel_inspection": worst([days_since_inspection(tables, vessel, question) for vessel in named]),
        "vessel_call_share": sum(vessel in recent for vessel in named) / len(named) if named else None,
        "origin_port_skipped": skipped(tables, question),
    }
