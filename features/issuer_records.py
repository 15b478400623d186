"""Papers against what the issuing state's customs told of them (MR-03, MR-05, MR-06, MR-07, BD-27).

A paper and a record belong together where issuer country and number are the same. Only papers of imports are looked up:
the exporting state tells of what went to us.
"""

from __future__ import annotations

import polars as pl

from features.asked import with_headings
from features.asof import visible_rows
from features.division import divided
from features.document_numbers import coded_exports
from features.names import similarity
from features.papers import Papers
from features.species import told_species
from features.transmission import KEY, registers_from, told_from, usual_lag

RECORD_COLUMNS = ("consignee", "destination_port", "hs6", "species", "net_kg", "use")
ENTRY, ORIGIN = "export_entry", "origin_certificate"
QUANTITY_TOLERANCE = 0.05  # of the recorded mass: what CCAMLR's reconciliation of catch documents lets pass (S56)
DIGITS = 6
_LOOKED_UP = ("document_id", "issuer_country", "number", "code", "issued_at")
_LISTED = 3  # numbers, in a sentence
_HOURS_PER_DAY = 24
_IN_DAYS = ("issuer_lag_days", "days_since_arrival", "days_since_issue")


def looked_up(papers: Papers, kind: str) -> pl.DataFrame:
    """The papers of a kind of imports: `entry` (row number), question, document_id, issuer_country, number, dates."""
    documents = papers.told(*_LOOKED_UP, "use", kinds=(kind,))
    of_question = documents["question"]
    consignment = papers.consignment.select("regime", "arrived_at", "cutoff")[of_question]
    return (
        documents.hstack(consignment)
        .filter(pl.col("regime") == "import", pl.col("code").is_not_null())
        .with_row_index("entry")
        .select("entry", "question", *_LOOKED_UP, "arrived_at", "cutoff", "use")
    )


def records_of(papers: Papers, entries: pl.DataFrame) -> pl.DataFrame:
    """The issuer's visible rows of each paper: `entry`, the key of partner_export, RECORD_COLUMNS."""
    return visible_rows(
        coded_exports(papers.asked.tables), KEY, entries, ["issuer_country", "code"], RECORD_COLUMNS
    ).rename({"question": "entry"})


def record_answers(papers: Papers) -> pl.DataFrame:
    """Per question the indicators of the export entry and of the origin certificate, and what is compared."""
    entries, certificates = _with_lags(papers, looked_up(papers, ENTRY), looked_up(papers, ORIGIN))
    records = records_of(papers, entries)
    parts = [
        _unknown_numbers(papers, entries, records),
        _species(papers, entries, records),
        _consignees(papers, entries, records),
        _destinations(papers, entries, records),
        _origin_certificates(papers, certificates),
    ]
    whole = papers.asked.questions.with_row_index("question").select("question")
    for part in parts:
        whole = whole.join(part, on="question", how="left", maintain_order="left")
    return whole.drop("question")


def _with_lags(papers: Papers, entries: pl.DataFrame, certificates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with `lag_hours`, the usual lag of their issuer: learned once for the two."""
    asked = pl.concat([entries, certificates]).select("issuer_country", "cutoff")
    hours = usual_lag(papers.asked.tables, asked).alias("lag_hours")
    return entries.with_columns(hours.head(entries.height)), certificates.with_columns(hours.slice(entries.height))


def _waited(entries: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The papers with `is_found`, and the hours since arrival and since issue."""
    elapsed = {
        f"since_{name}": divided((pl.col("cutoff") - pl.col(f"{name}_at")).dt.total_microseconds(), 3_600_000_000)
        for name in ("arrived", "issued")
    }
    return entries.with_columns(
        is_found=pl.col("entry").is_in(records["entry"].unique().implode()),
        **elapsed,
    )


def _is_told(entries: pl.DataFrame, papers: Papers) -> pl.Series:
    """Per entry whether its issuer is known by then to tell of goods of the main line's chapter."""
    chapters = with_headings(papers.asked.main_item).select("question", "hs2")
    told = entries.join(chapters, on="question", how="left", maintain_order="left").join(
        told_from(papers.asked.tables), on=["issuer_country", "hs2"], how="left", maintain_order="left"
    )
    return told.select(is_told=(pl.col("told_from") <= pl.col("cutoff")).fill_null(False))["is_told"]


def _unknown_numbers(papers: Papers, entries: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    waited = _waited(entries, records).with_columns(is_told=_is_told(entries, papers))
    silent = ~pl.col("is_found") & pl.col("is_told")
    judged = waited.with_columns(
        is_unknown=_is_unknown(silent),
        waits=pl.when("is_found")
        .then(0.0)
        .when(silent & (pl.col("since_issued") >= 0))
        .then(pl.col("since_issued") / pl.max_horizontal("lag_hours", pl.lit(1.0))),
    )
    not_found = (
        judged.filter(~pl.col("is_found"))
        .group_by("question", maintain_order=True)
        .agg(
            entries_not_found=pl.col("number").head(_LISTED).str.join(", "),
            days_since_issue=pl.col("since_issued").max(),
        )
    )
    return (
        judged.group_by("question")
        .agg(
            number_unknown_to_issuer=pl.col("is_unknown").any(ignore_nulls=False),
            issuer_record_overdue_ratio=pl.col("waits").max(),
            issuer_lag_days=pl.col("lag_hours").max(),
            days_since_arrival=pl.col("since_arrived").max(),
        )
        .join(not_found, on="question", how="left")
        .with_columns(divided(pl.col(name), _HOURS_PER_DAY).alias(name) for name in _IN_DAYS)
    )


def _is_unknown(silent: pl.Expr) -> pl.Expr:
    """Found: no. Silent for longer after the arrival than the usual lag: yes. Else nobody can tell yet."""
    return pl.when("is_found").then(False).when(silent & (pl.col("since_arrived") > pl.col("lag_hours"))).then(True)


def _species(papers: Papers, entries: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    species_hs = papers.options.species_hs
    items = papers.asked.items.select("question", "species", "hs6")
    recorded = records.join(entries.select("entry", "question"), on="entry").select("question", "species", "hs6")
    declared = items.with_columns(told_species(items, species_hs)).select("question", "species").drop_nulls().unique()
    recorded = (
        recorded.with_columns(told_species(recorded, species_hs)).select("question", "species").drop_nulls().unique()
    )
    both = declared.join(recorded, on=["question", "species"]).group_by("question").agg(both=pl.len())
    sets = _set(declared, "species_declared").join(_set(recorded, "species_at_issuer"), on="question")
    return (
        sets.join(both, on="question", how="left")
        .with_columns(pl.col("both").fill_null(0))
        .select(
            "question",
            species_mismatch_to_issuer=1
            - pl.col("both") / (pl.col("species_declared_count") + pl.col("species_at_issuer_count") - pl.col("both")),
            species_declared="species_declared",
            species_at_issuer="species_at_issuer",
        )
    )


def _set(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.group_by("question").agg(
        pl.len().alias(f"{name}_count"), pl.col("species").sort().str.join(", ").alias(name)
    )


def _consignees(papers: Papers, entries: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Per entry the consignee that is most like the importer; per question the entry that is least."""
    names = records.select("entry", "consignee").drop_nulls().unique()
    beside = names.join(entries.select("entry", "question"), on="entry")
    beside = beside.with_columns(importer_named=papers.importer_name.gather(beside["question"]))
    return (
        beside.with_columns(likeness=similarity(beside["consignee"], beside["importer_named"]))
        .drop_nulls("likeness")
        .sort("entry", "likeness", "consignee", descending=[False, True, False])
        .unique("entry", keep="first", maintain_order=True)
        .sort("question", "likeness", "consignee")
        .unique("question", keep="first", maintain_order=True)
        .select(
            "question",
            consignee_mismatch_to_issuer=(1 - pl.col("likeness")).round(DIGITS),
            consignee_at_issuer="consignee",
            importer_named="importer_named",
        )
    )


def _destinations(papers: Papers, entries: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Whether an entry was cleared for ports of which none is the port of discharge, or another code of it."""
    groups = papers.options.port_groups
    ports = records.select("entry", "destination_port").drop_nulls().unique()
    beside = ports.join(entries.select("entry", "question"), on="entry").join(
        papers.consignment.select("question", "discharge_port"), on="question"
    )
    if not groups.height:  # whether two codes name one port is not known
        beside = beside.clear()
    place = {
        name: pl.col(name).replace(dict(groups.select("unlocode", "group").rows()))
        for name in ("destination_port", "discharge_port")
    }
    return (
        beside.drop_nulls("discharge_port")
        .with_columns(is_same=place["destination_port"] == place["discharge_port"])
        .group_by("question", "entry")
        .agg(pl.col("is_same").any(), pl.col("destination_port"), pl.col("discharge_port").first())
        .group_by("question")
        .agg(
            destination_mismatch_to_issuer=~pl.col("is_same").all(),
            ports_at_issuer=pl.col("destination_port").explode().unique().sort().str.join(", "),
            port_of_discharge=pl.col("discharge_port").first(),
        )
    )


def _origin_certificates(papers: Papers, certificates: pl.DataFrame) -> pl.DataFrame:
    """Whether an origin certificate is unknown to an issuer that tells them, or stands for another mass there."""
    records = records_of(papers, certificates)
    waited = _waited(certificates, records).join(
        registers_from(papers.asked.tables, ORIGIN), on="issuer_country", how="left", maintain_order="left"
    )
    silent = ~pl.col("is_found") & (pl.col("told_from") <= pl.col("cutoff")).fill_null(False)
    stated = (
        papers.told_by_line("document_id", "net_kg", kinds=(ORIGIN,))
        .group_by("question", "document_id")
        .agg(stated_kg=_whole(pl.col("net_kg")))
    )
    recorded = records.group_by("entry").agg(recorded_kg=_whole(pl.col("net_kg")))
    gap = (pl.col("stated_kg") - pl.col("recorded_kg")).abs() / pl.max_horizontal("recorded_kg", pl.lit(1.0))
    return (
        waited.join(stated, on=["question", "document_id"], how="left", maintain_order="left")
        .join(recorded, on="entry", how="left", maintain_order="left")
        .with_columns(
            is_forged=pl.when("is_found").then(gap > QUANTITY_TOLERANCE).otherwise(_is_unknown(silent)),
        )
        .sort("question", "entry")
        .group_by("question", maintain_order=True)
        .agg(
            origin_certificate_has_forged_shape=pl.col("is_forged").any(ignore_nulls=False),
            origin_certificates_told=_told_certificate().head(_LISTED).str.join("; "),
        )
    )


def _whole(kilograms: pl.Expr) -> pl.Expr:
    """The sum, to a gram; null where a part is not stated."""
    return pl.when(kilograms.is_not_null().all()).then(kilograms.sort().sum().round(3))


def _told_certificate() -> pl.Expr:
    states = pl.format("{} kg, recorded {} kg", pl.col("stated_kg").round(1), pl.col("recorded_kg").round(1))
    return pl.format(
        "{}: {}",
        "number",
        pl.when(~pl.col("is_found")).then(pl.lit("no record")).otherwise(pl.coalesce(states, pl.lit("recorded"))),
    )
