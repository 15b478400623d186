"""The reconciliation in the plainest way: dicts, one thing after the other. What rules ask for is tested elsewhere."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

import paper_rows
import plain_pairs
import polars as pl
from paper_cases import OPTIONS, plain
from reference import Row, visible

from features.asked import Asked
from features.contract import load_contract
from features.document_rules import rule_answers
from features.names import similarity
from features.papers import Papers
from features.reconciliation import ReconcileOptions
from features.tables import Tables

GROUP = dict(paper_rows.GROUPS.select("unlocode", "group").rows())
ALONE = {"160510": "KCD", "030367": "ALK"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ENTRY = tuple[str, str]


class Plain:
    """What was known at one instant, and the states that follow from it."""

    def __init__(self, frames: dict[str, pl.DataFrame], as_of: datetime, asked: ReconcileOptions) -> None:
        keys = load_contract()
        self.rows = {name: frame.to_dicts() for name, frame in frames.items()}
        self.known = {name: visible(rows, keys[name].key, as_of) for name, rows in self.rows.items()}
        self.tables, self.as_of, self.asked = Tables(frames), as_of, asked
        self.goods: dict[str, list[Row]] = defaultdict(list)
        for item in self.known["goods_item"]:
            if is_sea(item):
                self.goods[item["consignment_id"]].append(item)
        self.arrivals = {row["consignment_id"]: row for row in self.known["consignment"] if self.is_arrival(row)}
        self.entries: dict[ENTRY, list[Row]] = defaultdict(list)
        for line in sorted(self.known["partner_export"], key=lambda r: (r["number"], r["line_no"])):
            if is_sea(line):
                self.entries[line["issuer_country"], plain(line["number"])].append(line)
        self.presented = self.borne_by("export_entry")
        with_entry = {name for name, _ in self.presented}
        others = self.borne_by("catch_certificate", "origin_certificate")
        self.claims = self.presented | {
            (name, entry) for name, entry in others if name not in with_entry and self.entries.get(entry)
        }
        self.belongs = self.pairs() if None not in (asked.lag_hours, asked.voyage_hours) else {}

    def borne_by(self, *kinds: str) -> set[tuple[str, ENTRY]]:
        return {
            (row["consignment_id"], (row["issuer_country"], plain(row["number"])))
            for row in self.known["document"]
            if row["kind"] in kinds and row["consignment_id"] in self.arrivals
        }

    def is_arrival(self, row: Row) -> bool:
        return row["regime"] == "import" and bool(self.goods[row["consignment_id"]])

    def landed_at(self, name: str) -> datetime | None:
        row = self.arrivals[name]
        found = row["arrived_at"] or row["released_at"]
        return found if found is not None and found <= self.as_of else None

    def in_span(self, at: datetime | None) -> bool:
        return at is not None and self.as_of - DAY * self.asked.days < at <= self.as_of

    def landings(self) -> dict[str, str]:
        found = self.states_by_number()
        for name, (_, is_like) in self.belongs.items():
            if found[name] == "landed without entry":
                found[name] = "entry found under a like number" if is_like else "entry on record, not presented"
        return found

    def states_by_number(self) -> dict[str, str]:
        return {
            name: self.landing_state(name)
            for name, row in self.arrivals.items()
            if row["vessel_id"] is not None and self.in_span(self.landed_at(name))
        }

    def pairs(self) -> dict[str, tuple[str, bool]]:
        assert self.asked.voyage_hours is not None
        lone = [
            {
                "name": name,
                "vessel": self.arrivals[name]["vessel_id"],
                "at": self.landed_at(name),
                "port": self.arrivals[name]["discharge_port"],
                "species": [kind for item in self.goods[name] if (kind := species_of(item))],
                "kg": total(self.goods[name]),
                "presented": [entry for claimant, entry in self.presented if claimant == name],
            }
            for name, state in self.states_by_number().items()
            if state in ("landed without entry", "too early to say")
        ]
        return plain_pairs.belonging(lone, self.free(), self.asked.voyage_hours)

    def free(self) -> list[plain_pairs.Thing]:
        claimed = {entry for _, entry in self.claims}
        return [
            {
                "name": f"{entry[0]} {lines[0]['number']}",
                "issuer": entry[0],
                "code": entry[1],
                "vessel": lines[0]["vessel_id"],
                "cleared": min(line["cleared_at"] for line in lines),
                "port": port_of(lines),
                "place": GROUP.get(port_of(lines) or "", port_of(lines)),
                "consignee": lines[0]["consignee"],
                "species": [kind for line in lines if (kind := species_of(line))],
                "kg": total(lines),
            }
            for entry, lines in self.entries.items()
            if entry not in claimed
        ]

    def relays(self) -> dict[str, set[str]]:
        if not self.has("partner_export"):
            return {}
        taken = {entry for entry, _ in self.belongs.values()}
        names = {row["party_id"]: row["name"] for row in self.known["party"]}

        def same_firm(exporter: str | None, consignee: str | None) -> bool:
            named = names.get(exporter) or exporter
            likeness = similarity(pl.Series([named], dtype=pl.String), pl.Series([consignee], dtype=pl.String)).item()
            return likeness is None or likeness >= 0.6

        landed = [
            {
                "name": name,
                "at": self.landed_at(name),
                "loaded": GROUP.get(row["loading_port"], row["loading_port"]),
                "species": [kind for item in self.goods[name] if (kind := species_of(item))],
                "kg": total(self.goods[name]),
                "is_same_firm": partial(same_firm, row["exporter_id"]),
            }
            for name, row in self.arrivals.items()
            if self.in_span(self.landed_at(name))
        ]
        return plain_pairs.relays(
            landed, [one for one in self.free() if one["name"] not in taken], self.asked.relay_days
        )

    def landing_state(self, name: str) -> str:
        if not self.has("document"):
            return "not assessable"
        entries = {entry for consignment, entry in self.presented if consignment == name}
        if entries:
            if all(self.entries.get(entry) for entry in entries):
                return "entry found"
            chapters = {row["hs6"][:2] for row in self.goods[name]}
            if not any(self.tells(issuer, chapter) for issuer, _ in entries for chapter in chapters):
                return "not assessable"
        else:
            question = pl.DataFrame({"consignment_id": [name], "cutoff": [self.as_of]})
            answer = rule_answers(Papers(Asked(self.tables, question), OPTIONS)).row(0, named=True)
            if answer["required_document_count"] is None:
                return "not assessable"
            if "export_entry" not in (answer["required_kinds"] or ""):
                return "no entry required"
            if "export_entry" not in answer["missing_kinds"]:
                return "not assessable"
        landed_at = self.landed_at(name)
        assert landed_at is not None
        # The plain test knows no learned waits: issuers are known to exist or not.
        if self.asked.lag_hours is None or not self.issuer(name, entries):
            return "not assessable"
        waits = (self.as_of - landed_at) // HOUR <= self.asked.lag_hours
        return "too early to say" if waits else "landed without entry"

    def issuer(self, name: str, entries: set[ENTRY]) -> str | None:
        if entries:
            return "named"
        origins = sorted(item["origin_country"] for item in self.goods[name] if item["origin_country"])
        return origins[0] if origins else self.arrivals[name]["dispatch_country"]

    def has(self, table: str) -> bool:
        return any(row["known_at"] <= self.as_of for row in self.rows[table])

    def tells(self, issuer: str, chapter: str) -> bool:
        lines = [line for (by, _), lines in self.entries.items() if by == issuer for line in lines]
        return sum(line["hs6"].startswith(chapter) for line in lines) >= 20

    def home(self) -> set[str]:
        found = [row["discharge_port"] for row in self.arrivals.values() if row["vessel_id"] is not None]
        return {port[:2] for port in found if port}

    def entry_states(self) -> dict[str, str]:
        if not (self.has("document") and self.has("partner_export")):
            return {}
        found = {}
        for entry, lines in self.entries.items():
            claimants = [name for name, claimed in self.claims if claimed == entry]
            cleared = min(line["cleared_at"] for line in lines)
            port = port_of(lines)
            destined = port is not None and port[:2] in self.home() and port[:2] != entry[0]
            if self.in_span(cleared) and (destined or claimants):
                found[f"{entry[0]} {lines[0]['number']}"] = self.entry_state(claimants, cleared, port)
        for entry_name, _ in self.belongs.values():
            if entry_name in found:
                assert found[entry_name] in ("entered but never landed", "too early to say")
                found[entry_name] = "landed, not presented"
        return found

    def entry_state(self, claimants: list[str], cleared: datetime, port: str | None) -> str:
        landed = [self.arrivals[name] for name in claimants if self.landed_at(name) is not None]
        places = {GROUP.get(row["discharge_port"], row["discharge_port"]) for row in landed if row["discharge_port"]}
        if landed:
            elsewhere = port is not None and places and GROUP.get(port, port) not in places
            return "landed at another port" if elsewhere else "landed"
        if claimants:
            return "declared, not landed yet"
        if self.asked.lag_hours is None or self.asked.voyage_hours is None:
            return "not assessable"
        wait = self.asked.lag_hours + self.asked.voyage_hours
        return "too early to say" if (self.as_of - cleared) // HOUR <= wait else "entered but never landed"

    def lots(self) -> dict[str, tuple[set[str], set[ENTRY]]]:
        """By the first landing: what papers tie together, grown until nothing is added."""
        found = {}
        for first in sorted({name for name, _ in self.claims}):
            names, entries = {first}, set[ENTRY]()
            while True:
                more = {entry for name, entry in self.claims if name in names}
                others = {name for name, entry in self.claims if entry in more}
                if (more, others) == (entries, names):
                    break
                names, entries = others, more
            found[min(names)] = (names, entries)
        return found

    def weights(self) -> dict[str, str]:
        if not (self.has("document") and self.has("partner_export")):
            return {}
        return {
            lot: self.weight_state(names, entries)
            for lot, (names, entries) in self.lots().items()
            if any(self.arrivals[n]["vessel_id"] is not None and self.in_span(self.landed_at(n)) for n in names)
        }

    def weight_state(self, names: set[str], entries: set[ENTRY]) -> str:
        landed = [item["net_kg"] for name in names for item in self.goods[name]]
        entered = [line["net_kg"] for entry in entries for line in self.entries.get(entry, [])]
        if None in landed or None in entered or not all(self.entries.get(entry) for entry in entries):
            return "not assessable"
        if any(self.landed_at(name) is None for name in names):
            return "too early to say"
        gap = abs(sum(landed) - sum(entered)) / max(sum(entered), 1)
        ordered = sorted(names, key=lambda name: (self.landed_at(name), name))
        kilograms, so_far = 0, []
        for name in ordered:
            kilograms += sum(item["net_kg"] for item in self.goods[name])
            so_far.append(kilograms > 1.05 * sum(entered))
        if not so_far[0] and so_far[-1] and gap > 0.05:
            return "entry presented again for more"
        far = "weight differs by more than"
        return f"{far} 10 %" if gap > 0.1 else f"{far} 5 %" if gap > 0.05 else "agrees"

    def species(self) -> set[str]:
        found = set()
        for lot, state in self.weights().items():
            names, entries = self.lots()[lot]
            if any(self.landed_at(n) is None for n in names) or not all(self.entries.get(e) for e in entries):
                continue
            assert state != "too early to say"
            sides = {
                "landed": [species_of(item) for name in names for item in self.goods[name]],
                "entered": [species_of(line) for entry in entries for line in self.entries[entry]],
            }
            for side, other in (("landed", "entered"), ("entered", "landed")):
                if None not in sides[other]:
                    found |= {f"{lot} {kind} {side}" for kind in sides[side] if kind and kind not in sides[other]}
        return found


def is_sea(row: Row) -> bool:
    return row["hs6"].startswith(("03", "1604", "1605")) or row["species"] is not None


def port_of(lines: list[Row]) -> str | None:
    return next((line["destination_port"] for line in lines if line["destination_port"]), None)


def total(rows: list[Row]) -> float | None:
    weights = [row["net_kg"] for row in rows]
    return None if None in weights else sum(weights)


def species_of(row: Row) -> str | None:
    found: str | None = row["species"] or ALONE.get(row["hs6"])
    return found
