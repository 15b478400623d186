"""README.md of the benchmark, made from the figures."""

from __future__ import annotations

from typing import Any

from benchmarks.korea_customs.tables import HEAD, cells, table, with_interval

TITLES = {"fraud": "Fraud", "critical_fraud": "Critical fraud"}
PARTS = {"new": "**new goods tuples**", "all": "all"}
PUBLISHED = {  # precision at 5 % and 10 % as the publishers print them
    "logistic regression": "0.258 / 0.248",
    "AdaBoost": "0.341 / 0.313",
    "decision tree": "0.346 / 0.314",
    "random forest": "0.364 / 0.339",
    "CatBoost": "0.621 / 0.520",
    "XGBoost": "0.675 / 0.579",
    "LightGBM": "0.762 / 0.641",
}


def page(report: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join(
        [
            INTRODUCTION.format(rows=report["rows"]),
            "## Part A: nothing of the last three months is known\n",
            PART_A,
            _part_a(report),
            "## Part B: as a service lives\n",
            PART_B,
            _part_b(report),
            "## Beside what others reach\n",
            OTHERS,
            _others(report),
            "## New goods: how far, and why not further\n",
            _new_goods(report),
            "## What the novelty report says of this test part\n",
            "It is told the columns and nothing else:\n",
            *[f"> {flag}\n" for flag in report["flags"]],
            "## How the settings were chosen\n",
            CHOICE,
            _choice(report),
            "## Time and memory\n",
            _time(report),
        ]
    )


INTRODUCTION = """# Real declarations: how well, and on what

Made by `make korea`; do not edit. {rows:,} import declarations with findings, January 2020 to June 2021, synthesised by
their publishers from inspected declarations of the Korea Customs Service (Jeong, Kim, Park, Choi, *Customs Import
Declaration Datasets*, arXiv 2208.02484; MIT licence), read through the shipped feed
[`korea_customs`](../../configs/sources/korea_customs/README.md) with the configuration `configs/korea_customs`.

**Read the rows of new goods tuples first.** The publishers' generator sampled whole tuples (HS code, countries, duty
rate and regime, net mass, labels), so that most test rows repeat a tuple that training has seen, with the same label.
The figures on all rows measure that memory. Those on new tuples say what is left where goods were never met.

Train: the first twelve months. Choose: the next three. Report: the last three; nothing is chosen on them. Intervals are
95 %, bootstrap with 200 draws: by declaration on all rows, by goods tuple on new ones. P / R is precision and recall of
the highest share of rows, expected over ties. F1 is at the threshold that is best on the same part of the validation
rows, as *twelve* (part A) says them: the later models have learned from those rows.
"""
PART_A = """Rates and model know the findings of the first twelve months alone (*twelve*), or of the first fifteen with
rounds and settings as chosen before (*fifteen*). `predictions.parquet` holds the probabilities of *twelve*.
"""
PART_B = """The model is that of 31 March; rates roll on with every finding, known on the evening of the inspection, 14
or 30 days later. What was not known by 31 March does not teach the model. New: not in the first fifteen months.
"""
OTHERS = """Fraud, trained on the first twelve months, test part. Learners with the publishers' encoding and settings
(`published.py` names the notebooks); beside them what the publishers print, P@5 % / P@10 %. Theirs were made from
an edition with HS codes of ten digits, here six, and with older libraries: the rebuilt figures are near, not equal.
"""
CHOICE = """Settings of the learner, compared on validation rows for fraud: of those whose average precision is within
0.003 of the best, the one with the highest AUC on new goods tuples. Rounds end where average precision on validation
does.
"""


def _part_a(report: dict[str, Any]) -> str:
    parts = []
    for scheme, title in TITLES.items():
        rows = [
            [known, PARTS[part], *cells(report[known][scheme][part])]
            for part in PARTS
            for known in ("twelve", "fifteen")
        ]
        parts.append(f"### {title}\n\n{table(['known', 'test rows', *HEAD], rows)}")
    return "\n".join(parts)


def _part_b(report: dict[str, Any]) -> str:
    parts = []
    for scheme, title in TITLES.items():
        rows = [
            [f"{days} days", PARTS[part], *cells(each[scheme][part])]
            for part in PARTS
            for days, each in report["late"].items()
        ]
        first, *_, last = [each[scheme]["all"]["average_precision"] for each in report["late"].values()]
        parts.append(
            f"### {title}\n\n{table(['known after', 'test rows', *HEAD], rows)}\n"
            f"Findings 30 days late cost {first - last:.4f} of average precision on all rows.\n"
        )
    return "\n".join(parts)


def _others(report: dict[str, Any]) -> str:
    ours = {"name": "**this product, part A, twelve months**", **report["twelve"]["fraud"]}
    rows = [
        [
            each["name"],
            f"{each['new']['auc']:.3f}",
            f"{each['all']['auc']:.3f}",
            f"{each['all']['average_precision']:.3f}",
            *[f"{each['all']['at_share'][share]['precision']['expected']:.3f}" for share in ("0.05", "0.1")],
            PUBLISHED.get(each["name"], "-"),
        ]
        for each in [*report["others"], ours]
    ]
    return table(["model", "AUC, new tuples", "AUC", "average precision", "P@5 %", "P@10 %", "published"], rows)


def _new_goods(report: dict[str, Any]) -> str:
    new = report["twelve"]["fraud"]["new"]
    who = ", ".join(f"{key.removesuffix('_id')} {auc:.2f}" for key, auc in report["who"].items())
    known = [[e["name"], f"{e['rows']:,}", f"{e['positives']:,}", with_interval(e, "auc")] for e in report["known"]]
    more = [
        [f"{e['share']:.1%}", f"{e['tuples']:,}", f"{e['validation']:.3f}", f"{e['test']:.3f}"] for e in report["more"]
    ]
    alike = [
        [e["name"], f"{e['tuples']:,}", *[f"{e[column]:.3f}" for column in ("agree", "chance", "correlation", "auc")]]
        for e in report["siblings"]
    ]
    attempts = [[e["name"], f"{e['validation']:.3f}", f"{e['test']:.3f}"] for e in report["attempts"]]
    return (
        f"AUC {with_interval(new, 'auc')}, average precision {with_interval(new, 'average_precision')} where "
        f"{new['base_rate']:.1%} of the rows are finds: better than chance, far from useful alone.\n\n"
        f"Who ships says nothing here (AUC of the rate of each alone, all test rows: {who}), since the generator drew "
        "the parties apart from the goods; prices follow the tuple. What can be learned for a new tuple is what its "
        "parts say, and that is little, however much of it was met:\n\n"
        + table(["of the new tuple, training had met", "rows", "found", "AUC (95 %)"], known)
        + "\nThe reason: tuples that share all this hardly share the label. Of every two tuples of all eighteen months "
        "with the same key, the share with the same label, that of any two, and what the others of the key say of "
        "one, later tuples included (the model is above this, since masses and single columns tell it more):\n\n"
        + table(["same", "tuples", "agree", "by chance", "correlation", "AUC of the others' rate"], alike)
        + "\nMore goods of the same kind would help slowly. The same new test rows, taught by a part of the training "
        "tuples:\n\n"
        + table(["share of the tuples", "tuples", "AUC, new in validation", "AUC, new in test"], more)
        + "\nTried for it, each stopped where AUC on new validation rows no longer rose; no attempt leaves the noise "
        "of the others, so none was taken:\n\n"
        + table(["attempt", "AUC, new in validation", "AUC, new in test"], attempts)
    )


def _choice(report: dict[str, Any]) -> str:
    rows = [
        [
            ", ".join(f"{name} {value}" for name, value in each["changed"].items()) or "as configured",
            f"{each['new']:.3f}",
            f"{each['auc']:.4f}",
            f"{each['average_precision']:.4f}",
            "chosen" if each["changed"] == report["chosen"] else "",
        ]
        for each in report["tried"]
    ]
    return table(["changed", "AUC, new tuples", "AUC", "average precision", ""], rows)


def _time(report: dict[str, Any]) -> str:
    clock = report["clock"]
    rows = [["start-up, ingest and reading", f"{report['reading']:.1f}", ""]]
    rows += [[name, f"{sum(times):.2f}", f"{clock.memory[name]:,.0f}"] for name, times in clock.steps.items()]
    total = sum(sum(times) for times in clock.steps.values())
    rows.append([f"**features, fit and score of {report['rows']:,} rows, both labels**", f"**{total:.2f}**", ""])
    return "CPU seconds of one thread; most memory held by the process until then.\n\n" + table(
        ["step", "CPU s", "MB"], rows
    )
