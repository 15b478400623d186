"""What the indicators of the family `voyage` mean, say and rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from features.catalogue import Evidence, Indicator
from features.voyage_options import VoyageOptions
from features.voyage_spans import DAYS, WINDOWS

MARINE = ("marine_smuggling",)
READS = ("consignment", "vessel", "position")
_TIMES = {"trip": "on the trip before the landing", **{f"{days}d": f"in {days} days" for days in DAYS}}
_TRIP = "on the trip before the landing (from the last port visit but one to the last, or to the cut-off)"


@dataclass(frozen=True)
class Told:
    """How a measure is told: `meaning` and `officer` end with the time that it is about. {nm} is the setting
    `boundary_nm`."""

    meaning: str
    unit: str
    officer: str
    check: str
    direction: int = 1
    code: str | None = None
    kind: str = "events"
    reads: tuple[str, ...] = READS


_LOGBOOK = "Ask for the logbook of that time and place; hold the holds and papers against it."
TOLD = {
    "observed_share": Told(
        "Share of the time that lies between reports of the vessel less than an hour apart,",
        "share",
        "Vessel {vessel} was observed {value:.0%} of the time",
        "Where little was heard, ask for the vessel's own track (VMS, plotter).",
        direction=0,
        kind="heard",
    ),
    "silent_share": Told(
        "Share of the time in silences of more than six hours, one that lasts at the cut-off among them,",
        "share",
        "Vessel {vessel} was silent {value:.0%} of the time",
        "Ask why the transponder was off; ask for the vessel's own track (VMS, plotter).",
        kind="silences",
        code="MR-25",
    ),
    "suspicious_silence_hours": Told(
        "Hours of silences by the rule of a suspected disabling (at least 12 h, begun over 50 nm offshore, where "
        "others were heard over 10 times a day each, after 14 satellite reports in 12 h)",
        "hours",
        "Vessel {vessel} fell silent for {value:,.0f} h where others were heard well",
        "Ask why the transponder was off; ask for the vessel's own track (VMS, plotter).",
        code="MR-25",
        kind="silences",
    ),
    "boundary_silence_hours": Told(
        "Hours of silences of at least 12 h that begin or end within {nm} nm of a maritime boundary (a line of "
        "Natural Earth or of boundary_lines, an indicator and no legal limit, or 200 nm from the nearest shore)",
        "hours",
        "Vessel {vessel} was silent for {value:,.0f} h that began or ended within {nm} nm of a maritime boundary",
        "Ask on which side it was meanwhile and under whose permit; ask for the vessel's own track (VMS, plotter).",
        code="MR-27",
        kind="boundary_silences",
    ),
    "encounters": Told(
        "Number of encounters at sea (at most 500 m apart for over 2 h, under 2 kn, at least 10 km from port)",
        "encounters",
        "Vessel {vessel} met {value:,.0f} times with others at sea",
        _LOGBOOK,
        code="MR-28",
        kind="encounters",
    ),
    "undeclared_encounters": Told(
        "Number of encounters at sea for which no known transhipment of the two vessels is declared within a day",
        "encounters",
        "Vessel {vessel} met {value:,.0f} times with others at sea, and no transfer was declared",
        _LOGBOOK,
        code="MR-29",
        kind="encounters",
        reads=(*READS, "transhipment"),
    ),
    "loitering_alone_hours": Told(
        "Hours that a carrier, reefer, bunkering vessel or tanker lay under 2 kn for at least 4 h over 20 nm from "
        "shore, without an encounter,",
        "hours",
        "Vessel {vessel} lay still at sea for {value:,.0f} h and nobody was heard beside it",
        _LOGBOOK,
        code="MR-30",
        kind="loitering",
    ),
    "draught_change_at_sea_m": Told(
        "Largest change of draught, from 0.5 m, without a port visit since the draught before was first sent,",
        "m",
        "Vessel {vessel} lay {value:.1f} m deeper or higher than before without having been in port",
        "Hold what is on board against the papers of the last port.",
        code="MR-26",
        kind="draught",
    ),
    "mmsi_jumps": Told(
        "Number of reports over 10 km and more than 60 kn away from the one before on the same MMSI",
        "jumps",
        "The MMSI of vessel {vessel} jumped {value:,.0f} times as no ship can",
        "Read the MMSI off the set on board; ask who else uses it; rule out a fault of the receiver.",
        code="MR-34",
        kind="jumps",
    ),
}
HIGHEST = {name: name != "observed_share" for name in TOLD}


def declare_voyage(evidence: Callable[[str, str], Evidence], options: VoyageOptions) -> list[Indicator]:
    """All indicators of the family; `evidence` gives the evidence of a kind of events in a window."""
    nm = f"{options.boundary_nm:g}"
    all_told = {
        name: replace(told, meaning=told.meaning.replace("{nm}", nm), officer=told.officer.replace("{nm}", nm))
        for name, told in TOLD.items()
    }
    found = [_indicator(name, told, window, evidence) for window in WINDOWS for name, told in all_told.items()]
    return [*found, _last_heard(evidence)]


def _indicator(name: str, told: Told, window: str, evidence: Callable[[str, str], Evidence]) -> Indicator:
    label = f"{name}_{window}"
    spoken = f"{told.officer.replace('{vessel}', '{' + label + '_vessel}')} {_TIMES[window]}"
    heard = "" if name == "observed_share" else f" (observed {{{label}_heard:.0%}} of that time)"
    of_several = "of several vessels the highest" if HIGHEST[name] else "of several vessels the lowest"
    return Indicator(
        name=label,
        meaning=f"{told.meaning} {_TRIP if window == 'trip' else _TIMES[window]}; {of_several}.",
        unit=told.unit,
        officer=f"{spoken}{heard}.",
        check=told.check,
        reads=told.reads,
        evidence=evidence(told.kind, window),
        direction=told.direction,
        schemes=MARINE,
        compared=(f"{label}_vessel", f"{label}_heard"),
        code=told.code,
    )


def _last_heard(evidence: Callable[[str, str], Evidence]) -> Indicator:
    return Indicator(
        name="hours_since_heard",
        meaning="Hours since the last report of a vessel, in the last year; of several vessels the longest.",
        unit="hours",
        officer="Vessel {hours_since_heard_vessel} was heard last {value:,.0f} h before.",
        check="Ask where the vessel is.",
        reads=READS,
        evidence=evidence("heard", "30d"),
        direction=0,
        schemes=MARINE,
        compared=("hours_since_heard_vessel",),
    )
