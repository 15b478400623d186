"""Random rows about vessels beside the declarations: identities, listings, calls, and rights that name a gear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

Rows = dict[str, list[dict[str, object]]]
Versions = Callable[[np.random.Generator, datetime], list[tuple[datetime, bool]]]
TABLES = ("vessel", "watchlist", "port_call")
VESSELS = ("V1", "V2", "V3")
_DAY = timedelta(days=1)


def add_vessels(seed: int, rows: Rows, versions: Versions, start: datetime) -> None:
    """Adds them to rows that are there; a generator of its own leaves all other draws as they were."""
    draw = _Draw(seed, versions, start)
    for vessel in VESSELS:
        for _ in range(draw.below(1, 5)):
            rows["vessel"] += draw.identity(vessel)
        for number in range(draw.below(0, 3)):
            rows["fishing_right"] += draw.right(f"R{vessel}{number}", vessel)
        for number in range(draw.below(0, 9)):
            rows["port_call"] += draw.call(f"{vessel}{number}", vessel)
    for row in [row for row in rows["consignment"] if row["arrived_at"] is not None and row["vessel_id"] is not None]:
        if draw.below(0, 3) == 0:
            rows["port_call"] += draw.notice(f"N{len(rows['port_call'])}", row)
    for _ in range(draw.below(0, 6)):
        rows["watchlist"] += draw.listing()


class _Draw:
    def __init__(self, seed: int, versions: Versions, start: datetime) -> None:
        self._generator, self._versions, self._start = np.random.default_rng([seed, 9]), versions, start

    def below(self, low: int, high: int) -> int:
        return int(self._generator.integers(low, high))

    def _one_of(self, *values: str) -> str:
        return str(self._generator.choice(values))

    def _around(self, before: int, after: int) -> datetime:
        return self._start + _DAY * self.below(-before, after) + timedelta(hours=self.below(0, 24))

    def _said(self, first: datetime, same: dict[str, object], **drawn: list[object]) -> list[dict[str, object]]:
        """Versions of a row that agree on `same`; every other value is drawn anew, and at times empty."""
        return [
            {
                **same,
                **{
                    name: values[self.below(0, len(values))] if self._generator.random() < 0.85 else None
                    for name, values in drawn.items()
                },
                "known_at": known_at,
                "withdrawn": withdrawn,
            }
            for known_at, withdrawn in self._versions(self._generator, first)
        ]

    def identity(self, vessel: str) -> list[dict[str, object]]:
        since = self._around(300, 50)
        return self._said(
            since + _DAY * self.below(-5, 40),
            {"vessel_id": vessel, "valid_from": since, "kind": self._one_of("fishing", "reefer", "container")},
            imo=["9074729", "8814274"],
            mmsi=["273123456", "43112345", "431123456"],
            call_sign=["UABC", "JABC"],
            name=["Vostok", "VOSTOK ", "Sever"],
            flag=["RU", "JP", "KH"],
            owner_id=["P1", "E1"],
            operator_id=["P2", "E2"],
            gross_tonnage=[60.0, 300.0],
        )

    def right(self, name: str, vessel: str) -> list[dict[str, object]]:
        begins = self._around(60, 20)
        return self._said(
            begins + _DAY * self.below(-20, 20),
            {"right_id": name, "authority": "A", "kind": "fish", "valid_from": begins},
            vessel_id=[vessel],
            holder_id=["E1", "E2", "P1"],
            species=["KCD"],
            areas=[["61.1"], ["61", "67"], []],
            gears=[["FPO"], ["OTM", "FPO"], []],
            valid_to=[begins + _DAY * 20, begins + _DAY * 60],
        )

    def call(self, name: str, vessel: str) -> list[dict[str, object]]:
        at, by = self._around(10, 45), self._one_of("ais", "vessel", "vessel", "port", "partner_customs")
        rows = self._said(
            at + timedelta(hours=self.below(-60, 60)),
            {"call_id": name, "vessel_id": vessel, "reported_by": by},
            laden=[True, False],
            onboard_kg=[100.0, 40.0, 0.0],
            offload_kg=[100.0, 30.0],
        )
        for row in rows:
            row["arrived_at"] = at + timedelta(hours=self.below(-20, 20))
            row["port"] = self._one_of("JPWKJ", "JPOTR", "JPOTR", "RUVVO")
        return rows

    def notice(self, name: str, consignment: dict[str, object]) -> list[dict[str, object]]:
        arrives = consignment["arrived_at"]
        assert isinstance(arrives, datetime)
        rows = self._said(
            arrives - timedelta(hours=self.below(-5, 60)),
            {"call_id": name, "vessel_id": consignment["vessel_id"], "port": "JPWKJ", "reported_by": "vessel"},
            laden=[True, False],
            onboard_kg=[100.0, 40.0, 0.0],
            offload_kg=[100.0, 30.0],
        )
        for row in rows:
            row["arrived_at"] = arrives + timedelta(hours=self.below(-30, 60))
        return rows

    def listing(self) -> list[dict[str, object]]:
        at, kind = self._around(200, 40), self._one_of("vessel", "party")
        same = {
            "list": self._one_of("iuu", "detentions", "sanctions"),
            "subject_kind": kind,
            "subject": self._one_of("V1", "V2") if kind == "vessel" else self._one_of("P1", "E2"),
            "listed_at": at,
        }
        return self._said(at + _DAY * self.below(0, 20), same, delisted_at=[at + _DAY * 30, at + _DAY * 100])
