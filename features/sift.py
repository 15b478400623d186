"""Row rules: which rows of a table hold, which go to quarantine and why, which say the same thing twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_

import polars as pl

from features.contract import INSTANT, Column, Table
from features.violation import EXAMPLES, LONGEST_SHOWN, Violation, shown

REASON = {"rule": pl.String(), "column": pl.String(), "message": pl.String()}
FIRST_INSTANT = datetime(1950, 1, 1, tzinfo=UTC)
END_OF_INSTANTS = datetime(2200, 1, 1, tzinfo=UTC)
FIRST_DATE, LAST_DATE = date(1, 1, 1), date(9999, 12, 31)
FIRST_WRITTEN, LAST_WRITTEN = -62_135_596_800_000_000, 253_402_300_799_999_999  # the years 1 to 9999
UNPRINTABLE = r"[\p{C}\p{Zl}\p{Zp}]"


@dataclass(frozen=True)
class Sifted:
    """`rows` hold and are sorted by key and `known_at`; `quarantined` are as delivered with rule, column, message.

    Rows in = rows + quarantined + duplicates.
    """

    rows: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: int
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule of one column (or of the whole row, column ""): `broken` is true where a row breaks it."""

    column: str
    name: str
    broken: pl.Expr
    needed: str
    mend: str


def sift(rows: pl.DataFrame, table: Table) -> Sifted:
    """Hold rows in the contract's columns (see `conform.cast`) against every row rule of their table.

    Equal rows count once; rows of one key and `known_at` with different content are all quarantined unless the table
    keeps conflicts. References, unknown `use` and configured schemes are not row rules: they are held when a run reads.
    """
    distinct, conflicts = _once(in_key_order(rows, table), table)
    broken = _broken(distinct, table)
    if conflicts is not None:
        broken.append((_CONFLICT, conflicts))
    quarantined, violations = set_aside(distinct, broken, table)
    if broken:
        distinct = distinct.filter(~any_of(broken))
    return Sifted(distinct, quarantined, len(rows) - len(distinct) - len(quarantined), violations)


def any_of(broken: list[tuple[Rule, pl.Series]]) -> pl.Series:
    """True where any of the rules is broken."""
    return reduce(or_, (mask for _, mask in broken))


def in_key_order(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Sorted by key and `known_at`, nulls first; rows equal in these stay in no stated order."""
    by = list(dict.fromkeys([*table.key, "known_at"]))
    return rows if _is_in_order(rows, by) else rows.sort(by)


def in_full_order(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Sorted by key, `known_at` and then every other column, so that nothing is left to the order of arrival."""
    return rows.sort(list(dict.fromkeys([*table.key, "known_at", *rows.columns])))


def starts(rows: pl.DataFrame, columns: list[str]) -> pl.Series:
    """True on each row that differs in any of the columns from the row before it; true on the first."""
    if rows.is_empty():
        return pl.Series("starts", [], dtype=pl.Boolean)
    differs = rows.select(pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in columns))
    return differs.to_series().scatter(0, True).alias("starts")


def _is_in_order(rows: pl.DataFrame, by: list[str]) -> bool:
    if any(rows[name].null_count() or rows[name].dtype == pl.List for name in by):
        return False
    before = {name: pl.col(name).shift() for name in by}
    ordered = pl.col(by[-1]) >= before[by[-1]]
    for name in reversed(by[:-1]):
        ordered = (pl.col(name) > before[name]) | ((pl.col(name) == before[name]) & ordered)
    return bool(rows.select(ordered.all()).item())


def _once(ordered: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.Series | None]:
    """Each distinct row once, and which of them share key and `known_at` with another (None where none does)."""
    first = starts(ordered, [*table.key, "known_at"])
    if first.all():
        return ordered, None
    shared = ~(first & first.shift(-1, fill_value=True))
    suspects = in_full_order(ordered.filter(shared).unique(), table)
    again = starts(suspects, [*table.key, "known_at"])
    conflicting = ~(again & again.shift(-1, fill_value=True))
    alone = ordered.filter(~shared)
    both = pl.concat([alone.with_columns(conflicting=False), suspects.with_columns(conflicting=conflicting)])
    both = in_key_order_kept(both, table)
    distinct, conflicts = both.drop("conflicting"), both["conflicting"]
    return distinct, (None if table.keeps_conflicts or not conflicts.any() else conflicts)


def in_key_order_kept(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Sorted by key and `known_at`; rows equal in these keep their order."""
    return rows.sort(list(dict.fromkeys([*table.key, "known_at"])), maintain_order=True)


def _broken(rows: pl.DataFrame, table: Table) -> list[tuple[Rule, pl.Series]]:
    """The rules that any row breaks, in the order that decides a row's reason, with the rows that break them."""
    rules = [rule for column in table.columns.values() for rule in _column_rules(column)]
    if table.known_after_event:
        rules.append(_known_before(str(table.event)))
    counts = rows.select(rule.broken.any().alias(str(place)) for place, rule in enumerate(rules)).row(0)
    found = [rule for rule, any_row in zip(rules, counts, strict=True) if any_row]
    masks = rows.select(rule.broken.fill_null(False).alias(str(place)) for place, rule in enumerate(found))
    return list(zip(found, masks.get_columns(), strict=True))


def _column_rules(column: Column) -> list[Rule]:
    rules = [_empty(column)]
    if column.allowed:
        rules.append(_among(column))
    if column.pattern:
        rules.append(_form(column))
    if column.type == "number":
        finite = f"a finite number in {column.name}"
        rules.append(
            Rule(
                column.name, "finite", ~pl.col(column.name).is_finite(), finite, "leave it empty where it is not known"
            )
        )
    rules += _bounds(column)
    if column.type in ("timestamp", "date"):
        rules.append(_possible(column))
    return rules


def _empty(column: Column) -> Rule:
    values = pl.col(column.name)
    broken = pl.lit(False) if column.empty else values.is_null()
    if column.type == "text_list":
        broken = broken | values.list.eval(pl.element().is_null()).list.any().fill_null(False)
    kind = "no empty element" if column.type == "text_list" else "a value"
    return Rule(column.name, "empty", broken, f"{kind} in {column.name}", "fill it in the feed")


def _among(column: Column) -> Rule:
    allowed = pl.Series(column.allowed, dtype=pl.String)
    if column.type == "text_list":
        broken = pl.col(column.name).list.eval(~pl.element().is_in(allowed.implode())).list.any()
    else:
        broken = ~pl.col(column.name).is_in(allowed.implode())
    needed = f"one of {', '.join(column.allowed)} in {column.name}"
    return Rule(column.name, "in", broken, needed, "map the feed's value to one of these")


def _form(column: Column) -> Rule:
    if column.type == "text_list":
        broken = pl.col(column.name).list.eval(~pl.element().str.contains(str(column.pattern))).list.any()
    else:
        broken = ~pl.col(column.name).str.contains(str(column.pattern))
    needed = f"the form {column.pattern} in {column.name}"
    return Rule(
        column.name, "pattern", broken, needed, "correct the code in the feed (capitals, no blanks, all digits)"
    )


def _bounds(column: Column) -> list[Rule]:
    values = pl.col(column.name)
    if column.type == "number":
        values = pl.when(values.is_finite()).then(values)
    mend = "correct the value in the feed, or leave it empty where it may be empty"
    rules = []
    if column.minimum is not None:
        needed = f"at least {column.minimum} in {column.name}"
        rules.append(Rule(column.name, "min", values < column.minimum, needed, mend))
    if column.maximum is not None:
        needed = f"at most {column.maximum} in {column.name}"
        rules.append(Rule(column.name, "max", values > column.maximum, needed, mend))
    return rules


def _possible(column: Column) -> Rule:
    values = pl.col(column.name)
    if column.type == "date":
        broken = (values < FIRST_DATE) | (values > LAST_DATE)
        needed = f"a date of the years 1 to 9999 in {column.name}"
    else:
        first, end = pl.lit(FIRST_INSTANT, dtype=INSTANT), pl.lit(END_OF_INSTANTS, dtype=INSTANT)
        broken = (values < first) | (values >= end)
        needed = f"an instant from 1950 until 2200 in {column.name}"
    return Rule(
        column.name, "instant", broken, needed, "correct it in the feed, or leave it empty where it may be empty"
    )


def _known_before(event: str) -> Rule:
    return Rule(
        column="known_at",
        name="known before it happened",
        broken=pl.col("known_at") < pl.col(event),
        needed=f"known_at at or after {event}",
        mend="correct either instant in the feed",
    )


_CONFLICT = Rule(
    column="",
    name="conflict",
    broken=pl.lit(False),
    needed="one content for one key and known_at",
    mend="deliver the version that holds with a later known_at",
)


def set_aside(
    rows: pl.DataFrame, broken: list[tuple[Rule, pl.Series]], table: Table
) -> tuple[pl.DataFrame, tuple[Violation, ...]]:
    """All rows that break a rule, each with the first of them as its reason, and a violation for every rule.

    `broken` pairs each rule with a mask over the rows; the rows are in key order, so that the examples are the first.
    """
    parts, violations = [], []
    already = pl.repeat(False, len(rows), dtype=pl.Boolean, eager=True)
    for rule, mask in broken:
        violations.append(_violation(rows.filter(mask), rule, table))
        first_here = rows.filter(mask & ~already)
        already = already | mask
        parts.append(
            first_here.with_columns(
                rule=pl.lit(rule.name),
                column=pl.lit(rule.column),
                message=f"needed {rule.needed}, found " + _found(first_here, rule) + f"; {rule.mend}",
            )
        )
    if not parts:
        return rows.clear().with_columns(pl.lit(None, dtype).alias(name) for name, dtype in REASON.items()), ()
    return in_full_order(pl.concat(parts), table), tuple(violations)


def _violation(rows: pl.DataFrame, rule: Rule, table: Table) -> Violation:
    return Violation(
        table=table.name,
        column=rule.column,
        rule=rule.name,
        severity="quarantine",
        needed=rule.needed,
        found=_found(rows.head(1), rule)[0],
        mend=rule.mend,
        count=len(rows),
        examples=example_keys(rows, table),
    )


def example_keys(rows: pl.DataFrame, table: Table) -> tuple[str, ...]:
    """The first five distinct keys, ready to be shown: the parts of a key are joined by '/'."""
    parts = [printable(rows.select(table.key).head(100 * EXAMPLES)[name]) for name in table.key]
    joined = ["/".join(values) for values in zip(*parts, strict=True)]
    return tuple(list(dict.fromkeys(joined))[:EXAMPLES])


def _found(rows: pl.DataFrame, rule: Rule) -> pl.Series:
    if not rule.column:
        return pl.Series(["another content"]).new_from_index(0, len(rows))
    return printable(rows[rule.column])


def printable(values: pl.Series) -> pl.Series:
    """Each value as short text that a terminal may print: `empty` for null, a number for an instant without a year."""
    if values.dtype == pl.List:
        text = values.list.eval(pl.element().fill_null("")).list.join("|")
    elif values.dtype == INSTANT:
        micros = values.to_physical()
        has_a_year = micros.is_between(FIRST_WRITTEN, LAST_WRITTEN).fill_null(False)
        written = values.set(~has_a_year, None).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        text = written.fill_null(micros.cast(pl.String) + " microseconds since 1970")
    elif values.dtype == pl.Date:
        days = values.to_physical()
        written = values.set(~values.is_between(FIRST_DATE, LAST_DATE).fill_null(False), None).dt.strftime("%Y-%m-%d")
        text = written.fill_null(days.cast(pl.String) + " days since 1970")
    else:
        text = values.cast(pl.String)
    long = (text.str.len_bytes() > LONGEST_SHOWN).fill_null(False)
    odd = long | text.str.contains(UNPRINTABLE).fill_null(False)
    if odd.any():
        text = text.scatter(odd.arg_true(), [shown(value) for value in text.filter(odd)])
    return text.fill_null("empty")
