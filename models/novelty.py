"""The novelty report: how much of a figure is memory of what training has seen, and what is left for what is new.

Where goods (or firms) repeat with their labels, a model scores well by recognising them, and a figure on all rows says
nothing of those it has never met. So every figure is given for the new part first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluation import evaluate

# A key is flagged where at least this share of the judged rows repeats it ...
FLAG_SEEN = 0.5
# ... and the labels seen before take away at least this share of the disagreement that guessing would leave.
FLAG_EXPLAINED = 0.8
# Fewer confirmed or unfounded rows than this in a part: in the new one no figure can be trusted, in the seen one
# agreement may be chance, the more so as the search tries hundreds of combinations.
FEW = 20

_MEASURES = ("auc", "average_precision")
_Worth = Callable[[NDArray[np.uint64]], float]


def novelty(
    train: pd.DataFrame,
    train_labels: NDArray[np.int64],
    judged: pd.DataFrame,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    keys: Mapping[str, Sequence[str]],
    *,
    clusters: NDArray[Any] | None = None,
    draws: int = 0,
    seed: int = 0,
) -> dict[str, Any]:
    """How the judged rows relate to the training rows under each key (a name and the columns that make it).

    `train` and `judged` hold the columns of all keys, one row per row judged or trained on; empty equals empty. Returns
    `keys` (per key: columns, seen share, purity, chance, explained, and the metrics of the parts new, seen, whole in
    this order), `searched` (the combination of columns whose repeats explain most labels, found from all columns), and
    `flags`, sentences. Complexity: O(rows x columns) per key, times columns squared for the search.
    """
    past = _Past(train, judged, train_labels)
    searched = _search(past, labels, list(train.columns))
    named = {**{name: list(columns) for name, columns in keys.items()}, "searched": searched}
    whole = evaluate(labels, probabilities, clusters=clusters, draws=draws, seed=seed)
    report: dict[str, Any] = {"keys": {}, "flags": []}
    for name, columns in named.items():
        seen, remembered = past.under(columns)
        found: dict[str, Any] = {"columns": columns, **_facts(seen, remembered, labels)}
        for part, rows in (("new", ~seen), ("seen", seen)):
            found[part] = evaluate(
                labels[rows],
                probabilities[rows],
                clusters=None if clusters is None else clusters[rows],
                draws=draws,
                seed=seed,
            )
        report["keys"][name] = found | {"whole": whole}
        if flag := _flag(name, found, whole):
            report["flags"].append(flag)
    return report


class _Past:
    """What training remembers of the judged rows under any columns: whether they were seen, and the majority label.

    Each value of each column has a random 64-bit number, and a row's key is their sum: a column comes or goes in one
    addition, and two different keys among a million rows are taken for one with a chance of some 1 in 10^7.
    """

    def __init__(self, train: pd.DataFrame, judged: pd.DataFrame, train_labels: NDArray[np.int64]) -> None:
        both = pd.concat([train, judged])
        self._split, self._labels = len(train), train_labels
        self._numbers = {name: _numbers(both[name], place) for place, name in enumerate(both)}

    def under(self, columns: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Per judged row: whether an equal row was trained on, and whether most of those were confirmed."""
        return self.of(self.whole(columns))

    def whole(self, columns: Sequence[str]) -> NDArray[np.uint64]:
        """The key of every row, those of training first."""
        return np.asarray(np.add.reduce([self._numbers[name] for name in columns]))

    def without(self, columns: Sequence[str]) -> list[NDArray[np.uint64]]:
        """The keys with each column left out in turn."""
        whole = self.whole(columns)
        return [whole - self._numbers[name] for name in columns]

    def of(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """As `under`, of keys."""
        codes = pd.factorize(keys)[0]
        mine, theirs = codes[: self._split], codes[self._split :]
        size = int(codes.max(initial=-1)) + 1
        rows = np.bincount(mine, minlength=size)
        hits = np.bincount(mine, weights=self._labels, minlength=size)
        return rows[theirs] > 0, 2 * hits[theirs] > rows[theirs]


def _numbers(values: pd.Series, place: int) -> NDArray[np.uint64]:
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    table = np.random.Generator(np.random.PCG64(place)).integers(0, 2**64, int(codes.max(initial=-1)) + 1, np.uint64)
    return table[codes]


def _facts(
    seen: NDArray[np.bool_], remembered: NDArray[np.bool_], labels: NDArray[np.int64]
) -> dict[str, int | float | None]:
    """Seen rows and share; purity, the share of the seen rows that have the remembered label; chance, what the more
    frequent label alone would agree with; explained, how much of the rest memory takes away."""
    count = int(seen.sum())
    if not count:
        return {"seen_rows": 0, "seen_share": 0.0, "purity": None, "chance": None, "explained": None}
    purity, confirmed = float((remembered == labels)[seen].mean()), float(labels[seen].mean())
    chance = max(confirmed, 1.0 - confirmed)
    return {
        "seen_rows": count,
        "seen_share": count / len(labels),
        "purity": purity,
        "chance": chance,
        "explained": (purity - chance) / (1.0 - chance) if chance < 1.0 else None,
    }


def _search(past: _Past, labels: NDArray[np.int64], columns: list[str]) -> list[str]:
    """The columns whose repeats explain most of the labels, of all combinations met in two ways: leaving out columns
    one by one, and adding them to the best pair. The first fails where no row repeats until most columns are gone, the
    second where no pair says anything. Equal worth goes to the first way, and in it to more columns."""

    def worth(keys: NDArray[np.uint64]) -> float:
        facts = _facts(*past.of(keys), labels)
        return float(facts["seen_share"] or 0.0) * max(facts["explained"] or 0.0, 0.0)

    shrunk, grown = _shrunk(past, worth, columns), _grown(past, worth, columns)
    return max(shrunk, grown, key=lambda found: found[0])[1]


def _shrunk(past: _Past, worth: _Worth, columns: list[str]) -> tuple[float, list[str]]:
    """From all columns, the one whose absence explains most is left out, until one is left."""
    chosen = list(columns)
    best, at_best = worth(past.whole(chosen)), list(chosen)
    while len(chosen) > 1:
        value, place = max((worth(keys), place) for place, keys in enumerate(past.without(chosen)))
        chosen = chosen[:place] + chosen[place + 1 :]
        if value > best:
            best, at_best = value, list(chosen)
    return best, at_best


def _grown(past: _Past, worth: _Worth, columns: list[str]) -> tuple[float, list[str]]:
    """From the best pair, the column that explains most is added, as long as one explains more."""
    pairs = [list(pair) for pair in combinations(columns, 2)] or [columns]
    best, chosen = max(((worth(past.whole(pair)), pair) for pair in pairs), key=lambda found: found[0])
    while rest := [name for name in columns if name not in chosen]:
        wider = ((worth(past.whole([*chosen, name])), [*chosen, name]) for name in rest)
        value, added = max(wider, key=lambda found: found[0])
        if value <= best:
            break
        best, chosen = value, added
    return best, chosen


def _flag(name: str, found: Mapping[str, Any], whole: Mapping[str, Any]) -> str | None:
    if found["seen_share"] < FLAG_SEEN or (found["explained"] or 0.0) < FLAG_EXPLAINED:
        return None
    new, seen = found["new"], found["seen"]
    if _rarer(seen) < FEW:
        return None
    told = f"On the {new['rows']} rows that are new in this, "
    if _rarer(new) < FEW:
        told += f"{new['positives']} of them confirmed, too few are left to judge by."
    else:
        told += " and ".join(f"{_NAMES[measure]} is {_figure(new, measure)}" for measure in _MEASURES)
        told += f", on all {whole['rows']} " + " and ".join(_figure(whole, measure) for measure in _MEASURES) + "."
    title = _TITLES.get(name, name)
    return (
        f"{found['seen_share']:.1%} of the judged rows repeat a {title} ({', '.join(found['columns'])}) that training "
        f"has seen, {found['purity']:.1%} of them with the label seen before (guessing: {found['chance']:.1%}): "
        f"figures on all rows measure memory. {told}"
    )


def _rarer(part: Mapping[str, Any]) -> int:
    return int(min(part["positives"], part["rows"] - part["positives"]))


_NAMES = {"auc": "AUC", "average_precision": "average precision"}
_TITLES = {"searched": "combination", "goods": "goods tuple"}


def _figure(part: Mapping[str, Any], measure: str) -> str:
    limits = part["intervals"].get(measure)
    return f"{part[measure]:.3f}" + (f" ({limits[0]:.3f} to {limits[1]:.3f})" if limits else "")
