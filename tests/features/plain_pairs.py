"""Landings and entries paired without a number in the plainest way: every landing is looked at with every entry."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Landing: name, vessel, at, port, species, kg, presented numbers as (issuer, code). Entry: name, issuer, code, vessel,
# cleared, port, species, kg.
Thing = dict[str, Any]


def near_weight(landed: float | None, entered: float | None) -> bool:
    return landed is not None and entered is not None and abs(landed - entered) <= 0.05 * max(entered, 1)


def in_time(landed: datetime, cleared: datetime, wait: timedelta) -> bool:
    return cleared <= landed <= cleared + wait


def one_slip(one: str, other: str) -> bool:
    """Whether two texts are equal but for one letter more, less or other, or two neighbours that changed places."""
    if one == other:
        return True
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
    places = [n for n in range(len(one)) if one[n] != other[n]]
    if len(places) == 1:
        return True
    swapped = len(places) == 2 and places[1] == places[0] + 1
    return swapped and one[places[0]] == other[places[1]] and one[places[1]] == other[places[0]]


def belonging(landings: list[Thing], entries: list[Thing], voyage_hours: float) -> dict[str, tuple[str, bool]]:
    """By landing its entry and whether a number it presented is like that one's."""
    met = [
        (landing["name"], entry["name"], is_like(landing, entry))
        for landing in landings
        for entry in entries
        if landing["vessel"] is not None
        and landing["vessel"] == entry["vessel"]
        and (landing["port"] is None or entry["port"] is None or landing["port"][:2] == entry["port"][:2])
        and set(landing["species"]) & set(entry["species"])
        and near_weight(landing["kg"], entry["kg"])
        and in_time(landing["at"], entry["cleared"], HOUR * voyage_hours + 3 * DAY)
    ]
    like = [pair for pair in met if pair[2]]
    taken = {pair[0] for pair in like} | {pair[1] for pair in like}
    rest = [pair for pair in met if not {pair[0], pair[1]} & taken]
    return {landing: (entry, liked) for landing, entry, liked in [*alone(like), *alone(rest)]}


def is_like(landing: Thing, entry: Thing) -> bool:
    return any(issuer == entry["issuer"] and one_slip(code, entry["code"]) for issuer, code in landing["presented"])


def alone(pairs: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    landings, entries = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    return [pair for pair in pairs if landings[pair[0]] == 1 and entries[pair[1]] == 1]


def relays(landings: list[Thing], entries: list[Thing], days: int) -> dict[str, set[str]]:
    """By landing the entries that were cleared for the place where it was loaded; names are compared elsewhere."""
    met: dict[str, set[str]] = {}
    for landing in landings:
        for entry in entries:
            if (
                landing["loaded"] is not None
                and landing["loaded"] == entry["place"]
                and set(landing["species"]) & set(entry["species"])
                and near_weight(landing["kg"], entry["kg"])
                and in_time(landing["at"], entry["cleared"], DAY * days)
                and landing["is_same_firm"](entry["consignee"])
            ):
                met.setdefault(landing["name"], set()).add(entry["name"])
    return met
