"""One night, made into a draft folder: `ranked/` with the list, `quarantine/` with the rows that were set aside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.asked import Asked
from features.open import open_at
from features.party_history import party_history
from features.rules import apply_rules
from models.bundle import Bundle
from models.selection import SelectionPolicy, select
from pipeline import ranked, workbook
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.options import policy_of, rules_of
from pipeline.page.data import Beside
from pipeline.page.write import write as write_page
from pipeline.reasons import NO_REASONS, bases_of, reasons_of
from pipeline.runs import Stopwatch, code_version, instant_text, write_json
from pipeline.score import Scored, score

REASONS_FOR_CAPACITIES = 3  # reasons are given for the first three times what an office can open


@dataclass(frozen=True)
class Made:
    """The list of a night, what run.json says of it, what the files (not the rows) gave cause to say, and the ids of
    the consignments that are not on the list because their own row is in quarantine."""

    ranked: pl.DataFrame
    run: dict[str, Any]
    notices: tuple[str, ...]
    set_aside: tuple[str, ...]


def make(house: House, as_of: datetime, bundle: Bundle | None, draft: Path) -> Made:
    """Makes a night from the rows visible at `as_of` and writes it under `draft`. Raises InputsRefused."""
    watch = Stopwatch()
    with watch.stage("read"):
        inputs = house.read(as_of, "rank")
    with watch.stage("features"):
        opened = open_at(inputs.tables, as_of, house.settings.open_days, house.catalogue.options)
        asked = Asked(inputs.tables, opened)
        features = house.catalogue.build(inputs.tables, opened)
    with watch.stage("score"):
        scored = score(opened, features, house.catalogue, bundle)
        policy = policy_of(house.settings)
        selected = select(_to_select(scored, asked, features, house, as_of), scored.schemes, as_of, policy)
    with watch.stage("reasons"):
        reasons = _reasons(selected, features, asked, house, bundle, policy)
    with watch.stage("write"):
        table = ranked.ranked_table(_with_scheme(selected, scored), reasons, as_of, list(scored.schemes))
        run = run_of(house, as_of, bundle, inputs, table)
        folder = draft / "ranked"
        folder.mkdir()
        ranked.write(table, folder)
        workbook.write(table, house.settings, as_of, folder / "ranked.xlsx")
        write_page(table, house.settings, _beside(table, asked, features, house, bundle), as_of, folder)
        write_json(folder / "run.json", run)
        _write_quarantine(inputs, draft / "quarantine")
    unread = {"not_yet_visible": inputs.not_yet_visible, "older": inputs.older}
    timing = {**watch.told(), **unread, "notices": _texts(inputs.notices)}
    write_json(folder / "timing.json", timing)
    return Made(table, run, tuple(timing["notices"]), _set_aside(inputs))


def _beside(table: pl.DataFrame, asked: Asked, features: pl.DataFrame, house: House, bundle: Bundle | None) -> Beside:
    """What the page tells beside the list."""
    told = table.filter(pl.col("selected") | (pl.col("reasons").list.len() > 0)).select("consignment_id")
    questions = asked.questions.join(told, on="consignment_id", how="semi", maintain_order="left")
    ids = questions.with_row_index("question").select("question", "consignment_id")
    history = party_history(Asked(asked.tables, questions)).join(ids, on="question", maintain_order="left")
    if bundle is None:
        return Beside({}, history)
    bases = {scheme: bases_of(bundle, scheme, features, house.catalogue) for scheme in bundle.schemes}
    return Beside({name: bases[name] for name in house.settings.schemes if name in bases}, history)


def _to_select(scored: Scored, asked: Asked, features: pl.DataFrame, house: House, as_of: datetime) -> pl.DataFrame:
    ruled = apply_rules(features, rules_of(house.settings), as_of)
    return scored.rows.with_columns(
        office=asked.consignment["office"],
        referrals=ruled["referrals"],
        referred=ruled["referrals"].list.len() > 0,
        rule_share=ruled["rule_share"],
    )


def _with_scheme(selected: pl.DataFrame, scored: Scored) -> pl.DataFrame:
    """Where nothing was scored, the first scheme that applies is named."""
    applying: list[pl.Expr] = [pl.when(pl.col(name)).then(pl.lit(name)) for name in scored.schemes]
    first = pl.coalesce(applying or [pl.lit(None)])
    return selected.with_columns(scheme=pl.coalesce("scheme", first).cast(pl.String))


def _reasons(
    selected: pl.DataFrame,
    features: pl.DataFrame,
    asked: Asked,
    house: House,
    bundle: Bundle | None,
    policy: SelectionPolicy,
) -> pl.DataFrame:
    sizes = selected.group_by("office").len()
    shown = {
        office: REASONS_FOR_CAPACITIES * policy.rows(office, size)
        for office, size in zip(sizes["office"], sizes["len"], strict=True)
    }
    limit = pl.col("office").replace_strict(shown, return_dtype=pl.Int64) if shown else pl.lit(0)
    wanted = selected.filter((pl.col("rank") <= limit) | pl.col("selected"), pl.col("scheme").is_not_null())
    if bundle is None:
        return NO_REASONS
    return reasons_of(wanted, features, asked, house.catalogue, bundle)


def run_of(house: House, as_of: datetime, bundle: Bundle | None, inputs: Inputs, table: pl.DataFrame) -> dict[str, Any]:
    """What made the list, from visible rows alone: equal however the files are cut and whatever came later."""
    not_assessable = house.catalogue.not_assessable(inputs.tables, as_of)
    return {
        "as_of": instant_text(as_of),
        "model": None
        if bundle is None
        else {"name": bundle.name, "trained_until": instant_text(bundle.as_of), "fingerprint": bundle.fingerprint},
        "features": house.catalogue.fingerprint,
        "configuration": house.settings.fingerprint,
        "inputs": inputs.fingerprints(),
        "code": code_version(),
        "seed": house.settings.seed,
        "rows": inputs.counts,
        "ranked": {
            "rows": table.height,
            "selected": int(table["selected"].sum()),
            "abstained": int(table["abstained"].is_not_null().sum()),
        },
        "not_assessable": not_assessable,
        "warnings": _warnings(house, inputs, not_assessable, table),
    }


def _warnings(house: House, inputs: Inputs, not_assessable: dict[str, str], table: pl.DataFrame) -> list[str]:
    expected = set(house.settings.not_delivered)
    told = _texts(inputs.violations)
    for family, why in not_assessable.items():
        reads = {name for i in house.catalogue.declared(family) for name in i.reads}
        absent = {name for name in reads if inputs.tables.delivered_from(name) is None}
        if absent - expected:
            told.append(f"family {family} is not wholly assessable: {why}")
    abstained = table["abstained"].drop_nulls()
    told += [
        f"{count} consignments were not scored: {why}"
        for why, count in abstained.value_counts().sort("abstained").iter_rows()
    ]
    return told


def _texts(violations: Any) -> list[str]:
    return [str(violation) for violation in violations]


def _set_aside(inputs: Inputs) -> tuple[str, ...]:
    quarantined = inputs.quarantine.get("consignment")
    return () if quarantined is None else tuple(quarantined["consignment_id"].drop_nulls().unique().sort())


def _write_quarantine(inputs: Inputs, folder: Path) -> None:
    for table, rows in inputs.quarantine.items():
        if rows.height:
            folder.mkdir(exist_ok=True)
            rows.rechunk().write_parquet(folder / f"{table}.parquet", compression="zstd")


def files_of(folder: Path) -> dict[str, str]:
    """SHA-256 by file name of a night's folder; timing.json, which tells only how long it took, is left out."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*"))
        if path.is_file() and path.name != "timing.json"
    }
