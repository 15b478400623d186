"""What a row of the reconciliation may be, in words, and what is asked of the report."""

from __future__ import annotations

from dataclasses import dataclass

TOO_EARLY, UNKNOWN = "too early to say", "not assessable"
# Landings.
FOUND, NOT_REQUIRED, NO_ENTRY = "entry found", "no entry required", "landed without entry"
# Entries.
LANDED, AHEAD, ELSEWHERE = "landed", "declared, not landed yet", "landed at another port"
NEVER_LANDED = "entered but never landed"
# Weights of what belongs together.
AGREES, TONNES = "agrees", "weight differs a thousandfold"
WARN, HIGH = "weight differs by more than 5 %", "weight differs by more than 10 %"
OTHER_SPECIES = "species on one side only"
# Calls and notices.
ANNOUNCED, NO_NOTICE, NOT_OWED = "notice found", "call without notice", "no notice owed"
SEEN, UNMATCHED = "call seen", "unmatched notice"

# The states that an officer should look at, by table, in the order of the page.
FINDINGS: dict[str, tuple[str, ...]] = {
    "landings": (NO_ENTRY,),
    "entries": (NEVER_LANDED, ELSEWHERE),
    "weights": (TONNES, HIGH, WARN),
    "species": (OTHER_SPECIES,),
    "calls": (NO_NOTICE,),
    "notices": (UNMATCHED,),
}


@dataclass(frozen=True)
class ReconcileOptions:
    """`days` before the instant; `lag_hours` that an issuer's records may take and `voyage_hours` from clearing to
    landing, both learned from what was known at the instant where they are None."""

    days: int = 90
    lag_hours: float | None = None
    voyage_hours: float | None = None
