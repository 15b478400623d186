"""The lines of documents: what a paper says that it covers, with its errors and its lies."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.papers.certificates import other_areas
from pipeline.world.papers.documents import CERTIFICATE
from pipeline.world.randomness import Floats, between, stream
from pipeline.world.scenario.papers import PapersScenario

SUBJECT = "document_line"
# Papers that name species, and those that tell of the catch beside the certificate.
OF_SPECIES = ("export_entry", "harbour_clearance", "landing_declaration", "health_certificate")
OF_CATCH = ("export_entry", "landing_declaration")


def document_lines(
    seed: int, scenario: PapersScenario, chunk: int, papers: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """A row per line of every document.

    Columns of the contract: document_id, line_no, hs6, species, product_form, catch_area, gear, catch_from, catch_to,
    live_kg, net_kg. Beside them correct_kg: the kilograms without a slip of the pen, for a second version.
    """
    generator = stream(seed, SUBJECT, chunk)
    factor, slip = _kilograms(scenario, generator, papers)
    margin = between(generator, scenario.certificates.certified, papers.height)
    papers = papers.with_columns(
        kg_factor=pl.Series(factor),
        slip=pl.Series(slip),
        margin=pl.Series(margin),
        told_by=pl.when(pl.col("near_duplicate") & pl.col("kind").is_in(scenario.proven_by))
        .then("twin")
        .otherwise("row"),
    )
    goods = _goods(scenario, generator, lines)
    return pl.concat([_of_goods(scenario, papers, goods), _of_certificates(scenario, papers, goods)])


def _kilograms(scenario: PapersScenario, generator: np.random.Generator, papers: pl.DataFrame) -> tuple[Floats, Floats]:
    """Per document the factor on declared kilograms, and the factor of a slip of the pen (1: none)."""
    weights, count = scenario.weights, papers.height
    noise = np.exp(generator.normal(0, weights.spread, count))
    factor = np.where(generator.random(count) < weights.exact, 1.0, noise)
    short = papers["short_papers"].to_numpy() & papers["kind"].is_in(scenario.proven_by).to_numpy()
    factor = np.where(short, between(generator, weights.short, count), factor)
    digit = np.where(generator.random(count) < 1 / 2, weights.wrong_digit, 1 / weights.wrong_digit)
    slip = np.where(papers["wrong_kilograms"].to_numpy(), digit, 1.0)
    return factor, np.where(papers["tonnes"].to_numpy(), weights.tonnes, slip)


def _goods(scenario: PapersScenario, generator: np.random.Generator, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines as a truthful paper would state them and as one that names another species does."""
    mistaken = pl.col("species").replace(scenario.look_alikes)
    differs = (pl.col("true_species") != pl.col("species")) | (pl.col("true_form") != pl.col("product_form"))
    other = [
        pl.when(differs).then("true_species").otherwise(mistaken).alias("other_species"),
        pl.when(differs).then("true_form").otherwise("product_form").alias("other_form"),
    ]
    changed = other_areas(generator, scenario, lines["catch_area"], np.ones(lines.height, dtype=np.bool_))
    return lines.select(
        "row", "item_no", "hs6", "species", "product_form", "catch_area", "net_kg", *other, other_area=changed
    )


def _of_goods(scenario: PapersScenario, papers: pl.DataFrame, goods: pl.DataFrame) -> pl.DataFrame:
    """A line per line of goods, of all papers but certificates and those that name no goods."""
    named = papers.filter(~pl.col("kind").is_in([CERTIFICATE, *scenario.without_lines]))
    whole = named.select(
        "document_id",
        "kind",
        "told_by",
        "kg_factor",
        "slip",
        "other_species_on_papers",
        "paper_area",
        "paper_gear",
        "paper_catch_from",
        "paper_catch_to",
    ).join(goods, left_on="told_by", right_on="row", how="inner", maintain_order="left_right")
    species, catch = pl.col("kind").is_in(OF_SPECIES), pl.col("kind").is_in(OF_CATCH)
    told = whole.with_columns(
        species=pl.when(species).then(_either("species")),
        product_form=pl.when(species).then(_either("product_form")),
        correct_kg=(pl.col("net_kg") * pl.col("kg_factor")).round(1),
    )
    fishy = catch & pl.col("species").is_not_null()
    return told.select(
        "document_id",
        line_no=pl.int_range(1, pl.len() + 1).over("document_id"),
        hs6=pl.when(pl.col("kind") != "harbour_clearance").then("hs6"),
        species="species",
        product_form="product_form",
        catch_area=pl.when(fishy).then(pl.coalesce("paper_area", "catch_area")),
        gear=pl.when(fishy).then("paper_gear"),
        catch_from=pl.when(fishy).then("paper_catch_from"),
        catch_to=pl.when(fishy).then("paper_catch_to"),
        live_kg=pl.lit(None, pl.Float64),
        net_kg=(pl.col("correct_kg") * pl.col("slip")).round(3),
        correct_kg="correct_kg",
    )


def _either(column: str) -> pl.Expr:
    other = {"species": "other_species", "product_form": "other_form"}[column]
    return pl.when("other_species_on_papers").then(other).otherwise(column)


def _of_certificates(scenario: PapersScenario, papers: pl.DataFrame, goods: pl.DataFrame) -> pl.DataFrame:
    """One line each: the certified live weight of the species, and what this consignment takes of it."""
    per_net = pl.col("product_form").replace_strict(scenario.live_per_net, default=1.0, return_dtype=pl.Float64)
    taken = goods.group_by("row", "species", maintain_order=True).agg(
        pl.col("hs6", "product_form", "catch_area", "other_species", "other_form", "other_area").first(),
        pl.col("net_kg").sum(),
        live=(pl.col("net_kg") * per_net).sum(),
    )
    named = papers.filter(pl.col("kind") == CERTIFICATE).drop("net_kg", "hs6", strict=False)
    whole = named.join(taken, on=["row", "species"], how="left", maintain_order="left")
    own = (pl.col("live") * pl.col("margin")).round()
    of_voyage = pl.when(pl.col("species") == pl.col("certificate_species")).then("certified_kg")
    return whole.with_columns(correct_kg=(pl.col("net_kg") * pl.col("kg_factor")).round(1)).select(
        "document_id",
        line_no=pl.lit(1, pl.Int64),
        hs6="hs6",
        species=_either("species"),
        product_form=_either("product_form"),
        catch_area=pl.coalesce("paper_area", "catch_area"),
        gear="paper_gear",
        catch_from="paper_catch_from",
        catch_to="paper_catch_to",
        live_kg=of_voyage.fill_null(own),
        net_kg=(pl.col("correct_kg") * pl.col("slip")).round(3),
        correct_kg="correct_kg",
    )
