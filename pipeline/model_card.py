"""The card of a model: what it is for, what it learned from, how well it did, what it must not be used for.

Made from one training alone, so that an equal training gives an equal card. Figures have 95 % intervals and begin with
goods that training had not seen: those of all rows flatter a model that remembers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.training import NotTrainable, TrainedScheme
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.matrix import Matrix
from pipeline.plots import most_gain
from pipeline.runs import code_version, instant_text
from pipeline.tell_novelty import with_interval

MOST_INDICATORS = 10
MEASURES = {"average_precision": "average precision", "auc": "AUC", "brier": "Brier score"}
USE = """\
It orders the open consignments of a night, an office at a time, so that officers open first what is most likely to be
confirmed. A probability estimates how often an opened consignment that looks like this one is confirmed. A list is
advice: an officer opens, looks, and reports what was found.

## What it must not be used for

- As proof, as the ground of a penalty, or to refuse or hold goods without an officer's own look.
- To judge a person or a company: it scores consignments, and a party's past is one indicator among others.
- For consignments outside the scope of a scheme, for a night before it was trained (the product refuses), or with the
  data of another service than the one that taught it.
- To say how much smuggling there is: what was never opened taught it nothing."""
LIMITS = """\
- Only opened consignments have labels, and officers chose which, save those drawn at random (`exploration`). What
  nobody opens it cannot learn to find.
- It was judged on rows with a finding alone, by a model fitted on earlier rows; the registered one is fitted on all.
- Trade and evasion change. Train again as findings come in, and compare before promoting (docs/models.md).
- Where an interval is wide, or a part has few finds, the figure says little.
- Learned from the demonstration world (`tidewaiter world`), figures say that the pipeline works, and nothing about any
  real trade."""


def card(
    house: House,
    name: str,
    until: datetime,
    inputs: Inputs,
    learned: Mapping[str, TrainedScheme | NotTrainable],
    matrix: Matrix,
) -> str:
    """The card as Markdown; `learned` by scheme, from the rows of `matrix`."""
    schemes = sorted(learned.items())
    parts = [f"# Model {name}", "", "## What it is for", "", USE, "", "## What it learned from", ""]
    parts += _data(house, until, inputs)
    for scheme, result in schemes:
        parts += ["", f"## {house.settings.schemes[scheme].title or scheme} (`{scheme}`)", ""]
        parts += [f"- Scope: `{house.settings.schemes[scheme].scope}`", *_labels(house, scheme, result, matrix)]
        if isinstance(result, TrainedScheme):
            parts += _judged(result) + _indicators(house, result)
    parts += ["", "## Limits", "", LIMITS, *_left_out(house), "", "## Made from", "", *_made_from(house, inputs)]
    return "\n".join(parts) + "\n"


def _data(house: House, until: datetime, inputs: Inputs) -> list[str]:
    tables = ", ".join(f"{table} {facts['rows']:,}" for table, facts in sorted(inputs.fingerprints().items()))
    return [
        f"- What was known at {instant_text(until)}; rows by table: {tables}",
        f"- Findings whose inspection is at least {house.settings.maturity_days} days old",
        f"- Features as of the last cut-off ({house.settings.cutoff:%H:%M} UTC) before a consignment was chosen",
    ]


def _labels(house: House, scheme: str, result: TrainedScheme | NotTrainable, matrix: Matrix) -> list[str]:
    label = house.settings.schemes[scheme].label
    counts, nights = result.counts, matrix.of(scheme)["cutoff"].dt.strftime("%Y-%m-%d").sort()
    told = f"- Labels: findings named `{label}`, {counts['positives']} confirmed of {counts['rows']}"
    if nights.len():
        told += f", of the nights {nights[0]} to {nights[-1]}"
    if outside := matrix.out_of_scope.get(scheme):
        told += f"; {outside} more of consignments outside the scope were left out"
    return [told, *([f"- **No model.** {result.reason}"] if isinstance(result, NotTrainable) else [])]


def _judged(trained: TrainedScheme) -> list[str]:
    """How it was judged and the figures, what is new before all rows."""
    metrics = trained.metrics
    report = metrics.get("novelty") or {"keys": {}, "flags": []}
    keys = sorted(report["keys"].items(), key=lambda item: (item[0] != "goods", item[0]))
    parts = {f"new {key}": found["new"] for key, found in keys} | {"all rows": metrics}
    lines = [
        f"- Judged out of time: by a model of {metrics['train_rows']} earlier rows, on the "
        f"{metrics['rows']} rows since {metrics['test_from'][:10]}; rounds chosen by {metrics['rounds_chosen_by']}",
        f"- Calibration: {metrics['calibrated_by']} ({metrics['calibration_chosen']}); calibration error "
        f"{with_interval(metrics, 'calibration_error')}",
        *[f"- **{flag}**" for flag in report["flags"]],
        "",
        f"| Judged on | Finds/rows | {' | '.join(MEASURES.values())} |",
        "|---|---" + "|---" * len(MEASURES) + "|",
    ]
    for title, part in parts.items():
        figures = " | ".join(with_interval(part, measure) for measure in MEASURES)
        lines.append(f"| {title} | {part['positives']}/{part['rows']} | {figures} |")
    opened = {"the first 5 %": metrics["at_share"].get("0.05"), "what the offices can open": metrics["at_capacity"]}
    lines += ["", "| Opened | Rows | Precision | Recall |", "|---|---|---|---|"]
    for title, point in opened.items():
        if point:
            lines.append(f"| {title} | {point['rows']} | {_share(point, 'precision')} | {_share(point, 'recall')} |")
    return lines


def _share(point: dict[str, Any], measure: str) -> str:
    """The expected share over the orders of tied rows, with its interval; a dash where it is undefined."""
    found = point[measure] or {}
    return with_interval({measure: found.get("expected"), "intervals": {measure: found.get("interval")}}, measure)


def _indicators(house: House, trained: TrainedScheme) -> list[str]:
    gains = most_gain(trained, MOST_INDICATORS)
    if not gains:
        return ["", "It splits on no indicator: every row gets the same probability."]
    lines = ["", "| Indicator | Share of the gain | What it is |", "|---|---|---|"]
    for name, share in gains:
        meaning = house.catalogue.by_name[name].meaning.replace("|", "\\|")
        lines.append(f"| `{name}` | {share:.1%} | {meaning} |")
    return lines


def _left_out(house: House) -> list[str]:
    absent = [*house.settings.features.leave_out, *house.settings.training.leave_out]
    return [f"- Left out by the settings: {', '.join(absent)}."] if absent else []


def _made_from(house: House, inputs: Inputs) -> list[str]:
    code = code_version()
    return [
        f"- Tidewaiter {code['tidewaiter']}, code `{code['sha256']}`, Python {code['python']}",
        f"- Features `{house.catalogue.fingerprint}`",
        f"- Configuration `{house.settings.fingerprint}`",
        *[f"- Table {table} `{facts['sha256']}`" for table, facts in sorted(inputs.fingerprints().items())],
    ]
