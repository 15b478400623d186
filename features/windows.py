"""Windows over what became known: aggregates of a history by key, as they stood at each question's cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import polars as pl

from features.history import SPAN_COLUMNS
from features.windows_answers import Aggregate, Floats, KeyAnswers
from features.windows_questions import Questions
from features.windows_spans import Spans
from features.windows_sums import Timelines
from features.windows_values import SpanValues

_DAY, _MICROSECOND = timedelta(days=1), timedelta(microseconds=1)


def windows(
    history: pl.DataFrame,
    questions: pl.DataFrame,
    by: Sequence[str],
    aggregates: Mapping[str, Aggregate],
    widths: Sequence[timedelta | None],
    floats: Floats = pl.Float64,
) -> pl.DataFrame:
    """Aggregates of `history` by key at each question's cut-off; a row per question, in their order.

    `questions`: `consignment_id`, `cutoff`, and the columns `by` with the question's own key values. `widths`: whole
    days, or None for all time. In a window of width w stand the rows of the history with the same key values whose
    `first_known_at` lies in (cutoff - w, cutoff], with the values of the version that counts at the cut-off, if that
    is not withdrawn, and unless they belong to the question's own consignment. Without `by`: all rows.

    Columns: `<name>_<days>d` or `<name>_all` for each name of `aggregates` and each width; `count` and `distinct` are
    Int32, the others are `floats`. A question with an empty value in `by` gets null in all of them (it cannot be
    assessed); rows of the history with an empty key value match nothing. Raises KeyError when a column is missing,
    TypeError for types that cannot be aggregated or matched, ValueError when a value is not finite, a width is not a
    whole number of days, or an exact sum could not be guaranteed.

    For several keys over one history and the same questions, a `WindowPlan` shares what they have in common.
    """
    return WindowPlan(history, questions).windows(by, aggregates, widths, floats)


class WindowPlan:
    """Windows over one history for the same questions by one key after another, without preparing them each time."""

    def __init__(self, history: pl.DataFrame, questions: pl.DataFrame | Questions) -> None:
        _require(history, SPAN_COLUMNS, "the history")
        if isinstance(questions, pl.DataFrame):
            _require(questions, ("consignment_id", "cutoff"), "the questions")
            questions = Questions(questions)
        self._questions = questions
        self._spans = Spans(history, questions)
        self._timelines = Timelines(self._spans)
        self._values = SpanValues(self._spans)

    def beside(self, history: pl.DataFrame) -> WindowPlan:
        """A plan over another history for the same questions: asked by the same keys in turn, they share the work."""
        return WindowPlan(history, self._questions)

    def windows(
        self,
        by: Sequence[str],
        aggregates: Mapping[str, Aggregate],
        widths: Sequence[timedelta | None],
        floats: Floats = pl.Float64,
    ) -> pl.DataFrame:
        """As the function `windows`."""
        _require(self._questions.frame, by, "the questions")
        columns = [aggregate.column for aggregate in aggregates.values() if aggregate.column is not None]
        _require(self._spans.frame, [*by, *columns], "the history")
        named = {_suffix(width): None if width is None else width // _MICROSECOND for width in widths}
        key = KeyAnswers(self._spans.by(by), self._timelines, self._values)
        return pl.DataFrame(key.answers(aggregates, named, floats))


def _suffix(width: timedelta | None) -> str:
    if width is None:
        return "all"
    if width <= timedelta(0) or width % _DAY:
        raise ValueError(
            f"needed widths of whole days, at least one, found {width}; round it or pass None for all time"
        )
    return f"{width.days}d"


def _require(frame: pl.DataFrame, columns: Iterable[str], name: str) -> None:
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise KeyError(
            f"needed the columns {missing} in {name}, found {frame.columns}; add them, or name others in the call"
        )


def smoothed_rate(hits: str, count: str, prior_rate: float | pl.Expr, prior_strength: float) -> pl.Expr:
    """Share of hits, drawn to `prior_rate` as if `prior_strength` more had been seen at that rate (Float64).

    `(hits + prior_rate * prior_strength) / (count + prior_strength)`: a key never seen has the prior, with count 0.
    """
    prior = prior_rate if isinstance(prior_rate, pl.Expr) else pl.lit(prior_rate)
    hit_count, row_count = pl.col(hits).cast(pl.Float64), pl.col(count).cast(pl.Float64)
    return (hit_count + prior * prior_strength) / (row_count + prior_strength)
