"""Catch certificates as consignments present them, and what each consignment draws on each of them.

A certificate is a number of an issuer, normalised; the same number from two issuers is two certificates. What it
certifies stands on the papers that are presented: live kilograms by species. A consignment draws the live weight of its
goods of a species; with several certificates of that species, on each in proportion to what it certifies, on all alike
where none certifies any. Shares are rounded to the gram, so that parts may differ from the whole by a gram each.
"""

from __future__ import annotations

import polars as pl

from features.asof import history, join_history
from features.document_numbers import coded_documents
from features.live_weight import grams, landed_goods, told_factors
from features.options import Options
from features.states import ROWS, changes, states, states_of
from features.tables import Tables

CERTIFICATE = "catch_certificate"
LEDGER = ("issuer_country", "number", "species")
# What a landing is held against beside the ledger: who fished, where and when.
CATCH = ("vessel_id", "holder_id", "catch_area", "caught_on")
_PAPER = ("unit", *LEDGER, *CATCH)
_TOLD = ("kind", "issuer_country", "code", "vessel_id", "holder_id", "document_id", "consignment_id")
_LINE = ("line_no", "species", "catch_area", "gear", "catch_from", "live_kg")


def paper_lines(tables: Tables) -> pl.DataFrame:
    """The history of lines that name a species, with their document: `unit` is the consignment that presented it.

    Numbers are normalised, `live_g` is null where not stated. Lines of other goods are left out, to spare their cost.
    """

    def make() -> pl.DataFrame:
        lines = history(tables["document_line"], ["document_id", "line_no"], "document_id", _LINE).drop_nulls("species")
        papers = coded_documents(tables).join(lines.select(document_id="unit").unique(), on="document_id", how="semi")
        documents = history(papers, ["document_id"], "document_id", _TOLD)
        joined = join_history(lines, documents)
        return joined.select(
            pl.all().exclude("unit", "live_kg", "consignment_id", "code"),
            unit="consignment_id",
            number="code",
            live_g=grams(pl.col("live_kg")),
        )

    return tables.derived("lines of papers that name a species", make)


def presented(tables: Tables) -> pl.DataFrame:
    """The history of certificates by consignment and species: what the papers presented for it certify.

    `certified_g` is the mean over the consignment's papers of that number, so that an original and its copy certify
    once; null where one does not say. Papers of one number that tell of different catches stand apart.
    """

    def make() -> pl.DataFrame:
        lines = paper_lines(tables).filter(pl.col("kind") == CERTIFICATE).drop_nulls("number")
        lines = lines.with_columns(caught_on=pl.col("catch_from").dt.date())
        said = {"live_g": pl.col("live_g").fill_null(0), "unstated": pl.col("live_g").is_null()}
        papers = states_of(lines, [*_PAPER, "document_id"], said)
        kept = states_of(papers, _PAPER, {"live_g": pl.col("live_g"), "unstated": pl.col("unstated")})
        mean = (pl.col("live_g") / pl.col(ROWS)).round().cast(pl.Int64)
        return kept.select(
            pl.all().exclude("live_g", "unstated", ROWS),
            certified_g=pl.when((pl.col("unstated") == 0) & ~pl.col("withdrawn")).then(mean),
        )

    return tables.derived("certificates presented", make)


def landed_species(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of every species of a consignment: goods and certificates together.

    Columns beside those of a history: species, `live_g` of the goods, `unknown` (lines whose live weight is not known),
    `certified_g` over all certificates and how many `certificates`. Withdrawn while no goods are of the species.
    """

    def make() -> pl.DataFrame:
        goods, papers, by = landed_goods(tables, options), presented(tables), ("unit", "species")
        live, certified = pl.col("live_g").fill_null(0), pl.col("certified_g").fill_null(0)
        of_goods = {"live_g": live, "unknown": pl.col("live_g").is_null(), "lines": pl.lit(1)}
        of_papers = {"certified_g": certified, "certificates": pl.lit(1)}
        # What the one side does not change the other leaves as it is.
        both = pl.concat([changes(goods, by, of_goods), changes(papers, by, of_papers)], how="diagonal")
        return states(both.fill_null(0), by).drop(ROWS).with_columns(withdrawn=pl.col("lines") == 0)

    return tables.derived(("species landed", told_factors(options)), make)


def draws(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of what each consignment draws on each certificate: `draw_g`, `certified_g`, and `unknown` lines.

    Columns beside those of a history: issuer_country, number, species, vessel_id, holder_id, catch_area, caught_on.
    """

    def make() -> pl.DataFrame:
        landed = landed_species(tables, options).rename({"certified_g": "all_certified_g"})
        both = join_history(presented(tables), landed, on=("unit", "species")).filter(~pl.col("withdrawn"))
        whole = pl.col("all_certified_g")
        part = pl.when(whole > 0).then(pl.col("certified_g").fill_null(0) / whole).otherwise(1 / pl.col("certificates"))
        return both.select(
            *_PAPER,
            "first_known_at",
            "known_at",
            "until",
            "withdrawn",
            "certified_g",
            "unknown",
            draw_g=(pl.col("live_g") * part).round().cast(pl.Int64),
        )

    return tables.derived(("draws on certificates", told_factors(options)), make)
