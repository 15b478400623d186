"""Officers' rules: named, dated expressions over indicators, met or not at a cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from features import expressions
from features.catalogue import KINDS, Catalogue


@dataclass(frozen=True)
class Rule:
    """One rule: `when` is SQL over indicators; it holds on days from `valid_from` to before `valid_to`."""

    when: str
    weight: float
    mandatory: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


def mistakes_in(rules: Mapping[str, Rule], catalogue: Catalogue) -> list[str]:
    """What is wrong with the expressions, in words; empty where each can be evaluated to yes or no."""
    schema = {indicator.name: KINDS[indicator.kind] for indicator in catalogue.indicators}
    return expressions.mistakes_in({f"rules.{name}.when": rule.when for name, rule in rules.items()}, schema)


def apply_rules(features: pl.DataFrame, rules: Mapping[str, Rule], cutoff: datetime) -> pl.DataFrame:
    """Per row of features: `referrals`, the mandatory rules that it meets, and `rule_share`, the share of all weight.

    A rule that cannot be evaluated, since an indicator is null, is not met: what is missing refers nobody.
    """
    active = {name: rule for name, rule in sorted(rules.items()) if rule.holds_on(cutoff.date())}
    met = features.select(pl.sql_expr(rule.when).fill_null(False).alias(name) for name, rule in active.items())
    return pl.DataFrame(
        {
            "referrals": _names(met, [name for name, rule in active.items() if rule.mandatory], features.height),
            "rule_share": _share(met, active, features.height),
        }
    )


def _names(met: pl.DataFrame, mandatory: Sequence[str], height: int) -> pl.Series:
    if not mandatory:
        return pl.Series([[]] * height, dtype=pl.List(pl.String))
    named = [pl.when(pl.col(name)).then(pl.lit(name)) for name in mandatory]
    return met.select(pl.concat_list(named).list.drop_nulls()).to_series()


def _share(met: pl.DataFrame, active: Mapping[str, Rule], height: int) -> pl.Series:
    total = sum(rule.weight for rule in active.values())
    if not total:
        return pl.Series([0.0] * height, dtype=pl.Float64)
    weights = [pl.col(name).cast(pl.Float64) * rule.weight for name, rule in active.items()]
    return met.select(pl.sum_horizontal(weights) / total).to_series()
