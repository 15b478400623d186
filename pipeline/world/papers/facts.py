"""What the papers of a consignment are about: its parties, vessel, catch, dates, and which symptoms they show."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, in_seconds
from pipeline.world.papers.certificates import sisters, whole_seconds
from pipeline.world.papers.symptoms import paper_symptoms
from pipeline.world.randomness import between, stream
from pipeline.world.scenario.papers import PapersScenario

SUBJECT = "papers"
OF_VOYAGE = ("voyage", "catch", "from_port", "departed", "fishing_to", "earlier_own", "earlier_other")
SEA_PAPERS_ONLY = ("missing_export_entry", "missing_catch_certificate", "substitute", "old_certificate")


def paper_facts(
    seed: int,
    scenario: PapersScenario,
    chunk: int,
    cases: pl.DataFrame,
    lines: pl.DataFrame,
    voyages: pl.DataFrame,
    certificates: pl.DataFrame,
    hulls: pl.DataFrame,
    firm_rows: pl.DataFrame,
) -> pl.DataFrame:
    """A row per consignment, in the order of `cases`: its columns and what its papers are made from.

    Added: strand, importer_id, exporter_id, importer_name, exporter_name, another_holder_id, another_name,
    another_exporter (some other firms), vessel_id, sister_id (another vessel of its fleet), named_vessel (which the
    certificate says has fished), landed (arrival), cleared (when its export entry is), port_of_clearing,
    catch_voyage (bool), twin (the row of an earlier consignment much like it, null where there is none), a column per
    symptom, and the columns of the certificate that it cites (`certificates`, null where no voyage landed it).
    """
    generator = stream(seed, SUBJECT, chunk)
    shows = {
        name: pl.Series(name, shown)
        for name, shown in paper_symptoms(seed, SUBJECT, chunk, scenario.symptoms, cases["mechanism"]).items()
    }
    of_voyage = voyages.join(certificates.drop("species"), on="voyage", how="left").select(OF_VOYAGE)
    rows = cases.join(of_voyage, on="voyage", how="left", maintain_order="left").with_columns(shows.values())
    rows = _with_strand(scenario, rows)
    rows = _with_parties(rows, firm_rows)
    rows = _with_vessel(rows, hulls)
    rows = rows.with_columns(twin=_twins(rows, lines), catch_voyage=pl.col("catch").fill_null(False))
    rows = rows.with_columns(_cited(scenario, generator, rows)).with_columns(_gates(scenario))
    rows = rows.with_columns(
        cited=pl.when("old_certificate").then("cited").when("catch_voyage").then("voyage"),
        **_dates(scenario, generator, rows),
    )
    cited = certificates.drop("earlier_own", "earlier_other").rename(
        {"voyage": "cited", "species": "certificate_species"}
    )
    rows = rows.join(cited, on="cited", how="left", maintain_order="left")
    return rows.with_columns(named_vessel=_named(scenario, generator, rows, hulls))


def _named(
    scenario: PapersScenario, generator: np.random.Generator, rows: pl.DataFrame, hulls: pl.DataFrame
) -> pl.Expr:
    """The vessel that the certificate says has fished; of a consignment that no voyage landed, any that fishes."""
    ids = hulls.sort("hull")["vessel_id"]
    fishing = hulls.sort("hull").filter(pl.col("kind") == "fishing")["vessel_id"]
    told = ids.gather(rows["named_hull"].cast(pl.Int64))
    if fishing.is_empty():
        return pl.lit(told)
    any_vessel = fishing.gather(pl.Series(generator.integers(0, len(fishing), rows.height)))
    sea = pl.col("strand") == scenario.strands[scenario.sea_lane]
    return pl.lit(told).fill_null(pl.when(sea).then(any_vessel))


def _with_strand(scenario: PapersScenario, rows: pl.DataFrame) -> pl.DataFrame:
    foreign = (pl.col("lane") == scenario.sea_lane) & (pl.col("origin_country") != scenario.certifying_state)
    told = pl.col("lane").replace_strict(scenario.strands, return_dtype=pl.String)
    return rows.with_columns(strand=pl.when(foreign).then(pl.lit(scenario.other_sea_strand)).otherwise(told))


def _with_parties(rows: pl.DataFrame, firm_rows: pl.DataFrame) -> pl.DataFrame:
    """Ids and names of the importer and the exporter, and of firms that stand in their place elsewhere in the chunk."""
    firms = firm_rows.sort("party").select("party_id", "name")
    half = max(1, rows.height // 2)

    def of(role: str, column: str) -> pl.Series:
        return firms[column].gather(rows[role].cast(pl.Int64))

    def elsewhere(values: pl.Series) -> pl.Series:
        return pl.concat([values.slice(half), values.slice(0, half)]) if len(values) > half else values

    return rows.with_columns(
        importer_id=of("importer", "party_id"),
        exporter_id=of("exporter", "party_id"),
        importer_name=of("importer", "name"),
        exporter_name=of("exporter", "name"),
        another_holder_id=elsewhere(of("exporter", "party_id")),
        another_name=elsewhere(of("importer", "name")),
        another_exporter=elsewhere(of("exporter", "name")),
    )


def _with_vessel(rows: pl.DataFrame, hulls: pl.DataFrame) -> pl.DataFrame:
    """The carrying vessel, and another of its fleet."""
    ids = hulls.sort("hull")["vessel_id"]
    others = sisters(hulls)
    beside = others.select("hull", sister_id=ids.gather(others["sister"]))
    return rows.join(beside, on="hull", how="left", maintain_order="left").with_columns(
        vessel_id=ids.gather(rows["hull"].cast(pl.Int64))
    )


def _twins(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    """For each row the one before it, in this chunk, that its first line is most like: same goods, next mass."""
    first = lines.sort("row", "item_no").group_by("row", maintain_order=True).first()
    goods = ("strand", "hs6", "species", "product_form")
    whole = rows.select("row", "strand").join(first, on="row", how="left", maintain_order="left")
    whole = whole.with_columns(
        lighter=pl.col("row").shift(1).over(goods, order_by=["net_kg", "row"]),
        heavier=pl.col("row").shift(-1).over(goods, order_by=["net_kg", "row"]),
    )
    before = [pl.when(pl.col(side) < pl.col("row")).then(pl.col(side)) for side in ("lighter", "heavier")]
    return whole.select(pl.coalesce(before)).to_series()


def _cited(scenario: PapersScenario, generator: np.random.Generator, rows: pl.DataFrame) -> pl.Series:
    """The earlier voyage whose certificate a consignment would cite: of the same vessel at times."""
    own = pl.Series(generator.random(rows.height) < scenario.certificates.own_earlier)
    earlier = (
        pl.when(own)
        .then(pl.coalesce("earlier_own", "earlier_other"))
        .otherwise(pl.coalesce("earlier_other", "earlier_own"))
    )
    return rows.select(cited=earlier).to_series()


def _gates(scenario: PapersScenario) -> list[pl.Expr]:
    """Symptoms hold only where they can: a paper of an earlier consignment needs one."""
    sea = pl.col("strand") == scenario.strands[scenario.sea_lane]
    gates = dict.fromkeys(SEA_PAPERS_ONLY, sea)
    gates["old_certificate"] = sea & pl.col("cited").is_not_null()
    gates |= {name: pl.col("twin").is_not_null() for name in ("near_duplicate", "reused_entry")}
    return [pl.col(name) & gate for name, gate in gates.items()]


def _dates(scenario: PapersScenario, generator: np.random.Generator, rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """When the export entry is cleared: between the end of fishing (or loading) and the landing or the declaration.

    Out of order, it is cleared before the catch ended or after the landing.
    """
    times, count = scenario.times, rows.height
    part = pl.Series(between(generator, times.entry, count))
    slip = pl.Series(in_seconds(between(generator, times.out_of_order, count), DAY))
    early = pl.col("out_of_order") & pl.Series(generator.random(count) < 1 / 2)
    loading = pl.col("departed") - round(times.loading * DAY)
    crossing = pl.col("arrived") - round(times.crossing * DAY)
    ready = pl.when("catch_voyage").then(pl.col("fishing_to")).otherwise(pl.coalesce(loading, crossing))
    ready = ready.fill_null(crossing)
    end = pl.min_horizontal("arrived", "declared")
    lawful = ready + whole_seconds(pl.max_horizontal(end - ready, pl.lit(round(times.least_hours * HOUR))) * part)
    wrong = pl.when(early & pl.col("catch_voyage")).then(ready - slip).otherwise(pl.col("arrived") + slip)
    return {
        "landed": pl.col("arrived"),
        "ready": ready,
        "cleared": whole_seconds(pl.when("out_of_order").then(wrong).otherwise(lawful)),
        "port_of_clearing": pl.when("catch_voyage").then(pl.col("from_port")).fill_null(pl.col("loading_port")),
    }
