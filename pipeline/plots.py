"""Pictures of how a scheme was judged: PNG files that are equal for equal judgements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from models.training import TrainedScheme

# Okabe and Ito's colours, which people with any kind of colour vision tell apart.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#666666"
BINS = 10
MOST_NAMES = 20

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


def draw(folder: Path, scheme: str, trained: TrainedScheme) -> list[Path]:
    """Writes `<scheme>_<picture>.png` for each picture that the judgement carries; returns the files, in order."""
    labels = trained.judged["label"].to_numpy().astype(np.int64)
    scores = trained.judged["probability"].to_numpy().astype(np.float64)
    pictures: dict[str, Callable[[Axes], None]] = {"reliability": lambda axes: reliability(axes, labels, scores)}
    if labels.sum() > 0:
        pictures["precision_recall"] = lambda axes: precision_recall(axes, labels, scores, trained.metrics)
        pictures["gains"] = lambda axes: gains(axes, labels, scores)
    if keys := (trained.metrics.get("novelty") or {}).get("keys"):
        pictures["novelty"] = lambda axes: novelty(axes, keys)
    pictures["importance"] = lambda axes: importance(axes, trained)
    counts = f"{len(labels)} rows judged out of time, {int(labels.sum())} with a find"
    return [_saved(folder / f"{scheme}_{name}.png", scheme, counts, picture) for name, picture in pictures.items()]


def _saved(path: Path, scheme: str, counts: str, picture: Callable[[Axes], None]) -> Path:
    # The defaults, whatever a user's own matplotlibrc says: equal judgements are equal bytes.
    with matplotlib.rc_context(matplotlib.rcParamsDefault.copy() | {"font.size": 9, "axes.axisbelow": True}):
        figure = Figure(figsize=(7, 5), dpi=110, layout="constrained")
        axes = figure.subplots()
        axes.grid(color="#dddddd", linewidth=0.6)
        picture(axes)
        figure.suptitle(f"{scheme}: {axes.get_title()}\n{counts}", fontsize=10)
        axes.set_title("")
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(path, format="png", metadata={"Software": None})
    return path


def reliability(axes: Axes, labels: Labels, scores: Scores) -> None:
    """What was said against what was found, in bins of about equal size, with the rows of each."""
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, scores, side="right")
    counts = np.bincount(place)
    filled = counts > 0
    said = np.bincount(place, weights=scores)[filled] / counts[filled]
    found = np.bincount(place, weights=labels)[filled] / counts[filled]
    top = max(float(said.max()), float(found.max()), 0.01) * 1.12
    axes.plot([0, top], [0, top], color=GREY, linestyle="--", linewidth=1, label="said as found")
    axes.plot(said, found, color=BLUE, marker="o", label="bins of about equal size, with their rows")
    for x, y, count in zip(said, found, counts[filled], strict=True):
        axes.annotate(str(count), (x, y), textcoords="offset points", xytext=(4, 4), color=GREY, fontsize=8)
    axes.set(xlim=(0, top), ylim=(-0.03 * top, top), xlabel="mean probability said", ylabel="share with a find")
    axes.set_title("reliability")


def precision_recall(axes: Axes, labels: Labels, scores: Scores, metrics: dict[str, Any]) -> None:
    """Precision at every recall, beside the base rate."""
    precision, recall, _ = precision_recall_curve(labels, scores)
    told = "undefined" if metrics["average_precision"] is None else f"{metrics['average_precision']:.3f}"
    limits = metrics.get("intervals", {}).get("average_precision")
    told += f" [{limits[0]:.3f} to {limits[1]:.3f}]" if limits else ""
    axes.step(recall, precision, where="post", color=BLUE, label=f"average precision {told}")
    base = float(labels.mean())
    axes.axhline(base, color=GREY, linestyle="--", linewidth=1, label=f"base rate {base:.3f}")
    axes.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="recall: share of all finds", ylabel="precision: share with a find")
    axes.set_title("precision and recall")


def gains(axes: Axes, labels: Labels, scores: Scores) -> None:
    """Share of all finds among the first rows: expected over all orders of rows with equal scores, the worst and the
    best of them as a band."""
    opened = np.arange(len(labels) + 1) / len(labels)
    best = _caught(labels, np.lexsort((-labels, -scores)))
    worst = _caught(labels, np.lexsort((labels, -scores)))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="any order")
    axes.fill_between(opened, worst, best, color=ORANGE, alpha=0.35, linewidth=0, label="worst to best order of ties")
    ends = np.append(0, np.flatnonzero(np.diff(-np.sort(-scores), append=np.nan)) + 1)  # rows before each new score
    axes.plot(ends / len(labels), best[ends], color=BLUE, label="expected")
    axes.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="share of rows opened, highest first", ylabel="share of all finds")
    axes.set_title("cumulative gains")


def _caught(labels: Labels, order: NDArray[np.intp]) -> Scores:
    return np.asarray(np.append(0, np.cumsum(labels[order])) / labels.sum())


def novelty(axes: Axes, keys: dict[str, Any]) -> None:
    """Average precision on what is new under each key, on what was seen, and on all rows, with intervals."""
    names = list(keys)[::-1]
    styles = {"new": (BLUE, "o", 0.2), "seen": (ORANGE, "s", 0.0), "whole": (GREEN, "^", -0.2)}
    titles = {"new": "new in this", "seen": "seen in training", "whole": "all rows"}
    for part, (colour, marker, shift) in styles.items():
        where = [place for place, name in enumerate(names) if keys[name][part]["average_precision"] is not None]
        values = [keys[names[place]][part]["average_precision"] for place in where]
        axes.plot(values, np.array(where) + shift, linestyle="", marker=marker, color=colour, label=titles[part])
        for place, value in zip(where, values, strict=True):
            limits = keys[names[place]][part].get("intervals", {}).get("average_precision") or [value, value]
            axes.plot(limits, [place + shift] * 2, color=colour, linewidth=1.2)
    shown = [f"{name}\n{keys[name]['new']['rows']} new, {keys[name]['seen']['rows']} seen" for name in names]
    axes.set_yticks(range(len(names)), shown)
    axes.set(xlim=(0, 1.03), ylim=(-0.6, len(names) - 0.4), xlabel="average precision, with its 95 % interval")
    axes.set_title("what is new against what was seen")


def importance(axes: Axes, trained: TrainedScheme) -> None:
    """The indicators from which the registered model gains most, as shares of its whole gain."""
    gains = most_gain(trained, MOST_NAMES)[::-1]
    axes.barh(range(len(gains)), [share for _, share in gains], color=BLUE)
    axes.set_yticks(range(len(gains)), [name for name, _ in gains], fontsize=8)
    axes.set(xlabel="share of the gain of all splits of the registered model")
    axes.set_title(f"the {len(gains)} indicators that gain most, of {len(trained.spec.names)}")


def most_gain(trained: TrainedScheme, most: int) -> list[tuple[str, float]]:
    """The indicators from which the registered model gains, at most so many, with their share of its whole gain."""
    gain = trained.booster.feature_importance("gain")
    order = np.lexsort((np.arange(len(gain)), -gain))[:most]
    return [(trained.spec.names[place], float(gain[place] / gain.sum())) for place in order if gain[place] > 0]
