"""Family `documents`: the papers of a consignment against the rules of its date, their issuer, and other papers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.document_evidence import (
    nearest_papers,
    origin_certificates_and_records,
    papers_and_records,
    papers_in_other_hands,
    papers_of,
    papers_with_lines,
)
from features.document_rules import rule_answers
from features.issuer_records import QUANTITY_TOLERANCE, record_answers
from features.near_duplicates import NEAREST, duplicate_answers
from features.options import Options
from features.paper_times import time_answers
from features.papers import Papers
from features.serials import serial_answers
from features.transmission import ENOUGH, PERCENT


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below and what their sentences compare."""
    papers = Papers(asked, options)
    parts = (rule_answers, record_answers, serial_answers, time_answers, duplicate_answers)
    return pl.concat([part(papers) for part in parts], how="horizontal")


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [*_of_rules(), *_of_numbers(), *_of_records(), *_of_other_papers()]


_yes_no = partial(Indicator, unit="yes/no", kind="boolean", direction=1)


def _of_rules() -> list[Indicator]:
    reads = ("consignment", "goods_item", "document")
    told = ("required_kinds", "missing_kinds", "rules_applied")
    return [
        Indicator(
            name="required_document_count",
            meaning="Kinds of papers that the document rules of the consignment's own date ask for; null where it is "
            "not known whether any applies.",
            unit="kinds",
            officer="{value:.0f} kinds of papers required: {required_kinds} ({rules_applied}).",
            check="Read the rules named; see whether the goods are what the rules are about.",
            reads=reads,
            evidence=papers_of,
            compared=("required_kinds", "rules_applied"),
            code="MR-01",
        ),
        Indicator(
            name="missing_document_share",
            meaning="Share of the required kinds of papers of which none, and no lawful substitute, was presented; "
            "null where none is known to be required.",
            unit="share",
            officer="Missing of the papers required ({required_kinds}): {missing_kinds}. Basis: {rules_applied}.",
            check="Ask the declarant for the missing paper before anything is unloaded.",
            reads=reads,
            evidence=papers_of,
            direction=1,
            compared=told,
            code="MR-01",
        ),
        _yes_no(
            name="substitute_or_copy_presented",
            meaning="Whether a required paper was presented only in a form that its rule does not accept, or a kind of "
            "paper that no longer serves came in its place.",
            officer="Presented: {presented_instead}, which does not satisfy: {rules_broken}.",
            check="Ask for the original; hold it against the copy: number, stamp, date, weights.",
            reads=reads,
            evidence=papers_of,
            compared=("presented_instead", "rules_broken"),
            code="MR-02",
        ),
        _yes_no(
            name="banned_kind_presented",
            meaning="Whether in place of a required paper a kind was presented that other rules take, or took, and "
            "that of the consignment's own date does not.",
            officer="Presented: {presented_instead}, which no longer serves by: {rules_broken}.",
            check="Do not let the goods be unloaded on this paper; ask for the one that the rule names.",
            reads=reads,
            evidence=papers_of,
            compared=("presented_instead", "rules_broken"),
            code="MR-02",
        ),
    ]


def _of_numbers() -> list[Indicator]:
    reads = ("consignment", "goods_item", "document", "partner_export")
    return [
        _yes_no(
            name="number_unknown_to_issuer",
            meaning="Whether the issuer told nothing of an export entry's number, and more time has passed since the "
            f"arrival than {PERCENT} % of its rows took; null before that, under {ENOUGH} rows, and where it never "
            "told of such goods.",
            officer="No record of the export entry {entries_not_found} {days_since_arrival:.1f} days after arrival; "
            "the issuer's records come within {issuer_lag_days:.1f} days.",
            check="Ask the exporting state's customs whether it issued this number.",
            reads=reads,
            evidence=papers_and_records,
            compared=("entries_not_found", "days_since_arrival", "issuer_lag_days"),
            code="MR-03",
        ),
        Indicator(
            name="issuer_record_overdue_ratio",
            meaning="Time since the issue of an export entry that the issuer has not told of, over the time within "
            f"which {PERCENT} % of its rows come; 0 where its number is found.",
            unit="ratio",
            officer="The export entry {entries_not_found} was issued {days_since_issue:.1f} days ago and is not on "
            "record; the issuer's records come within {issuer_lag_days:.1f} days.",
            check="Look whether the record has come in meanwhile; then ask the issuer.",
            reads=reads,
            evidence=papers_and_records,
            direction=1,
            compared=("entries_not_found", "days_since_issue", "issuer_lag_days"),
        ),
        _yes_no(
            name="serial_outside_issuer_range",
            meaning="Whether the number of an export entry, catch or origin certificate is written as the issuer "
            "hardly ever does that year, or its serial lies far from the middle nine tenths; null under "
            f"{ENOUGH} known numbers.",
            officer="Number outside the issuer's range: {serials_outside}; usual serials {usual_serials}.",
            check="Hold the number against others of the same issuer and month; look at print and stamp.",
            reads=("consignment", "document"),
            evidence=papers_of,
            compared=("serials_outside", "usual_serials"),
            code="MR-09",
        ),
        Indicator(
            name="same_number_other_holders",
            meaning="Other holders that presented a paper of the same kind, issuer and number for other consignments; "
            "of several papers the one with most.",
            unit="holders",
            officer="{value:.0f} other holders presented the same number: {numbers_in_other_hands}.",
            check="Lay the papers of the same number side by side; ask the issuer to whom it was given.",
            reads=("consignment", "document"),
            evidence=papers_in_other_hands,
            direction=1,
            compared=("numbers_in_other_hands",),
            code="MR-09",
        ),
    ]


def _of_records() -> list[Indicator]:
    reads = ("consignment", "goods_item", "document", "partner_export")
    return [
        Indicator(
            name="species_mismatch_to_issuer",
            meaning="1 less the share of species (Jaccard) that the goods and the issuer's record of their export "
            "entry have in common; null where either names none.",
            unit="share",
            officer="Declared species {species_declared}; cleared for export as {species_at_issuer}.",
            check="Open a package of each line and name the species.",
            reads=reads,
            evidence=papers_and_records,
            direction=1,
            compared=("species_declared", "species_at_issuer"),
            code="MR-05",
        ),
        Indicator(
            name="consignee_mismatch_to_issuer",
            meaning="1 less the likeness of the importer's name to the consignee on the issuer's record, across "
            "scripts; of several entries the least like.",
            unit="share",
            officer="Importer {importer_named}; cleared for export to {consignee_at_issuer}.",
            check="Ask who bought the goods and when they changed hands.",
            reads=("consignment", "document", "partner_export", "party"),
            evidence=papers_and_records,
            direction=1,
            compared=("importer_named", "consignee_at_issuer"),
            code="MR-06",
        ),
        _yes_no(
            name="destination_mismatch_to_issuer",
            meaning="Whether an export entry was cleared for a port other than that of discharge; codes of one port "
            "count as one.",
            officer="Discharged at {port_of_discharge}; cleared for export to {ports_at_issuer}.",
            check="Compare with the log: did the vessel call at the port that was cleared?",
            reads=("consignment", "document", "partner_export"),
            evidence=papers_and_records,
            compared=("port_of_discharge", "ports_at_issuer"),
            code="MR-07",
        ),
        _yes_no(
            name="origin_certificate_has_forged_shape",
            meaning="Whether an origin certificate's number is known to the issuer for a mass that differs by more "
            f"than {QUANTITY_TOLERANCE:.0%}, or is unknown to an issuer that tells such numbers, later after arrival "
            f"than {PERCENT} % of its rows come.",
            officer="Origin certificates against the issuer's records: {origin_certificates_told}.",
            check="Send the certificate to the issuing chamber for verification.",
            reads=("consignment", "document", "partner_export"),
            evidence=origin_certificates_and_records,
            compared=("origin_certificates_told",),
            code="BD-27",
        ),
    ]


def _of_other_papers() -> list[Indicator]:
    return [
        Indicator(
            name="time_order_violation_count",
            meaning="How many of four orders the papers break: caught before issued, issued before landed, catch begun "
            "before it ended, landed within validity; null where none can be weighed.",
            unit="orders",
            officer="{value:.0f} orders in time broken: {time_orders_broken}.",
            check="Hold the dates against the log book and the arrival.",
            reads=("consignment", "document"),
            evidence=papers_with_lines,
            direction=1,
            compared=("time_orders_broken",),
            code="MR-10",
        ),
        Indicator(
            name="nearest_document_similarity",
            meaning="Greatest likeness (Jaccard, of what their lines state) of a paper to one of the same kind and "
            "another number of another consignment in the last 365 days that has a line of equal goods and weight; of "
            f"many such the {NEAREST} latest are compared.",
            unit="share",
            officer="{own_document} says {value:.0%} the same as {like_document} of consignment {like_consignment}.",
            check="Lay the two papers side by side: equal weights and dates to the kilogram are no chance.",
            reads=("consignment", "document", "document_line"),
            evidence=nearest_papers,
            direction=1,
            compared=("own_document", "like_document", "like_consignment"),
            code="MR-11",
        ),
    ]


FAMILY = Family(
    name="documents",
    about="Papers against the rules of their date, the records of their issuer, and the papers of others.",
    compute=compute,
    declare=declare,
)
