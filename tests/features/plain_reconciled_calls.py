"""Calls and notices held against each other in the plainest way: every call is looked at with every other."""

from __future__ import annotations

from datetime import datetime, timedelta

import paper_rows
import polars as pl
from reference import Row, versions_of, visible

from features.reconciliation import ReconcileOptions
from features.vessel_options import VesselOptions

GROUP = dict(paper_rows.GROUPS.select("unlocode", "group").rows())
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEAR = 3 * DAY
OTHERS = ("ais", "port", "partner_customs")


class PlainCalls:
    """What was known at one instant of calls at the ports of some countries, and the states that follow from it."""

    def __init__(
        self, frames: dict[str, pl.DataFrame], as_of: datetime, asked: ReconcileOptions, home: set[str]
    ) -> None:
        rows = frames["port_call"].to_dicts()
        self.as_of, self.asked, self.rules = as_of, asked, VesselOptions()
        self.told = versions_of([row for row in rows if row["known_at"] <= as_of], ["call_id"])
        self.identities = visible(frames["vessel"].to_dicts(), ["vessel_id", "valid_from"], as_of)
        known = [
            row
            for row in visible(rows, ["call_id"], as_of)
            if row["port"][:2] in home and row["arrived_at"] <= as_of + NEAR
        ]
        self.seen = [row for row in known if row["reported_by"] in OTHERS and row["arrived_at"] <= as_of]
        self.notices = [row for row in known if row["reported_by"] == "vessel"]
        self.stays: list[list[Row]] = []
        for row in sorted(self.seen, key=lambda call: (call["arrived_at"], call["call_id"])):
            for stay in self.stays:
                if _same_place(stay[-1], row) and row["arrived_at"] - stay[-1]["arrived_at"] <= DAY:
                    stay.append(row)
                    break
            else:
                self.stays.append([row])

    def in_span(self, at: datetime) -> bool:
        return self.as_of - DAY * self.asked.days < at <= self.as_of

    def stay_states(self) -> dict[str, str]:
        return {stay[0]["call_id"]: self.stay_state(stay) for stay in self.stays if self.in_span(stay[0]["arrived_at"])}

    def stay_state(self, stay: list[Row]) -> str:
        first = stay[0]
        near = timedelta(hours=self.rules.notice_match_hours)
        if any(_meet(first, notice, near) for notice in self.notices):
            return "notice found"
        owes = self.owes(first, any(call["laden"] for call in stay))
        if owes is False:
            return "no notice owed"
        told_from = [row["known_at"] for row in self.notices if row["port"][:2] == first["port"][:2]]
        if owes is None or not told_from or min(told_from) > first["arrived_at"]:
            return "not assessable"
        return "call without notice"

    def notice_states(self) -> dict[str, str]:
        return {
            row["call_id"]: self.notice_state(row)
            for row in self.notices
            if self.in_span(row["arrived_at"]) and self.owes(row, bool(row["laden"])) is not False
        }

    def notice_state(self, notice: Row) -> str:
        if any(_meet(notice, stay[0], NEAR) for stay in self.stays):
            return "call seen"
        country = notice["port"][:2]
        seen_from = [row["known_at"] for row in self.seen if row["port"][:2] == country]
        lags = sorted(
            -(-max(first["known_at"] - first["arrived_at"], timedelta()) // HOUR)
            for first, *_ in self.told.values()
            if first["reported_by"] in OTHERS and first["port"][:2] == country
        )
        if not seen_from or min(seen_from) > notice["arrived_at"] or len(lags) < 20:
            return "not assessable"
        usual = lags[-(-len(lags) * 95 // 100) - 1]
        waited = (self.as_of - notice["arrived_at"]) // HOUR
        return "too early to say" if waited <= usual + NEAR // HOUR else "unmatched notice"

    def owes(self, call: Row, laden: bool) -> bool | None:
        if laden:
            return True
        before = [
            row
            for row in self.identities
            if row["vessel_id"] == call["vessel_id"] and row["valid_from"] <= call["arrived_at"]
        ]
        if not before:
            return None
        return max(before, key=lambda row: row["valid_from"])["kind"] in self.rules.notice_kinds


def _same_place(one: Row, other: Row) -> bool:
    places = [GROUP.get(row["port"], row["port"]) for row in (one, other)]
    return places[0] == places[1] and one["vessel_id"] == other["vessel_id"]


def _meet(one: Row, other: Row, within: timedelta) -> bool:
    same = one["vessel_id"] == other["vessel_id"] and one["port"][:2] == other["port"][:2]
    return same and abs(one["arrived_at"] - other["arrived_at"]) <= within
