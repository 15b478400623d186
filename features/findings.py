"""Family `findings`: what inspections found before, by any key or combination of keys, as it was known at the cut-off.

A finding counts from the instant it became known, with the label's own delay, so that a rate cannot hold its own
target. A key never seen has the base rate and the count 0: unknown, not safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Literal

import polars as pl

from features.asked import Asked, with_headings
from features.asof import Aggregate, WindowPlan, history, join_history, smoothed_rate, windows
from features.catalogue import Evidence, Family, Indicator
from features.contract import Contract
from features.evidence import SHOWN_FINDINGS, as_evidence
from features.labels import DECIDED
from features.options import Options
from features.tables import Tables

DERIVED = ("hs2", "hs4")
WORDS = {
    "hs2": "HS chapter",
    "hs4": "HS heading",
    "hs6": "HS code",
    "net_kg": "net mass",
    "gross_kg": "gross mass",
    "value_usd": "value",
    "origin_country": "country of origin",
    "dispatch_country": "country of dispatch",
    "loading_port": "port of loading",
    "discharge_port": "port of discharge",
}
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
    found = findings(asked.tables, options)
    lines = asked.lines
    counted = _counted(found, options)
    everything = windows(found, asked.questions, [], counted, [None])
    base = everything.select(
        smoothed_rate(f"hits_{scheme}_all", f"found_{scheme}_all", options.base_rate, options.prior_strength).alias(
            _base_name(scheme)
        )
        for scheme in options.schemes
    )
    plan = WindowPlan(found, lines)
    rates = [_rates(plan, lines["question"], base, key, counted, options) for key in options.finding_keys]
    return pl.concat([base, *rates], how="horizontal")


def findings(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of every decided finding, a span per goods item of its consignment, with the columns of all keys.

    Per scheme, `found_<scheme>` numbers the inspection where it was decided for that scheme, `hits_<scheme>` where it
    was confirmed; both are null elsewhere.
    """
    columns = tuple(sorted({column for key in options.finding_keys for column in key}))
    labels = tuple((name, scheme.label) for name, scheme in options.schemes.items())

    def make() -> pl.DataFrame:
        inspections = tables["inspection"].with_columns(number=pl.col("inspection_id").rank("dense").cast(pl.Int64))
        found = history(inspections, FINDING, "consignment_id", ["number", *FINDING, "result", "use"])
        decided = pl.col("result").replace_strict(DECIDED, default=None, return_dtype=pl.Boolean)
        spans = join_history(found, goods_history(tables, columns))
        of_label = {name: pl.col("scheme") == label for name, label in labels}
        return spans.with_columns(
            *[
                pl.when(is_it & decided.is_not_null()).then("number").alias(f"found_{n}")
                for n, is_it in of_label.items()
            ],
            *[pl.when(is_it & decided).then("number").alias(f"hits_{n}") for n, is_it in of_label.items()],
        )

    return tables.derived(("findings", columns, labels), make)


def _counted(found: pl.DataFrame, options: Options) -> dict[str, Aggregate]:
    """What is counted: different inspections, since one with two lines of the same key is one finding.

    Where every inspection has one line the rows can be counted as they are, which is the same and cheaper.
    """
    one_line = found.select(pl.struct(*FINDING, "item_no").n_unique() == pl.struct(*FINDING).n_unique()).item()
    kind: Literal["count", "distinct"] = "count" if one_line else "distinct"
    names = [f"{what}_{scheme}" for scheme in options.schemes for what in ("found", "hits")]
    return {name: Aggregate(kind, name) for name in names}


def goods_history(tables: Tables, columns: Sequence[str]) -> pl.DataFrame:
    """The history of every goods item with its consignment, with the columns asked for."""
    contract = tables.contract
    of_item = [name for name in contract["goods_item"].columns if name not in contract.common_columns]
    of_consignment = [name for name in contract["consignment"].columns if name not in contract.common_columns]
    item_columns = [name for name in of_item if name in columns or name in ("hs6", "item_no")]
    consignment_columns = [name for name in of_consignment if name in columns and name not in of_item]
    items = history(tables["goods_item"], ["consignment_id", "item_no"], "consignment_id", item_columns)
    consignments = history(tables["consignment"], ["consignment_id"], "consignment_id", consignment_columns)
    return with_headings(join_history(items, consignments))


def _rates(
    plan: WindowPlan,
    question: pl.Series,
    base: pl.DataFrame,
    key: tuple[str, ...],
    counted: Mapping[str, Aggregate],
    options: Options,
) -> pl.DataFrame:
    """Rate and count per scheme and window; of several goods items the highest rate speaks for the consignment."""
    widths = [None if days is None else timedelta(days=days) for days in options.finding_days]
    frame = pl.concat([question.to_frame(), base[question], plan.windows(list(key), counted, widths)], how="horizontal")
    parts = []
    for scheme in options.schemes:
        for days in options.finding_days:
            suffix = f"{scheme}_all" if days is None else f"{scheme}_{days}d"
            rate, count = _names(scheme, key, days)
            prior = pl.col(_base_name(scheme))
            per_line = frame.select(
                "question",
                smoothed_rate(f"hits_{suffix}", f"found_{suffix}", prior, options.prior_strength).alias(rate),
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
    same = f"the same {_in_words(key)}"
    when = "so far" if days is None else f"in the last {days} days"
    title = options.schemes[scheme].title or scheme
    indicator = partial(
        Indicator,
        reads=("consignment", "goods_item", "inspection"),
        schemes=(scheme,),
        check=f"Read the earlier findings with {same}; look for the same goods, papers and persons.",
        evidence=_past_findings(scheme, key),
    )
    is_party = key == ("importer_id",)
    return [
        indicator(
            name=rate,
            meaning=f"Share confirmed among findings for {title} with {same}, known {when}, drawn to the base rate.",
            unit="share",
            officer=f"{{value:.0%}} of findings with {same} confirmed (smoothed over {{{count}:.0f}} known {when}); "
            f"of all {{{_base_name(scheme)}:.0%}}.",
            direction=1,
            compared=(count, _base_name(scheme)),
            code="XC-01" if is_party and days is None else None,
        ),
        indicator(
            name=count,
            meaning=f"Number of decided findings for {title} with {same}, known {when}.",
            unit="findings",
            officer=f"{{value:.0f}} findings with {same} known {when}.",
        ),
    ]


def _in_words(key: tuple[str, ...]) -> str:
    words = [WORDS.get(column, column.removesuffix("_id").replace("_", " ")) for column in key]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _past_findings(scheme: str, key: tuple[str, ...]) -> Evidence:
    """The newest earlier findings with the same key, at most SHOWN_FINDINGS of them per question."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        lines = asked.lines.select("question", "cutoff", *key, own="consignment_id").drop_nulls(list(key))
        found = findings(asked.tables, options).filter(~pl.col("withdrawn") & pl.col(f"found_{scheme}").is_not_null())
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
