"""Reasons: the strongest contributions of a row as sentences that an officer can check."""

from __future__ import annotations

import string
from typing import Any

import polars as pl

from features.asked import Asked
from features.catalogue import Catalogue, Indicator
from models.bundle import Bundle
from models.reasons import strongest
from pipeline.score import matrix_of
from pipeline.terminal import printable

REASONS_PER_ROW = 6

REASON = pl.Struct(
    {
        "indicator": pl.String,
        "scheme": pl.String,
        "value": pl.Float64,
        "contribution": pl.Float64,
        "text": pl.String,
        "check": pl.String,
        "evidence": pl.List(pl.String),
        "use": pl.String,
    }
)


NO_REASONS = pl.DataFrame(schema={"consignment_id": pl.String, "reasons": pl.List(REASON)})


class _Teller(string.Formatter):
    """Fills a sentence; a value that is missing is said to be unknown, whatever the format asks."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        if value is None:
            return "unknown"
        if isinstance(value, str):
            return printable(value)
        return super().format_field(value, format_spec)


def sentence(indicator: Indicator, value: float | str | bool | None, facts: dict[str, Any]) -> str:
    """The officer's sentence of an indicator with the values compared.

    A sentence that tells what was found has nothing to tell where nothing was: then the meaning is said not to hold.
    """
    meaning = f"{indicator.meaning[0].lower()}{indicator.meaning[1:]}"
    if value is None:
        return f"Could not be assessed: {meaning}"
    if value is False and any(facts.get(name) in (None, "") for name in indicator.compared):
        return f"Checked, and not so: {meaning}"
    return _Teller().vformat(indicator.officer, (), {**facts, "value": value})


def bases_of(bundle: Bundle, scheme: str, features: pl.DataFrame, catalogue: Catalogue) -> tuple[float, float]:
    """The log-odds of a scheme's base rate, and where its model starts before it looks at any one row."""
    nothing = matrix_of(features.clear(), catalogue, scheme)
    return bundle.scheme(scheme).base_rate, bundle.contributions(scheme, nothing).base


def reasons_of(
    rows: pl.DataFrame, features: pl.DataFrame, asked: Asked, catalogue: Catalogue, bundle: Bundle
) -> pl.DataFrame:
    """`consignment_id` and `reasons`, strongest first, for rows with `consignment_id` and their leading `scheme`.

    `features` and `asked` hold the questions of the same consignments (any order, one each).
    """
    told: list[pl.DataFrame] = []
    for (scheme,), group in rows.group_by("scheme", maintain_order=True):
        if scheme in bundle.schemes:
            told.append(_of_scheme(str(scheme), group["consignment_id"], features, asked, catalogue, bundle))
    return pl.concat([NO_REASONS, *told])


def _of_scheme(
    scheme: str, ids: pl.Series, features: pl.DataFrame, asked: Asked, catalogue: Catalogue, bundle: Bundle
) -> pl.DataFrame:
    wanted = features.with_row_index("question").filter(pl.col("consignment_id").is_in(ids.implode()))
    indicators = [catalogue.by_name[name] for name in bundle.scheme(scheme).spec.names]
    contributions = bundle.contributions(scheme, matrix_of(wanted, catalogue, scheme))
    top = strongest(contributions.values, min(REASONS_PER_ROW, len(indicators)))
    picked = [
        (int(question), indicators[feature], float(contribution))
        for question, row_features, row_contributions in zip(
            wanted["question"], top.feature, top.contribution, strict=True
        )
        for feature, contribution in zip(row_features, row_contributions, strict=True)
        if contribution != 0
    ]
    evidence = _evidence(picked, asked, catalogue)
    records = {row["question"]: row for row in wanted.iter_rows(named=True)}
    reasons: dict[int, list[dict[str, Any]]] = {question: [] for question in wanted["question"]}
    for question, indicator, contribution in picked:
        reasons[question].append(
            _reason(indicator, scheme, contribution, records[question], evidence.get((question, indicator.name)))
        )
    return pl.DataFrame(
        {"consignment_id": wanted["consignment_id"], "reasons": list(reasons.values())},
        schema={"consignment_id": pl.String, "reasons": pl.List(REASON)},
    )


def _reason(
    indicator: Indicator,
    scheme: str,
    contribution: float,
    record: dict[str, Any],
    evidence: tuple[list[str], str | None] | None,
) -> dict[str, Any]:
    value = record[indicator.name]
    keys, use = evidence or ([], None)
    return {
        "indicator": indicator.name,
        "scheme": scheme,
        "value": float(value) if isinstance(value, int | float) else None,
        "contribution": contribution,
        "text": sentence(indicator, value, {name: record[name] for name in indicator.compared}),
        "check": indicator.check,
        "evidence": keys,
        "use": use,
    }


def _evidence(
    picked: list[tuple[int, Indicator, float]], asked: Asked, catalogue: Catalogue
) -> dict[tuple[int, str], tuple[list[str], str | None]]:
    """Evidence keys and uses by (question, indicator): each evidence function is called once for its questions."""
    found: dict[tuple[int, str], tuple[list[str], str | None]] = {}
    for indicator in {indicator.name: indicator for _, indicator, _ in picked}.values():
        questions = sorted({question for question, other, _ in picked if other.name == indicator.name})
        part = Asked(asked.tables, asked.questions[questions])
        rows = indicator.evidence(part, catalogue.options)
        for (position,), group in rows.group_by("question", maintain_order=True):
            uses = sorted(set(group["use"].drop_nulls()))
            found[questions[int(str(position))], indicator.name] = (group["evidence"].to_list(), "|".join(uses) or None)
    return found
