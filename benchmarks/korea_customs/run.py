"""`make korea`: every figure of README.md, and predictions.parquet.

python -m benchmarks.korea_customs.run --raw FOLDER [--work FOLDER]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

# One thread, so that the CPU seconds in the tables are those of one; read when the libraries are loaded.
os.environ.update(POLARS_MAX_THREADS="1", OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")

import numpy as np
import polars as pl

from benchmarks.korea_customs import published, shortcuts
from benchmarks.korea_customs.declarations import LABELS, VALIDATION, Declarations, read_declarations
from benchmarks.korea_customs.page import page
from benchmarks.korea_customs.parts import (
    DELAYS,
    choose,
    fifteen_months,
    figures,
    more_goods,
    part_a,
    part_b,
)
from benchmarks.korea_customs.service import Clock, Features, Fitted
from benchmarks.korea_customs.unseen import attempts, siblings
from features.asked import Asked
from models.evaluation import evaluate
from models.novelty import novelty
from pipeline.novelty import beside
from pipeline.options import policy_of
from pipeline.terminal import progress

HERE = Path(__file__).resolve().parent
STEPS = 16


def main(arguments: list[str]) -> int:
    """Makes the tables; returns the exit code."""
    options = _arguments(arguments)
    files = [f"df_syn_{part}_eng.csv" for part in published.PARTS]
    missing = [file for file in files if not list(options.raw.glob(f"{file}*"))]
    if missing:
        sys.stderr.write(
            f"korea: needed {', '.join(missing)} (or .gz) in the folder {options.raw}, found none. Fetch the folder "
            "data of Seondong/Customs-Declaration-Datasets, and name it: make korea KOREA_DATA=FOLDER\n"
        )
        return 2
    with progress("korea", STEPS) as step:
        report = measure(options.raw, options.work, step)
    (HERE / "README.md").write_text(page(report), encoding="utf-8")
    report["predictions"].write_parquet(HERE / "predictions.parquet")
    sys.stdout.write(f"{HERE / 'README.md'}\n{HERE / 'predictions.parquet'}\n")
    return 0


def measure(raw: Path, work: Path, step: Any) -> dict[str, Any]:
    """All figures, as the page needs them."""
    begun, started = time.process_time(), Clock()
    declarations = read_declarations(raw, work)
    reading = time.process_time() - begun
    step(1)
    with_everything = Features(declarations, declarations.findings(before=VALIDATION), Clock())
    chosen, tried = choose(declarations, with_everything)
    step(3)
    twelve = part_a(declarations, chosen, started)
    step(1)
    fifteen = fifteen_months(declarations, chosen, twelve, Clock())
    step(1)
    late = {}
    for days in DELAYS:
        late[days] = part_b(declarations, chosen, twelve, days, Clock())
        step(1)
    others = _others(declarations, raw, with_everything.frame)
    step(5)
    first = declarations.between(None, VALIDATION)
    before = {"twelve": first, "fifteen": first | declarations.validation}
    return {
        "reading": reading,
        "clock": started,
        "chosen": chosen,
        "tried": tried,
        "twelve": {scheme: figures(declarations, scheme, twelve[scheme], before["twelve"]) for scheme in LABELS},
        "fifteen": {
            scheme: figures(declarations, scheme, fifteen[scheme], before["fifteen"], twelve[scheme])
            for scheme in LABELS
        },
        "late": {
            days: {
                scheme: figures(declarations, scheme, each[scheme], before["fifteen"], twelve[scheme])
                for scheme in LABELS
            }
            for days, each in late.items()
        },
        "others": others,
        "attempts": attempts(declarations, with_everything, declarations.house.settings.params.findings.prior_strength),
        "known": _by_what_was_known(declarations, twelve["fraud"]),
        "siblings": siblings(declarations),
        "more": more_goods(declarations, chosen, Clock()),
        "who": _who_ships(declarations, with_everything.frame),
        "flags": _flags(declarations, twelve),
        "rows": len(declarations.questions),
        "predictions": _predictions(declarations, twelve),
    }


def _predictions(declarations: Declarations, fitted: dict[str, Fitted]) -> pl.DataFrame:
    columns = {f"p_{scheme}": fitted[scheme].probabilities for scheme in LABELS}
    rows = declarations.questions.select("consignment_id").with_columns(**columns)
    return rows.filter(pl.Series(declarations.test))


def _others(declarations: Declarations, raw: Path, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The publishers' learners and the short cuts, on their own matrix or on features of part A, for fraud."""
    rows = published.raw_declarations(raw)
    order = declarations.questions.select("consignment_id").join(
        rows.with_row_index("place").select("place", consignment_id="Declaration ID"),
        on="consignment_id",
        how="left",
        maintain_order="left",
    )["place"]
    matrix = published.encoded(rows)[order.to_numpy()]
    labels, train = declarations.labels("fraud"), declarations.train
    prior = declarations.house.settings.params.findings.prior_strength
    scores: dict[str, Any] = {
        name: published.fitted(make(), matrix, labels, train) for name, make in published.learners().items()
    }
    scores["publishers' notebook: XGBoost"] = published.notebook_xgboost(matrix, labels, train)
    scores["target encoding of codes, fitted in sample (the classic leak)"] = published.leaking_target_encoding(
        matrix, published.codes(rows), labels, train
    )
    scores["as-of rates of single keys (codes and parties), LightGBM"] = shortcuts.single_keys(
        frame, "fraud", labels, train
    )
    scores["back-off table over keys, no learner"] = shortcuts.back_off(frame, "fraud", prior)
    test, new = declarations.test, declarations.test & declarations.new(train)
    return [
        {
            "name": name,
            "all": evaluate(labels[test], np.asarray(said)[test]),
            "new": evaluate(labels[new], np.asarray(said)[new]),
        }
        for name, said in scores.items()
    ]


def _by_what_was_known(declarations: Declarations, fitted: Fitted) -> list[dict[str, Any]]:
    """New test rows by how much of their goods training had met."""
    questions = declarations.questions.join(
        declarations.tables["goods_item"], on="consignment_id", how="left", maintain_order="left"
    ).join(
        declarations.tables["consignment"].select("consignment_id", "dispatch_country"),
        on="consignment_id",
        how="left",
        maintain_order="left",
    )
    route = ["hs6", "dispatch_country", "origin_country"]
    levels = {
        "all but the mass": [*route, "duty_rate", "duty_regime"],
        "HS code and countries": route,
        "HS code": ["hs6"],
    }
    left = declarations.test & declarations.new(declarations.train)
    labels = declarations.labels("fraud")
    told = []
    for name, columns in levels.items():
        key = questions.select(pl.struct(columns).rank("dense")).to_series().to_numpy()
        rows = left & np.isin(key, key[declarations.train])
        left = left & ~rows
        told.append({"name": name, **evaluate(labels[rows], fitted.probabilities[rows], draws=200)})
    return [*told, {"name": "nothing", **evaluate(labels[left], fitted.probabilities[left], draws=200)}]


def _who_ships(declarations: Declarations, frame: pl.DataFrame) -> dict[str, float]:
    """AUC of the rate of who ships alone, on the test rows."""
    labels, test = declarations.labels("fraud"), declarations.test
    found = {}
    for key in ("importer_id", "exporter_id", "declarant_id", "office"):
        rate = frame[f"fraud_rate_by_{key}"].fill_null(frame["fraud_base_rate"]).to_numpy()
        found[key] = float(evaluate(labels[test], rate[test])["auc"])
    return found


def _flags(declarations: Declarations, fitted: dict[str, Fitted]) -> list[str]:
    """What the product's novelty report says of the test part, told nothing but the columns."""
    house = declarations.house
    known = beside(Asked(declarations.tables, declarations.questions), policy_of(house.settings))
    train, test = np.flatnonzero(declarations.train), np.flatnonzero(declarations.test)
    flags = []
    for scheme in LABELS:
        labels = declarations.labels(scheme)
        report = novelty(
            known.take(train).identity,
            labels[train],
            known.take(test).identity,
            labels[test],
            fitted[scheme].probabilities[test],
            known.keys,
            draws=200,
        )
        flags += [f"{scheme}: {flag}" for flag in report["flags"]]
    return flags


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="korea", description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="scratch folder, ignored by git")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
