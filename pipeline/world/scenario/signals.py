"""The numbers of the world's signals: statistics of both sides, alerts, lists, portal scans, licences, restrictions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.world.scenario.bounds import Amounts, Country, Frozen, Hs6, NotNegative, Positive, Range, Share

OTHERS = "others"
HsPrefix = Annotated[str, Field(pattern="^[0-9]{2,6}$")]
SubjectKind = Literal["vessel", "party", "hs_prefix", "route", "container", "document"]


def _positive(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] <= 0:
        raise ValueError(f"needed a span that begins above 0, found {list(span)}: raise its lower end")
    return span


Positives = Annotated[Range, AfterValidator(_positive)]


class Split(Frozen):
    """How often something is so among the honest and among those that offend."""

    honest: Share
    offends: Share


class Reporter(Frozen):
    """A country whose statistics are published, and how well it counts."""

    by_dispatch: Share
    kg_spread: NotNegative
    value_spread: NotNegative
    published_days: Amounts
    provisional_spread: NotNegative
    revised: Share
    late: Share


class Recording(Frozen):
    """How a consignment stands on the exporting side."""

    unrecorded: Share
    as_declared: Share


class Statistics(Frozen):
    """Trade statistics of both sides; `recording` is by mechanism, with `honest` and `others`."""

    reporters: dict[Country, Reporter]
    history_months: Annotated[int, Field(ge=0)]
    history_spread: NotNegative
    season_months: Annotated[int, Field(ge=0)]
    cif_over_fob: Annotated[float, Field(ge=1)]
    corridor_spread: NotNegative
    under_way_days: dict[str, Amounts]
    recording: dict[str, Recording]
    swapped_by: tuple[str, ...]
    swaps: dict[Hs6, Hs6]
    rerouted_by: tuple[str, ...]
    rerouted_to: tuple[Country, ...]
    relay_recorded: Share
    last_destination_known: Share
    suppressed: Share
    revision_days: Amounts
    second_revision: Share
    yearly_days: Amounts

    @model_validator(mode="after")
    def _complete(self) -> Statistics:
        for name, table, needed in (
            ("recording", set(self.recording), {"honest", OTHERS}),
            ("under_way_days", set(self.under_way_days), {OTHERS}),
        ):
            if needed - table:
                raise ValueError(f"{name} needs {sorted(needed)}; found {sorted(table)}; add {sorted(needed - table)}")
        if self.rerouted_by and not self.rerouted_to:
            raise ValueError("rerouted_to needs a country, since rerouted_by names mechanisms; found none; add one")
        return self


class AlertOrigin(Frozen):
    """Who sends alerts: how many of all, about which lanes, what they name, how reliable they are held to be."""

    share: Share
    lanes: tuple[str, ...]
    names: dict[SubjectKind, Share]
    weight: Amounts
    sent_hours: Amounts
    use: str | None


class EarlierAlerts(Frozen):
    """Alerts from before the world begins."""

    days: Positive
    rogue_firms: Share
    launderers: Share


class Alerts(Frozen):
    """Who tells what about which consignments, and how often it is right."""

    told: dict[str, Share]
    right: Annotated[float, Field(gt=0, le=1)]
    origins: dict[Literal["rilo", "partner_customs", "right_holder", "own", "other"], AlertOrigin]
    learned_days: Amounts
    valid_days: Amounts
    open_ended: Share
    scheme_stated: Share
    weight_gain: Share
    withdrawn: Split
    withdrawn_days: Amounts
    hs_digits: Annotated[tuple[Annotated[int, Field(ge=2, le=6)], ...], Field(min_length=1)]
    earlier: EarlierAlerts

    @model_validator(mode="after")
    def _complete(self) -> Alerts:
        if OTHERS not in self.told:
            raise ValueError(f"told needs the entry {OTHERS!r}; found {sorted(self.told)}; add it")
        return self


class IuuList(Frozen):
    """A list of vessels that is updated monthly."""

    update_day: Annotated[int, Field(ge=1, le=28)]
    before_hop: Share
    before_hop_days: Amounts
    offence: dict[str, Share]
    offence_days: Amounts
    innocent: Share
    earlier_days: Amounts
    delisted: Split
    delisted_days: Amounts
    known_days: Amounts


class Listing(Frozen):
    """A list that grows on any day: how much of those that offend and of the honest it names."""

    named: Split
    earlier: Share
    earlier_days: Amounts
    delisted: Split
    delisted_days: Amounts
    known_days: Amounts
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]


class LostSources(Frozen):
    """Radioactive sources reported lost or stolen."""

    yearly: NotNegative
    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    recovered: Share
    recovered_days: Amounts
    known_days: Amounts


class Watchlists(Frozen):
    """Lists of vessels, firms and sources, each under its name in the column `list`.

    Hulls whose leaning (log-odds) is above `leaning_over` count as leaning to offend.
    """

    leaning_over: float
    iuu: IuuList
    sanctions: Listing
    detentions: Listing
    lost_sources: LostSources


class Portal(Frozen):
    """The portals of a country's offices."""

    share: Share
    lanes: Annotated[int, Field(ge=2)]
    background_cps: Amounts
    neutron_detectors: Share


class Symptom(Frozen):
    """How often a consignment radiates beyond its goods, is shielded, or emits neutrons."""

    raised: Share
    shielded: Share
    neutrons: Share
    second_passage: Share


class Scans(Frozen):
    """Portal monitors; `symptoms` is by mechanism, with `honest`."""

    portals: dict[Country, Portal]
    modes: tuple[str, ...]
    occupied_seconds: Positive
    background_swing: Share
    screened_per_tonne: NotNegative
    screened_most: Share
    natural: dict[HsPrefix, NotNegative]
    natural_spread: NotNegative
    natural_power: Positive
    scrap: tuple[HsPrefix, ...]
    scrap_firms: Share
    scrap_raised: Share
    raised_sigmas: Amounts
    shielded_share: Amounts
    neutron_background_cps: Positive
    neutron_cps: Amounts
    symptoms: dict[str, Symptom]
    alarm_sigmas: Positive
    rechecked: Share
    second_hours: Amounts
    known_minutes: Amounts
    late: Share
    late_days: Amounts

    @model_validator(mode="after")
    def _complete(self) -> Scans:
        if "honest" not in self.symptoms:
            raise ValueError(f"symptoms needs the entry 'honest'; found {sorted(self.symptoms)}; add it")
        wild = [prefix for prefix in self.natural if len(prefix) % 2]
        if wild:
            raise ValueError(f"natural needs prefixes of 2, 4 or 6 digits; found {wild}; correct them")
        return self


class Licences(Frozen):
    """Licences of the firms that bring in strategic goods."""

    lane: str
    roles: tuple[str, ...]
    codes: tuple[Hs6, ...]
    covered: Split
    code_covered: Split
    own_end_user: Share
    end_user_stated: Share
    quantity_kg: Positives
    quantity_stated: Share
    valid_days: Positives
    renewed: Share
    lapse_days: Amounts
    known_days: Range
    amended: Share
    revoked: Split


class Restriction(Frozen):
    """What rows under one key may be used for, from the day on which that became known to the house."""

    use: str
    basis: str
    purposes: tuple[Literal["targeting", "training", "statistics", "criminal_evidence", "sharing"], ...]
    readers: tuple[str, ...]
    known: date
    expires: date | None = None


class Signals(Frozen):
    """Everything of the section `signals`."""

    statistics: Statistics
    alerts: Alerts
    watchlists: Watchlists
    scans: Scans
    licences: Licences
    restrictions: tuple[Restriction, ...]

    @model_validator(mode="after")
    def _uses_are_known(self) -> Signals:
        known = {restriction.use for restriction in self.restrictions}
        wanted = {origin.use for origin in self.alerts.origins.values() if origin.use is not None}
        if wanted - known:
            raise ValueError(
                f"alerts.origins: use must be one of restrictions ({sorted(known)}); found {sorted(wanted - known)}; "
                "add the restriction or correct the name"
            )
        versions = [(restriction.use, restriction.known) for restriction in self.restrictions]
        if len(set(versions)) < len(versions):
            raise ValueError("restrictions: needed one entry per use and day known; found two; change one of the days")
        return self
