"""The scenario's section on papers: documents, partner rows, notices and rights, validated and frozen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from pipeline.world.calendar import microseconds
from pipeline.world.scenario.bounds import Chances, Frozen, Positive, Range, Share

HONEST = "honest"
DOCUMENT_KINDS = (
    "export_entry",
    "harbour_clearance",
    "catch_certificate",
    "landing_declaration",
    "origin_certificate",
    "health_certificate",
    "licence",
    "invoice",
    "transport",
)


def _a_whole(shares: dict[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"needs shares that add up to 1, found {total:.6g} for {', '.join(shares)}: mend one of them")
    return shares


def _with_any(patterns: dict[str, str]) -> dict[str, str]:
    if "any" not in patterns:
        raise ValueError(f"needs a pattern for `any` country, found only {', '.join(patterns)}: add `any`")
    return patterns


Shares = Annotated[dict[str, Share], AfterValidator(_a_whole)]
Patterns = Annotated[dict[str, str], AfterValidator(_with_any)]


class Paper(Frozen):
    """How often a kind of document goes with a consignment, and the forms that it takes."""

    share: Share
    forms: Shares


class Change(Frozen):
    """From a day on, further species need the certificate."""

    at: date
    species: tuple[str, ...]
    about: str

    @property
    def instant(self) -> int:
        """The day's beginning, microseconds since 1970 UTC."""
        return microseconds(datetime(self.at.year, self.at.month, self.at.day, tzinfo=UTC))


class Weights(Frozen):
    """Kilograms on papers against those declared."""

    exact: Share
    spread: Share
    short: Range
    wrong_digit: Positive
    tonnes: Positive


class Certificates(Frozen):
    """What a certificate of a voyage covers, and when."""

    certified: Range
    validity_days: Range
    combined: Share
    own_earlier: Share
    issue: Range


class Times(Frozen):
    """When papers are issued, handed in and amended: days, unless the name says hours."""

    entry: Range
    least_hours: Positive
    loading: Positive
    crossing: Positive
    before: dict[str, Range]
    validity: dict[str, Positive]
    out_of_order: Range
    handed_in: Shares
    late: Range
    handling_hours: Range
    amended: Range


class CertificateSymptoms(Frozen):
    """How the certificate of a voyage shows, by mechanism of the voyage."""

    carrier_named: Chances
    understated: Chances
    other_area: Chances
    other_vessel: Chances
    out_of_order: Chances


class PaperSymptoms(Frozen):
    """How a consignment's papers show, by mechanism."""

    missing_export_entry: Chances
    missing_catch_certificate: Chances
    missing_origin_certificate: Chances
    missing_licence: Chances
    substitute: Chances
    copy_: Chances = Field(alias="copy")
    unsent: Chances
    wrong_number: Chances
    odd_serial: Chances
    other_holder: Chances
    other_consignee: Chances
    out_of_order: Chances
    near_duplicate: Chances
    reused_entry: Chances
    old_certificate: Chances
    short_papers: Chances
    short_partner: Chances
    other_vessel: Chances
    other_species_on_papers: Chances
    other_species_at_partner: Chances
    other_code_at_partner: Chances
    sent_elsewhere: Chances
    relay_origin: Chances
    true_value_at_partner: Chances
    late_papers: Chances
    wrong_kilograms: Chances
    tonnes: Chances
    amended: Chances
    withdrawn: Chances


class Partner(Frozen):
    """What the other state's customs send, and how well."""

    sends: dict[str, tuple[str, ...]]
    share: dict[str, Share]
    use: str
    use_share: Share
    origin_registers: tuple[str, ...]
    register_share: Share
    lag: Range
    late_share: Share
    late: Range
    free_on_board: Range
    noise: Share
    exact: Share
    amended: Share
    withdrawn: Share
    alias_share: Share
    aliases: dict[str, str]
    elsewhere: dict[str, tuple[str, ...]]
    other_codes: dict[str, str]
    missing: Share


class TransmittedNames(Frozen):
    """How firms' names arrive: the share of each way, and the letters that stand for others."""

    ways: Shares
    respelled: dict[str, str]
    scripts: dict[str, dict[str, str]]


class NoticeSymptoms(Frozen):
    """How a call shows in its notice, by mechanism of the voyage."""

    no_notice: Chances
    short_notice: Chances
    residue: Chances
    understated: Chances
    much_fuel: Chances


class Notices(Frozen):
    """Arrival notices, and calls that one side's customs tell the other."""

    hours_required: Positive
    given_hours: Range
    short_hours: Range
    other_calls: Share
    expected_error_hours: Positive
    revised: Share
    revised_error: Share
    empty: Share
    product_per_live: Positive
    weight_spread: Share
    kept: Range
    fuel_t_per_day: Range
    full_tonnage: Positive
    fuel_reserve: Range
    fuel_excess: Range
    told: Share
    told_days: Range
    told_error_hours: Positive
    symptoms: NoticeSymptoms


class RightSymptoms(Frozen):
    """How a voyage or a meeting shows in rights and declared transfers, by mechanism of the voyage."""

    quota_overshot: Chances
    uncovered: Chances
    undeclared: Chances
    transfer_short: Chances


class Rights(Frozen):
    """Rights to fish, carry and tranship, and declared transfers at sea."""

    authority: dict[str, str]
    headroom: Range
    overshoot: Range
    other_species: Share
    other_quota: Range
    further_areas: Share
    any_gear: Share
    known_days: Range
    late_share: Share
    late_days: Range
    lapse_days: Range
    carry: Share
    tranship: Share
    declared_hours: Range
    declared_known_days: Range
    observed: Share
    place_error_deg: Positive
    transfer_spread: Share
    transfer_short: Range
    symptoms: RightSymptoms


class PapersScenario(Frozen):
    """Everything that papers are drawn from, beside the seed."""

    sea_lane: str
    certifying_state: str
    importing_state: str
    strands: dict[str, str]
    other_sea_strand: str
    papers: dict[str, dict[str, Paper]]
    without_lines: tuple[str, ...]
    without_holder: Share
    proven_by: tuple[str, ...]
    certified_species: tuple[str, ...]
    changes: tuple[Change, ...]
    certified_unasked: Share
    numbers: dict[str, Patterns]
    posts: dict[str, str]
    other_post: str
    odd_serials: Range
    issuers: dict[str, str]
    live_per_net: dict[str, Positive]
    look_alikes: dict[str, str]
    other_areas: dict[str, tuple[str, ...]]
    weights: Weights
    certificates: Certificates
    times: Times
    symptoms: PaperSymptoms
    voyage_symptoms: CertificateSymptoms
    partner: Partner
    names: TransmittedNames
    notices: Notices
    rights: Rights

    @model_validator(mode="after")
    def _agree(self) -> PapersScenario:
        wrong = [
            f"papers.{strand}.{kind}: not a kind of document" if kind not in DOCUMENT_KINDS else ""
            for strand, kinds in self.papers.items()
            for kind in kinds
        ]
        wrong += [
            f"{where}: no papers are given for strand {strand}"
            for where, strand in [*self.strands.items(), ("other_sea_strand", self.other_sea_strand)]
            if strand not in self.papers or strand not in self.partner.share
        ]
        wrong = [line for line in wrong if line]
        if wrong:
            raise ValueError("needs strands that agree, found " + "; ".join(wrong))
        return self
