"""What a row of the reconciliation may be, in words, and what is asked of the report."""

from __future__ import annotations

from dataclasses import dataclass

TOO_EARLY, UNKNOWN = "too early to say", "not assessable"
# Landings.
FOUND, NOT_REQUIRED, NO_ENTRY = "entry found", "no entry required", "landed without entry"
LIKE_NUMBER, ON_RECORD = "entry found under a like number", "entry on record, not presented"
# Entries.
LANDED, AHEAD, ELSEWHERE = "landed", "declared, not landed yet", "landed at another port"
NEVER_LANDED, LANDED_UNPRESENTED = "entered but never landed", "landed, not presented"
# Landings by a third country.
RELAY, OPEN_RELAY = "relayed under another origin", "relayed, origin declared"
# Weights of what belongs together; shares of the entered mass are those of CCAMLR's reconciliation of catch documents.
WORTH_A_LOOK, MUCH = 0.05, 0.10  # S56
REUSED = "entry presented again for more"
AGREES, TONNES = "agrees", "weight differs a thousandfold"
WARN, HIGH = "weight differs by more than 5 %", "weight differs by more than 10 %"
OTHER_SPECIES = "species on one side only"
# Calls and notices.
ANNOUNCED, NO_NOTICE, NOT_OWED = "notice found", "call without notice", "no notice owed"
SEEN, UNMATCHED = "call seen", "unmatched notice"

# The states that an officer should look at, by table, in the order of the page.
FINDINGS: dict[str, tuple[str, ...]] = {
    "landings": (NO_ENTRY, ON_RECORD),
    "entries": (NEVER_LANDED, ELSEWHERE),
    "relays": (RELAY,),
    "weights": (REUSED, TONNES, HIGH, WARN),
    "species": (OTHER_SPECIES,),
    "calls": (NO_NOTICE,),
    "notices": (UNMATCHED,),
}


@dataclass(frozen=True)
class ReconcileOptions:
    """`days` before the instant; `lag_hours` that an issuer's records may take and `voyage_hours` from clearing to
    landing, both learned from what was known at the instant where they are None; `relay_days` from clearing for a third
    country to landing here (assumed: frozen goods lie in store for weeks)."""

    days: int = 90
    lag_hours: float | None = None
    voyage_hours: float | None = None
    relay_days: int = 60
