"""Family `findings`: what inspections found before, by any key or combination of keys, as it was known at the cut-off.

A finding counts from the instant it became known, with the label's own delay, so that a rate cannot hold its own
target. A key never seen has the base rate and the count 0: unknown, not safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from features.asked import Asked, with_headings
from features.asof import Aggregate, history, join_history, smoothed_rate, windows
from features.catalogue import Evidence, Family, Indicator
from features.contract import Contract
from features.evidence import SHOWN_FINDINGS, as_evidence
from features.labels import DECIDED
from features.options import Options
from features.tables import Tables

DERIVED = ("hs2", "hs4")
FINDING = ("inspection_id", "scheme")


def key_mistakes(keys: Sequence[Sequence[str]], contract: Contract) -> list[str]:
    """What is wrong with the configured keys, in words."""
    known = set(_columns(contract))
    mistakes = []
    for key in keys:
        name = f"features.findings.keys {list(key)}"
        unknown = [column for column in key if column not in known]
        if unknown:
            mistakes.append(f"{name}: {', '.join(unknown)} is no column of consignment or goods_item that can be a key")
        if len(set(key)) < len(key):
            mistakes.append(f"{name}: a column stands twice")
    if len({tuple(sorted(key)) for key in keys}) < len(keys):
        mistakes.append("features.findings.keys: the same key stands twice")
    return mistakes


def _columns(contract: Contract) -> list[str]:
    """Every column that can be a key: of consignment and goods_item, and the headings derived from the HS code."""
    own = {**contract["consignment"].columns, **contract["goods_item"].columns}
    kept = [name for name, column in own.items() if column.type != "text_list" and name not in contract.common_columns]
    return [name for name in kept if name not in ("consignment_id", "item_no")] + list(DERIVED)


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: rate and count per scheme, key and window, and the base rate per scheme."""
    parts = [pl.DataFrame({"question": pl.int_range(asked.questions.height, dtype=pl.UInt32, eager=True)})]
    needed = sorted({column for key in options.finding_keys for column in key})
    found = findings(asked.tables, needed)
    lines = asked.lines
    for scheme, option in options.schemes.items():
        of_scheme = found.filter(pl.col("scheme") == option.label)
        base = _base_rate(of_scheme, asked.questions, options).alias(_base_name(scheme))
        parts.append(base.to_frame())
        asked_lines = lines.with_columns(base=base.gather(lines["question"]))
        for key in options.finding_keys:
            parts.append(_rates(of_scheme, asked_lines, scheme, key, options))
    return pl.concat(parts, how="horizontal").drop("question")


def findings(tables: Tables, columns: Sequence[str]) -> pl.DataFrame:
    """The history of every decided finding, a span per goods item of its consignment, with the columns asked for.

    `finding` numbers the inspection; `confirmed` is the same number where it was confirmed, else null.
    """
    lines = goods_history(tables, columns)
    inspections = tables["inspection"].with_columns(
        finding=pl.col("inspection_id").rank("dense").cast(pl.Int64),
    )
    found = history(inspections, FINDING, "consignment_id", ["finding", *FINDING, "result", "use"])
    decided = pl.col("result").replace_strict(DECIDED, default=None, return_dtype=pl.Boolean)
    return join_history(found, lines).with_columns(
        finding=pl.when(decided.is_not_null()).then("finding"), confirmed=pl.when(decided).then("finding")
    )


def goods_history(tables: Tables, columns: Sequence[str]) -> pl.DataFrame:
    """The history of every goods item with its consignment, with the columns asked for."""
    contract = tables.contract
    of_item = [name for name in contract["goods_item"].columns if name not in contract.common_columns]
    of_consignment = [name for name in contract["consignment"].columns if name not in contract.common_columns]
    item_columns = [name for name in of_item if name in columns or name == "hs6"]
    consignment_columns = [name for name in of_consignment if name in columns and name not in of_item]
    items = history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", item_columns)
    consignments = history(tables["consignment"], ["consignment_id"], "consignment_id", consignment_columns)
    return with_headings(join_history(items, consignments))


def _base_rate(found: pl.DataFrame, questions: pl.DataFrame, options: Options) -> pl.Series:
    """The share of confirmed among all decided findings of a scheme, as known at each cut-off."""
    counted = windows(found, questions, [], _COUNTED, [None])
    rate = smoothed_rate("confirmed_all", "found_all", options.base_rate, options.prior_strength)
    return counted.select(rate).to_series()


# A finding with two lines of the same key is one finding: different numbers are counted, not rows.
_COUNTED = {"found": Aggregate("distinct", "finding"), "confirmed": Aggregate("distinct", "confirmed")}


def _rates(
    found: pl.DataFrame, lines: pl.DataFrame, scheme: str, key: tuple[str, ...], options: Options
) -> pl.DataFrame:
    """Rate and count per window; of several goods items the one with the highest rate speaks for the consignment."""
    widths = [None if days is None else timedelta(days=days) for days in options.finding_days]
    counted = windows(found, lines, list(key), _COUNTED, widths)
    frame = pl.concat([lines.select("question", "base"), counted], how="horizontal")
    parts = []
    for days in options.finding_days:
        suffix = "all" if days is None else f"{days}d"
        rate, count = _names(scheme, key, days)
        per_line = frame.select(
            "question",
            smoothed_rate(f"confirmed_{suffix}", f"found_{suffix}", pl.col("base"), options.prior_strength).alias(rate),
            pl.col(f"found_{suffix}").cast(pl.Float64).alias(count),
        )
        parts.append(_highest(per_line, rate, count))
    return pl.concat(parts, how="horizontal")


def _highest(per_line: pl.DataFrame, rate: str, count: str) -> pl.DataFrame:
    if per_line["question"].is_unique().all():
        return per_line.drop("question")
    order = per_line.sort(["question", rate, count], descending=[False, True, True], nulls_last=True)
    return order.unique("question", keep="first", maintain_order=True).drop("question")


def _names(scheme: str, key: tuple[str, ...], days: int | None) -> tuple[str, str]:
    suffix = f"by_{'_and_'.join(key)}" + ("" if days is None else f"_{days}d")
    return f"{scheme}_rate_{suffix}", f"{scheme}_findings_{suffix}"


def _base_name(scheme: str) -> str:
    return f"{scheme}_base_rate"


def declare(options: Options) -> Sequence[Indicator]:
    """Rate and count for every scheme, key and window of the options."""
    return [
        indicator
        for scheme in options.schemes
        for key in options.finding_keys
        for days in options.finding_days
        for indicator in _declared(scheme, key, days, options)
    ]


def _declared(scheme: str, key: tuple[str, ...], days: int | None, options: Options) -> list[Indicator]:
    rate, count = _names(scheme, key, days)
    same = "the same " + " and ".join(column.removesuffix("_id").replace("_", " ") for column in key)
    when = "so far" if days is None else f"in the last {days} days"
    title = options.schemes[scheme].title or scheme
    reads = ("consignment", "goods_item", "inspection")
    check = f"Read the earlier findings with {same}; look for the same goods, papers and persons."
    common = {"reads": reads, "schemes": (scheme,), "check": check, "evidence": _past_findings(scheme, key)}
    is_party = key == ("importer_id",)
    return [
        Indicator(
            name=rate,
            meaning=f"Share confirmed among findings for {title} with {same}, known {when}, drawn to the base rate.",
            unit="share",
            officer=f"{{value:.0%}} of findings with {same} confirmed (smoothed over {{{count}:.0f}} known {when}); "
            f"of all {{{_base_name(scheme)}:.0%}}.",
            direction=1,
            compared=(count, _base_name(scheme)),
            code="XC-01" if is_party and days is None else None,
            **common,
        ),
        Indicator(
            name=count,
            meaning=f"Number of decided findings for {title} with {same}, known {when}.",
            unit="findings",
            officer=f"{{value:.0f}} findings with {same} known {when}.",
            **common,
        ),
    ]


def _past_findings(scheme: str, key: tuple[str, ...]) -> Evidence:
    """The newest earlier findings with the same key, at most SHOWN_FINDINGS of them per question."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        label = options.schemes[scheme].label
        lines = asked.lines.select("question", "cutoff", *key, own="consignment_id").drop_nulls(list(key))
        found = findings(asked.tables, key).filter(
            (pl.col("scheme") == label) & ~pl.col("withdrawn") & pl.col("finding").is_not_null()
        )
        matched = (
            lines.join(
                found.select(*dict.fromkeys([*key, "unit", "first_known_at", "known_at", "until", *FINDING, "use"])),
                on=list(key),
            )
            .filter(
                pl.col("known_at") <= pl.col("cutoff"),
                pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
                pl.col("unit") != pl.col("own"),
            )
            .sort(["question", "first_known_at", "inspection_id"], descending=[False, True, False])
            .unique(["question", *FINDING], keep="first", maintain_order=True)
            .group_by("question", maintain_order=True)
            .head(SHOWN_FINDINGS)
        )
        return as_evidence(matched, "inspection", FINDING)

    return fetch


FAMILY = Family(
    name="findings",
    about="What inspections found before, by key and combination of keys, smoothed, as known at the cut-off.",
    compute=compute,
    declare=declare,
)
