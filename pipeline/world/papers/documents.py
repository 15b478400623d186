"""The documents of consignments: which papers, in which form, under which number, issued when and to whom."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, in_seconds
from pipeline.world.papers.certificates import whole_seconds
from pipeline.world.papers.numbers import digits_swapped, serials, written
from pipeline.world.randomness import Booleans, pick, stream
from pipeline.world.scenario.papers import DOCUMENT_KINDS, PapersScenario

SUBJECT = "document"
CERTIFICATE = "catch_certificate"
ENTRY = "export_entry"
ORIGIN = "origin_certificate"
CLEARANCE = "harbour_clearance"
# Certificates that no voyage gives a number have serials above those of voyages.
WITHOUT_VOYAGE = 5_000_000
# A prime: serials out of the run are scattered, and still no two are the same.
SCATTER = 7_368_787
# Papers that name the vessel that carries the goods.
OF_THE_CARRIER = (ENTRY, CLEARANCE, "landing_declaration", "transport")


def with_entry_numbers(seed: int, scenario: PapersScenario, chunk: int, facts: pl.DataFrame) -> pl.DataFrame:
    """The facts with entry_country, and entry_number as the issuer has it on record."""
    generator = stream(seed, f"{SUBJECT} entry", chunk)
    plain = serials(seed, ENTRY, facts["number"].to_numpy(), generator)
    low, high = (round(bound) for bound in scenario.odd_serials)
    odd = low + facts["number"].to_numpy() * SCATTER % (high - low)
    sea = pl.col("strand") == scenario.strands[scenario.sea_lane]
    rows = facts.with_columns(
        kind=pl.lit(ENTRY),
        country=pl.when(sea).then("origin_country").otherwise(pl.coalesce("dispatch_country", "origin_country")),
        port="port_of_clearing",
        day="cleared",
        serial=pl.when("odd_serial").then(pl.Series(odd)).otherwise(pl.Series(plain)),
    )
    return facts.with_columns(entry_number=written(scenario, rows), entry_country=rows["country"])


def documents(
    seed: int, scenario: PapersScenario, chunk: int, facts: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """A row per document, with the facts of its consignment.

    Columns of the contract: document_id, kind, form, number, issuer_country, issuer, holder_id, vessel_id, issued_at,
    valid_from, valid_to. Beside them: recorded_number (what the issuer has on record) and, for certificates, species.
    """
    generator = stream(seed, SUBJECT, chunk)
    papers = pl.concat([*_plain(scenario, generator, facts), _of_species(scenario, generator, facts, lines)])
    ranks = {kind: rank for rank, kind in enumerate(DOCUMENT_KINDS)}
    papers = (
        papers.with_columns(rank=pl.col("kind").replace_strict(ranks, return_dtype=pl.Int64))
        .sort("row", "rank", "species")
        .with_columns(place=pl.int_range(pl.len()).over("row", "kind"))
        .join(facts, on="row", how="left", maintain_order="left")
    )
    papers = papers.with_columns(
        document_id=pl.format("{}-{}{}", "consignment_id", pl.col("rank") + 1, pl.col("place")),
        country=_issuer_country(scenario),
        form=pl.Series(_forms(scenario, generator, papers), dtype=pl.String),
        issued_at=_issued(scenario, generator, papers),
    )
    papers = papers.with_columns(_validity(scenario, papers))
    papers = papers.with_columns(recorded_number=_recorded(seed, scenario, chunk, papers))
    return papers.with_columns(
        number=_presented(generator, scenario, facts, papers),
        issuer_country="country",
        issuer=_issuer(scenario),
        holder_id=_holder(scenario, generator, papers),
        vessel_id=pl.when(pl.col("kind") == CERTIFICATE)
        .then("named_vessel")
        .when(pl.col("kind").is_in([ENTRY, CLEARANCE]) & pl.col("other_vessel"))
        .then("sister_id")
        .when(pl.col("kind").is_in(OF_THE_CARRIER))
        .then("vessel_id"),
    )


def _plain(scenario: PapersScenario, generator: np.random.Generator, facts: pl.DataFrame) -> list[pl.DataFrame]:
    """Row and kind of every paper that a consignment has one of."""
    parts = []
    for kind in DOCUMENT_KINDS:
        if kind == CERTIFICATE:
            continue
        shares = {strand: kinds[kind].share for strand, kinds in scenario.papers.items() if kind in kinds}
        wanted = facts["strand"].replace_strict(shares, default=0.0, return_dtype=pl.Float64).to_numpy()
        there = generator.random(facts.height) < wanted
        if kind == ENTRY:
            there &= ~facts["substitute"].to_numpy()
        if kind == CLEARANCE:
            there |= facts["substitute"].to_numpy()
        if f"missing_{kind}" in facts.columns:
            there &= ~facts[f"missing_{kind}"].to_numpy()
        rows = facts["row"].filter(pl.Series(there))
        parts.append(
            pl.DataFrame({"row": rows, "kind": [kind] * len(rows)}, schema=_PLACED).with_columns(
                species=pl.lit(None, pl.String)
            )
        )
    return parts


_PLACED = {"row": pl.Int64, "kind": pl.String}


def _of_species(
    scenario: PapersScenario, generator: np.random.Generator, facts: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Row and kind of the catch certificates: one for each species of a consignment that is to have one."""
    shares = {strand: kinds[CERTIFICATE].share for strand, kinds in scenario.papers.items() if CERTIFICATE in kinds}
    draw = pl.Series(generator.random(facts.height))
    unasked = pl.Series(generator.random(facts.height) < scenario.certified_unasked)
    wanted = pl.col("strand").replace_strict(shares, default=0.0, return_dtype=pl.Float64)
    rows = facts.select(
        "row", "strand", "declared", there=(draw < wanted) & ~pl.col("missing_catch_certificate"), unasked=unasked
    ).filter("there")
    asked = pl.col("species").is_in(scenario.certified_species)
    for change in scenario.changes:
        asked |= pl.col("species").is_in(change.species) & (pl.col("declared") >= change.instant)
    asked |= pl.col("unasked") | (pl.col("strand") != scenario.strands[scenario.sea_lane])
    of_lines = lines.filter(pl.col("species").is_not_null()).select("row", "species")
    return (
        of_lines.join(rows, on="row", how="inner", maintain_order="left")
        .filter(asked)
        .select("row", "species")
        .unique(maintain_order=True)
        .select("row", pl.lit(CERTIFICATE).alias("kind"), "species")
    )


def _issuer_country(scenario: PapersScenario) -> pl.Expr:
    """The state of a paper's issuer: of origin, of dispatch or of destination, by its kind."""
    kind = pl.col("kind")
    dispatch = pl.coalesce("dispatch_country", "origin_country")
    sea = pl.col("strand") == scenario.strands[scenario.sea_lane]
    of_origin = kind.is_in([CERTIFICATE]) | (kind.is_in(["health_certificate", CLEARANCE]) & sea)
    return (
        pl.when(kind == ENTRY)
        .then("entry_country")
        .when(of_origin | ((kind == ORIGIN) & ~pl.col("relay_origin")))
        .then("origin_country")
        .when(kind.is_in(["licence", "landing_declaration"]))
        .then("destination_country")
        .otherwise(dispatch)
    )


def _forms(scenario: PapersScenario, generator: np.random.Generator, papers: pl.DataFrame) -> list[str]:
    strands, kinds = papers["strand"].to_numpy(), papers["kind"].to_numpy()
    told = np.full(papers.height, "copy", dtype=object)
    for strand, by_kind in scenario.papers.items():
        for kind, paper in by_kind.items():
            rows = np.flatnonzero((strands == strand) & (kinds == kind))
            names = np.array(list(paper.forms), dtype=object)
            told[rows] = names[pick(generator, paper.forms.values(), len(rows))]
    copied: Booleans = papers["copy"].to_numpy() & papers["kind"].is_in(scenario.proven_by).to_numpy()
    told[copied] = "copy"
    return list(told)


def _issued(scenario: PapersScenario, generator: np.random.Generator, papers: pl.DataFrame) -> pl.Expr:
    """The export entry when it is cleared, a certificate when its voyage's is, other papers before the entry."""
    kind, times = pl.col("kind"), scenario.times
    kinds = papers["kind"]
    low, high = (
        kinds.replace_strict(
            {name: span[side] for name, span in times.before.items()}, default=0.0, return_dtype=pl.Float64
        )
        for side in (0, 1)
    )
    days = low.to_numpy() + generator.random(papers.height) * (high - low).to_numpy()
    lead = pl.Series(in_seconds(days, DAY))
    of_entry = pl.min_horizontal("cleared", "declared") - lead
    landing = pl.col("landed") + lead
    return (
        pl.when(kind == ENTRY)
        .then("cleared")
        .when(kind == CERTIFICATE)
        .then(pl.coalesce("certificate_issued", of_entry))
        .when(kind == "landing_declaration")
        .then(landing)
        .otherwise(of_entry)
    )


def _validity(scenario: PapersScenario, papers: pl.DataFrame) -> list[pl.Expr]:
    days = papers["kind"].replace_strict(scenario.times.validity, default=None, return_dtype=pl.Float64)
    until = whole_seconds(pl.col("issued_at") // DAY * DAY + days * DAY)
    voyage = (pl.col("kind") == CERTIFICATE) & pl.col("certificate_issued").is_not_null()
    return [
        pl.when(voyage)
        .then("certificate_from")
        .when(pl.Series(days).is_not_null())
        .then(pl.col("issued_at") // DAY * DAY)
        .alias("valid_from"),
        pl.when(voyage).then("certificate_to").otherwise(until).alias("valid_to"),
    ]


def _recorded(seed: int, scenario: PapersScenario, chunk: int, papers: pl.DataFrame) -> pl.Series:
    """The numbers that the issuers have on record: of the entry, of the voyage and species, of the consignment."""
    generator = stream(seed, f"{SUBJECT} serial", chunk)
    numbers = papers["number"].to_numpy()
    kinds = papers["kind"].to_numpy()
    plain = np.zeros(papers.height, dtype=np.int64)
    for kind in DOCUMENT_KINDS:
        places = np.flatnonzero(kinds == kind)
        plain[places] = serials(seed, kind, numbers[places], generator)
    voyage = pl.col("kind") == CERTIFICATE
    species = _species_places(scenario)
    place = pl.col("species").replace_strict(species, default=len(species), return_dtype=pl.Int64)
    own = pl.col("plain") + WITHOUT_VOYAGE
    shared = pl.when(pl.col("species") == pl.col("certificate_species")).then("serial").fill_null(own)
    of_voyage = shared * (len(species) + 1) + place
    rows = papers.with_columns(
        plain=pl.Series(plain),
        port="port_of_clearing",
        day=pl.when(voyage).then(pl.coalesce("number_day", "issued_at")).otherwise("issued_at"),
    ).with_columns(serial=pl.when(voyage).then(of_voyage).otherwise("plain"))
    return pl.select(
        pl.when(papers["kind"] == ENTRY).then(papers["entry_number"]).otherwise(written(scenario, rows))
    ).to_series()


def _species_places(scenario: PapersScenario) -> dict[str, int]:
    named = {*scenario.certified_species, *scenario.look_alikes}
    for change in scenario.changes:
        named |= set(change.species)
    return {species: place for place, species in enumerate(sorted(named))}


def _presented(
    generator: np.random.Generator, scenario: PapersScenario, facts: pl.DataFrame, papers: pl.DataFrame
) -> pl.Expr:
    """The number on the paper: of an earlier entry where that is used again; at times with two digits swapped."""
    numbers = facts.select(twin="row", twin_number="entry_number")
    twin = papers.select("twin").join(numbers, on="twin", how="left", maintain_order="left")["twin_number"]
    reused = (pl.col("kind") == ENTRY) & pl.col("reused_entry")
    number = pl.when(reused).then(pl.Series(twin)).fill_null(pl.col("recorded_number"))
    hit = pl.Series(generator.random(papers.height) < 1 / 2)
    wrong = pl.col("wrong_number") & pl.col("kind").is_in(scenario.proven_by) & hit
    return pl.when(wrong).then(digits_swapped(number)).otherwise(number)


def _issuer(scenario: PapersScenario) -> pl.Expr:
    word = pl.col("kind").replace_strict(scenario.issuers, default=None, return_dtype=pl.String)
    post = pl.col("port_of_clearing").replace_strict(scenario.posts, default=None, return_dtype=pl.String)
    at = pl.when(pl.col("kind") == ENTRY).then(post).fill_null(pl.col("country"))
    return pl.concat_str(word, pl.lit(" "), at)


def _holder(scenario: PapersScenario, generator: np.random.Generator, papers: pl.DataFrame) -> pl.Expr:
    """Whom a paper was made out to: the exporter, of some kinds the importer; another firm, or not entered."""
    entered = pl.Series(generator.random(papers.height) >= scenario.without_holder)
    other = pl.col("other_holder") & pl.col("kind").is_in([*scenario.proven_by, CLEARANCE, "licence"])
    own = pl.when(pl.col("kind").is_in(["licence", "invoice"])).then("importer_id").otherwise("exporter_id")
    return pl.when(entered).then(pl.when(other).then("another_holder_id").otherwise(own))
