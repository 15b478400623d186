"""Family `declaration`: codes, amounts, ratios, amendments and container check digits of the declaration itself."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from stdnum import iso6346

from features.asked import Asked, with_headings
from features.asof import visible_rows, visible_version
from features.catalogue import Evidence, Family, Indicator
from features.evidence import the_consignment, the_declaration, the_items
from features.options import Options

READS: dict[Evidence, tuple[str, ...]] = {
    the_consignment: ("consignment",),
    the_items: ("goods_item",),
    the_declaration: ("consignment", "goods_item"),
}

# Versions that only report where the goods are do not amend what was declared.
NOT_DECLARED = {"arrived_at", "released_at", "known_at", "withdrawn", "use", "source"}

CODES = {  # indicator -> (column, what it is, where it stands)
    "procedure_code": ("procedure", "National procedure or import-type code.", "consignment"),
    "payment_code": ("payment", "Payment-type code.", "consignment"),
    "mode_code": ("mode", "Mode of transport at the border.", "consignment"),
    "hs_chapter": ("hs2", "HS chapter of the main goods line.", "item"),
    "duty_regime_code": ("duty_regime", "Preference or tax-type code of the main goods line.", "item"),
    "origin_mark_code": ("origin_mark", "How the origin is marked on the goods of the main line.", "item"),
    "product_form_code": ("product_form", "Product form of the main goods line.", "item"),
}


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below."""
    amounts = pl.concat([_consignment_amounts(asked), _item_amounts(asked)], how="horizontal")
    return pl.concat(
        [
            _with_ratios(amounts),
            _codes(asked),
            _containers(asked),
            _amendments(asked),
        ],
        how="horizontal",
    )


def _consignment_amounts(asked: Asked) -> pl.DataFrame:
    optional = sorted(asked.tables.contract["consignment"].optional_columns - NOT_DECLARED)
    return asked.consignment.select(
        declared_gross_kg="gross_kg",
        package_count=pl.col("packages").cast(pl.Float64),
        empty_field_count=pl.sum_horizontal([pl.col(name).is_null() for name in optional]).cast(pl.Float64),
    )


def _item_amounts(asked: Asked) -> pl.DataFrame:
    """Sums over the visible lines; a sum of which a part is missing is not known."""
    duty = pl.col("value_usd") * pl.col("duty_rate") / 100
    sums = (
        asked.items.sort("question", "item_no")
        .group_by("question", maintain_order=True)
        .agg(
            declared_net_kg=_whole_sum(pl.col("net_kg")),
            declared_value_usd=_whole_sum(pl.col("value_usd")),
            duty_usd=_whole_sum(duty),
            goods_line_count=pl.len().cast(pl.Float64),
        )
    )
    main = asked.main_item.select("question", duty_rate_percent="duty_rate")
    return main.join(sums, on="question", how="left", maintain_order="left").drop("question")


def _whole_sum(value: pl.Expr) -> pl.Expr:
    # Rounded to a millionth, so that the order of the lines cannot show in the last bit.
    return pl.when(value.is_not_null().all()).then(value.sum().round(6))


def _with_ratios(amounts: pl.DataFrame) -> pl.DataFrame:
    return amounts.with_columns(
        value_usd_per_kg=_ratio("declared_value_usd", "declared_net_kg"),
        net_to_gross_ratio=_ratio("declared_net_kg", "declared_gross_kg"),
        gross_kg_per_package=_ratio("declared_gross_kg", "package_count"),
        value_usd_per_package=_ratio("declared_value_usd", "package_count"),
        net_exceeds_gross=pl.col("declared_net_kg") > pl.col("declared_gross_kg"),
    )


def _ratio(above: str, below: str) -> pl.Expr:
    return pl.when(pl.col(below) > 0).then(pl.col(above) / pl.col(below))


def _codes(asked: Asked) -> pl.DataFrame:
    main = with_headings(asked.main_item)
    return pl.DataFrame(
        {
            name: (asked.consignment if place == "consignment" else main)[column]
            for name, (column, _, place) in CODES.items()
        }
    )


def _containers(asked: Asked) -> pl.DataFrame:
    """Number of containers, and of those whose ISO 6346 check digit fails; null where none is declared."""
    containers = asked.consignment["containers"]
    distinct = containers.explode().drop_nulls().unique()
    invalid = [number for number in distinct if not iso6346.is_valid(number)]
    return pl.DataFrame({"containers": containers}).select(
        container_count=pl.col("containers").list.len().cast(pl.Float64),
        invalid_container_count=pl.col("containers")
        .list.eval(pl.element().is_in(invalid).cast(pl.Int64))
        .list.sum()
        .cast(pl.Float64),
    )


def _amendments(asked: Asked) -> pl.DataFrame:
    """How often the declaration was amended by the cut-off, and how far value and net mass moved from the first."""
    consignment = visible_version(
        _with_amendment_count(asked, "consignment", ["consignment_id"]),
        ["consignment_id"],
        asked.questions,
        columns=["amendments"],
    )
    items = visible_rows(
        _with_amendment_count(asked, "goods_item", ["consignment_id", "item_no"]),
        ["consignment_id", "item_no"],
        asked.questions,
        on=["consignment_id"],
    )
    per_question = (
        items.sort("question", "item_no")
        .group_by("question", maintain_order=True)
        .agg(
            pl.col("amendments").sum().alias("item_amendments"),
            *[_whole_sum(pl.col(name)) for name in (*_MOVING, "first_value_usd", "first_net_kg")],
        )
    )
    joined = (
        asked.questions.with_row_index("question")
        .with_columns(pl.col("question").cast(items.schema["question"]), consignment["amendments"])
        .join(per_question, on="question", how="left", maintain_order="left")
    )
    return joined.select(
        amendment_count=pl.col("amendments").cast(pl.Float64) + pl.col("item_amendments").fill_null(0),
        value_change_log=_log_change("value_usd", "first_value_usd"),
        net_kg_change_log=_log_change("net_kg", "first_net_kg"),
        first_value_usd="first_value_usd",
        first_net_kg="first_net_kg",
    )


_MOVING = ("value_usd", "net_kg")


def _with_amendment_count(asked: Asked, table: str, key: list[str]) -> pl.DataFrame:
    """The versions of what was asked about, with `amendments`: how many up to each one changed what was declared.

    Also `first_<column>` of the columns that move, as the first version had them.
    """
    rows = (
        asked.tables[table]
        .join(asked.questions.select("consignment_id").unique(), on="consignment_id", how="semi")
        .sort([*key, "known_at"])
    )
    declared = [name for name in rows.columns if name not in NOT_DECLARED and name not in key]
    comparable = [
        pl.col(name).list.join("|") if isinstance(rows.schema[name], pl.List) else pl.col(name) for name in declared
    ]
    begins = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name).shift()) for name in key])
    changed = pl.any_horizontal([column.ne_missing(column.shift()) for column in comparable])
    moving = [name for name in _MOVING if name in rows.columns]
    # Running counts over all rows, less what had been counted when the row's own versions began.
    return (
        rows.with_columns(begins=begins)
        .with_columns(amendments=(changed & ~pl.col("begins")).cast(pl.Int64).cum_sum())
        .with_columns(
            amendments=pl.col("amendments") - pl.when("begins").then("amendments").forward_fill(),
            group=pl.col("begins").cast(pl.UInt32).cum_sum(),
        )
        .with_columns(
            pl.col(name).gather(pl.arg_where(pl.col("begins"))).gather(pl.col("group") - 1).alias(f"first_{name}")
            for name in moving
        )
        if rows.height
        else rows.with_columns(
            amendments=pl.lit(None, dtype=pl.Int64), **{f"first_{name}": pl.col(name) for name in moving}
        )
    )


def _log_change(now: str, first: str) -> pl.Expr:
    return pl.when((pl.col(now) > 0) & (pl.col(first) > 0)).then((pl.col(now) / pl.col(first)).log())


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [*_amount_indicators(), *_ratio_indicators(), *_code_indicators(), *_control_indicators()]


def _number(
    name: str,
    meaning: str,
    unit: str,
    officer: str,
    check: str,
    evidence: Evidence = the_declaration,
    *,
    kind: str = "number",
    direction: int = 0,
    compared: tuple[str, ...] = (),
    code: str | None = None,
) -> Indicator:
    return Indicator(
        name=name,
        meaning=meaning,
        unit=unit,
        officer=officer,
        check=check,
        reads=READS[evidence],
        evidence=evidence,
        kind=kind,
        direction=direction,
        compared=compared,
        code=code,
    )


def _amount_indicators() -> list[Indicator]:
    weigh, price = "Weigh the goods.", "Ask for the invoice and the payment record."
    return [
        _number(
            "declared_gross_kg",
            "Gross mass of the consignment.",
            "kg",
            "Gross mass {value:,.1f} kg.",
            weigh,
            the_consignment,
        ),
        _number("declared_net_kg", "Net mass of all goods lines.", "kg", "Net mass {value:,.1f} kg.", weigh, the_items),
        _number(
            "declared_value_usd",
            "Customs value of all lines.",
            "USD",
            "Declared value {value:,.2f} USD.",
            price,
            the_items,
        ),
        _number("duty_usd", "Duty due on all lines.", "USD", "Duty due {value:,.2f} USD.", price, the_items),
        _number(
            "duty_rate_percent",
            "Duty rate of the main goods line.",
            "percent",
            "Duty rate {value:.1f} % on the main line.",
            "Compare the goods with the wording of the tariff line.",
            the_items,
        ),
        _number(
            "package_count",
            "Number of packages.",
            "packages",
            "{value:.0f} packages.",
            "Count the packages.",
            the_consignment,
        ),
        _number(
            "goods_line_count",
            "Number of goods lines.",
            "lines",
            "{value:.0f} goods lines.",
            "Compare the lines with the packing list.",
            the_items,
        ),
    ]


def _ratio_indicators() -> list[Indicator]:
    price, weigh = "Ask for the invoice and compare prices of the same goods.", "Weigh the goods and the packing."
    return [
        _number(
            "value_usd_per_kg",
            "Customs value per kilogram of net mass.",
            "USD/kg",
            "Declared at {value:,.2f} USD per kg ({declared_value_usd:,.2f} USD for {declared_net_kg:,.1f} kg).",
            price,
            the_items,
            compared=("declared_value_usd", "declared_net_kg"),
        ),
        _number(
            "net_to_gross_ratio",
            "Net mass over gross mass.",
            "ratio",
            "Net mass is {value:.2f} of gross mass ({declared_net_kg:,.1f} of {declared_gross_kg:,.1f} kg).",
            weigh,
            compared=("declared_net_kg", "declared_gross_kg"),
        ),
        _number(
            "net_exceeds_gross",
            "Whether the lines weigh more than the whole consignment.",
            "yes/no",
            "Net mass {declared_net_kg:,.1f} kg against gross mass {declared_gross_kg:,.1f} kg.",
            weigh,
            kind="boolean",
            direction=1,
            compared=("declared_net_kg", "declared_gross_kg"),
        ),
        _number(
            "gross_kg_per_package",
            "Gross mass per package.",
            "kg",
            "{value:,.1f} kg per package ({declared_gross_kg:,.1f} kg in {package_count:.0f}).",
            "Open and weigh one package.",
            the_consignment,
            compared=("declared_gross_kg", "package_count"),
        ),
        _number(
            "value_usd_per_package",
            "Customs value per package.",
            "USD",
            "{value:,.2f} USD per package ({declared_value_usd:,.2f} USD in {package_count:.0f}).",
            "Open one package and compare its content with the invoice.",
            compared=("declared_value_usd", "package_count"),
        ),
    ]


def _code_indicators() -> list[Indicator]:
    return [
        _number(
            name,
            meaning,
            "code",
            meaning.rstrip(".") + ": {value}.",
            "Hold the code against the goods and the papers.",
            the_consignment if place == "consignment" else the_items,
            kind="category",
        )
        for name, (_, meaning, place) in CODES.items()
    ]


def _control_indicators() -> list[Indicator]:
    return [
        _number(
            "empty_field_count",
            "Number of optional fields of the declaration that were left empty.",
            "fields",
            "{value:.0f} optional fields were left empty.",
            "Ask the declarant for what is missing.",
            the_consignment,
        ),
        _number(
            "container_count",
            "Number of containers declared.",
            "containers",
            "{value:.0f} containers declared.",
            "Compare with the manifest.",
            the_consignment,
        ),
        _number(
            "invalid_container_count",
            "Number of containers whose ISO 6346 check digit fails.",
            "containers",
            "{value:.0f} of {container_count:.0f} container numbers fail their check digit.",
            "Read the number on the container door.",
            the_consignment,
            direction=1,
            compared=("container_count",),
            code="BD-31",
        ),
        _number(
            "amendment_count",
            "How many versions changed what was declared, on the consignment and on its lines.",
            "amendments",
            "Amended {value:.0f} times since it was lodged.",
            "Compare the first version with the last.",
        ),
        _number(
            "value_change_log",
            "Change of the declared value since the first version, natural logarithm of the ratio.",
            "log ratio",
            "Value moved from {first_value_usd:,.2f} to {declared_value_usd:,.2f} USD by amendment.",
            "Ask why the value was amended.",
            the_items,
            compared=("first_value_usd", "declared_value_usd"),
        ),
        _number(
            "net_kg_change_log",
            "Change of the net mass since the first version, natural logarithm of the ratio.",
            "log ratio",
            "Net mass moved from {first_net_kg:,.1f} to {declared_net_kg:,.1f} kg by amendment.",
            "Weigh the goods; ask why the mass was amended.",
            the_items,
            compared=("first_net_kg", "declared_net_kg"),
        ),
    ]


FAMILY = Family(
    name="declaration",
    about="Codes, amounts, ratios, amendments and container check digits of the declaration itself.",
    compute=compute,
    declare=declare,
)
