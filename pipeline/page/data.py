"""What the page shows, as one JSON value that no text can break out of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.page.strings import strings
from pipeline.page.words import in_words
from pipeline.settings import Settings
from pipeline.terminal import printable

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Beside:
    """What the page tells beside the list: per scheme the log-odds of its base rate and of the model's base, and the
    earlier consignments of importers (features.party_history, with `consignment_id` in place of `question`)."""

    bases: Mapping[str, tuple[float, float]]
    history: pl.DataFrame


def page_data(ranked: pl.DataFrame, settings: Settings, beside: Beside, night: str, office: str | None) -> str:
    """The JSON of a list (sorted by office and rank), at most MOST_ROWS rows, highest ranks first."""
    schemes = list(settings.schemes)
    titles = [settings.schemes[name].title or name for name in schemes]
    rules = {name: rule.sentence for name, rule in settings.rules.items()}
    shown = most_important(ranked)
    maker = _Rows(schemes, list(rules), beside.history)
    rows = [maker.row(row, order) for order, row in enumerate(shown.iter_rows(named=True))]
    return as_json(
        {
            "night": night,
            "office": office,
            "one": ranked["office"].n_unique() <= 1,
            "schemes": titles,
            "rules": list(rules.values()),
            "checks": list(maker.checks),
            "unscored": list(maker.unscored),
            "words": list(maker.words),
            "bases": [beside.bases.get(name) for name in schemes],
            "strings": strings(),
            "rows": rows,
        }
    )


def most_important(ranked: pl.DataFrame) -> pl.DataFrame:
    """The rows that the page holds: referred, then to be opened, then by likelihood; in that order."""
    order = ranked.select(
        (pl.col("referrals").list.len() == 0).alias("a"), (~pl.col("selected")).alias("b"), -pl.col("priority"), "tie"
    )
    ordered = ranked.select(pl.all().sort_by([order[name] for name in order.columns] + [ranked["consignment_id"]]))
    return ordered.head(MOST_ROWS)


class _Rows:
    """Rows as small objects; texts that repeat are told once and pointed at."""

    def __init__(self, schemes: Sequence[str], rules: Sequence[str], history: pl.DataFrame) -> None:
        self._schemes, self._rules = schemes, rules
        self.checks: dict[str, int] = {}
        self.unscored: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self._history: dict[str, list[list[str]]] = {}
        for row in history.iter_rows(named=True):
            told = [
                row["declared_at"].strftime("%Y-%m-%d") if row["declared_at"] else "",
                *[printable(row[name] or "") for name in ("earlier_id", "hs6", "dispatch_country")],
                printable(", ".join(row["findings"])),
            ]
            self._history.setdefault(row["consignment_id"], []).append(told)

    def row(self, row: Mapping[str, Any], order: int) -> dict[str, Any]:
        probabilities = [row[f"p_{name}"] for name in self._schemes]
        told: dict[str, Any] = {
            "order": order,
            "id": printable(row["consignment_id"]),
            "office": printable(row["office"] or ""),
            "rank": row["rank"],
            "priority": _short(row["priority"]),
            "p": [None if p is None else _short(p) for p in probabilities],
            "words": [None if p is None else self._index(self.words, in_words(p, strings())) for p in probabilities],
            "scheme": self._schemes.index(row["scheme"]) if row["scheme"] in self._schemes else None,
            "by": row["selected_by"] if row["selected"] else None,
            "rules": [self._rules.index(name) for name in row["referrals"] if name in self._rules],
            "unscored": self._index(self.unscored, row["abstained"]) if row["abstained"] else None,
            "coverage": _short(row["coverage"]),
            "reasons": [self._reason(reason) for reason in row["reasons"]],
        }
        if row["reasons"] or row["selected"]:
            told["history"] = self._history.get(row["consignment_id"], [])
        return told

    def _reason(self, reason: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "text": printable(reason["text"]),
            "by": _short(reason["contribution"]),
            "check": self._index(self.checks, reason["check"]),
            "evidence": [printable(key) for key in reason["evidence"]],
        }

    @staticmethod
    def _index(of: dict[str, int], text: str) -> int:
        return of.setdefault(printable(text), len(of))


def _short(number: float) -> float:
    return float(f"{number:.6g}")


def as_json(value: Any) -> str:
    """JSON that holds no character which could end a script element or a line of script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
