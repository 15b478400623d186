"""The catalogue: what an indicator is, what a family is, and the one way in which features are built.

The feature dictionary, the reasons on the list and the coverage figure are all made from the declarations here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

import polars as pl

from features.asked import Asked
from features.options import Options
from features.tables import Tables

KINDS: dict[str, pl.DataType] = {"number": pl.Float64(), "boolean": pl.Boolean(), "category": pl.String()}
NAME = re.compile(r"^[a-z][a-z0-9_]*$")

# (what was asked, options) -> a row per question and piece of evidence: `question`, `evidence` (table:key), `use`
Evidence = Callable[[Asked, Options], pl.DataFrame]


@dataclass(frozen=True)
class Indicator:
    """One documented thing that is known about a consignment at a cut-off.

    `meaning` is one sentence; `officer` is the sentence on the list, a template over `{value}` and the names in
    `compared` (columns of the family's frame); `check` says what to look at first; `direction` is +1 where risk grows
    with the value, -1 where it falls, 0 where it is not stated; `schemes` is empty where it serves every scheme;
    `reads` names the tables without which it cannot be assessed; `code` is its id in the list of indicators.
    """

    name: str
    meaning: str
    unit: str
    officer: str
    check: str
    reads: tuple[str, ...]
    evidence: Evidence
    kind: str = "number"
    direction: int = 0
    schemes: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    code: str | None = None

    def __post_init__(self) -> None:
        faults = [f"{part} is empty" for part in ("meaning", "unit", "officer", "check") if not getattr(self, part)]
        faults += [f"name {self.name!r} is not snake_case"] if not NAME.match(self.name) else []
        faults += [f"kind {self.kind!r} is not one of {sorted(KINDS)}"] if self.kind not in KINDS else []
        faults += [f"direction {self.direction} is not -1, 0 or 1"] if self.direction not in (-1, 0, 1) else []
        faults += ["it reads no table"] if not self.reads else []
        unknown = self._told() - {"value", *self.compared}
        faults += [f"the officer's sentence names {sorted(unknown)}, which are not compared"] if unknown else []
        if faults:
            raise ValueError(f"the indicator {self.name!r} cannot be registered: {'; '.join(faults)}")

    def _told(self) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(self.officer) if field}


@dataclass(frozen=True)
class Family:
    """One subject: a function to a frame of features per question, and the declarations of its columns.

    `compute` returns one row per question in their order, with every declared indicator and every column that the
    sentences compare; `declare` gives the indicators, which may depend on the options.
    """

    name: str
    about: str
    compute: Callable[[Asked, Options], pl.DataFrame]
    declare: Callable[[Options], Sequence[Indicator]]


class Catalogue:
    """All indicators of some families under given options."""

    def __init__(self, families: Sequence[Family], options: Options) -> None:
        self.families = tuple(families)
        self.options = options
        self._declared = {family.name: tuple(family.declare(options)) for family in self.families}
        self.indicators = tuple(indicator for family in self.families for indicator in self._declared[family.name])
        self.by_name = {indicator.name: indicator for indicator in self.indicators}
        names = [indicator.name for indicator in self.indicators]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"indicators need one name each, found twice: {twice}")

    def of(self, scheme: str) -> tuple[Indicator, ...]:
        """The indicators in scope for a scheme: its own, and those that serve every scheme."""
        return tuple(i for i in self.indicators if not i.schemes or scheme in i.schemes)

    def declared(self, family: str) -> tuple[Indicator, ...]:
        """The indicators of a family."""
        return self._declared[family]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what the indicators are and mean; their functions are covered by the code's version."""
        told = [
            [i.name, i.meaning, i.unit, i.officer, i.check, i.reads, i.kind, i.direction, i.schemes, i.compared]
            for i in self.indicators
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def build(self, tables: Tables, questions: pl.DataFrame) -> pl.DataFrame:
        """Features of all families for the questions (`consignment_id`, `cutoff`), one row each, in their order.

        Columns: the two of the question, every indicator, and the compared facts. An indicator that reads a table of
        which nothing is visible at the cut-off is null. Raises ValueError when a family breaks its declaration.
        """
        asked = Asked(tables, questions)
        parts = [asked.questions]
        for family in self.families:
            frame = family.compute(asked, self.options)
            parts.append(self._checked(family, frame, asked))
        return pl.concat(parts, how="horizontal")

    def _checked(self, family: Family, frame: pl.DataFrame, asked: Asked) -> pl.DataFrame:
        indicators = self.declared(family.name)
        needed = [i.name for i in indicators] + sorted({fact for i in indicators for fact in i.compared})
        needed = list(dict.fromkeys(needed))
        faults = [f"{name} is missing" for name in needed if name not in frame.columns]
        faults += [f"{name} is not declared" for name in frame.columns if name not in needed]
        if frame.height != asked.questions.height:
            faults.append(f"{frame.height} rows for {asked.questions.height} questions")
        if faults:
            raise ValueError(f"the family {family.name!r} breaks its declaration: {'; '.join(faults)}")
        checked = frame.select(needed).with_columns(pl.col(i.name).cast(KINDS[i.kind]) for i in indicators)
        self._refuse_infinite(family, checked)
        return checked.with_columns(self._where_delivered(i, asked) for i in indicators)

    @staticmethod
    def _refuse_infinite(family: Family, frame: pl.DataFrame) -> None:
        floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
        bad = frame.select(pl.col(name).is_nan().any() | pl.col(name).is_infinite().any() for name in floats)
        names = [name for name in floats if bad.height and bad[name].item()]
        if names:
            raise ValueError(f"the family {family.name!r} gave NaN or infinity, where null belongs, in {names}")

    @staticmethod
    def _where_delivered(indicator: Indicator, asked: Asked) -> pl.Expr:
        cutoff = asked.questions["cutoff"]
        mask = pl.Series([True]).new_from_index(0, len(cutoff)) if len(cutoff) else pl.Series([], dtype=pl.Boolean)
        for table in indicator.reads:
            first = asked.tables.delivered_from(table)
            mask = mask & (cutoff >= first if first is not None else False)
        return pl.when(mask).then(pl.col(indicator.name)).alias(indicator.name)

    def not_assessable(self, tables: Tables, cutoff: datetime) -> dict[str, str]:
        """Which families cannot be assessed at the cut-off, wholly or in part, and why."""
        told: dict[str, str] = {}
        for family in self.families:
            indicators = self.declared(family.name)
            tables_read = sorted({table for i in indicators for table in i.reads})
            absent = [table for table in tables_read if not tables.is_delivered(table, cutoff)]
            hit = [i for i in indicators if set(i.reads) & set(absent)]
            if hit:
                told[family.name] = (
                    f"{len(hit)} of {len(indicators)} indicators: no row of {', '.join(absent)} is visible"
                )
        return told
