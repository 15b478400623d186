"""Family `declaration`: codes, amounts, ratios, amendments and container check digits of the declaration itself."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from stdnum import iso6346

from features.amendments import NOT_DECLARED, amendments
from features.asked import Asked, whole_sum, with_headings
from features.catalogue import Evidence, Family, Indicator
from features.division import divided
from features.evidence import the_consignment, the_declaration, the_items
from features.options import Options

READS: dict[Evidence, tuple[str, ...]] = {
    the_consignment: ("consignment",),
    the_items: ("goods_item",),
    the_declaration: ("consignment", "goods_item"),
}


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
            amendments(asked),
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
    # Before the groups are made: inside them the division would be called once for each.
    duty = divided(pl.col("value_usd") * pl.col("duty_rate"), 100)
    sums = (
        asked.items.with_columns(duty=duty)
        .sort("question", "item_no")
        .group_by("question", maintain_order=True)
        .agg(
            declared_net_kg=whole_sum(pl.col("net_kg")),
            declared_value_usd=whole_sum(pl.col("value_usd")),
            duty_usd=whole_sum(pl.col("duty")),
            goods_line_count=pl.len().cast(pl.Float64),
        )
    )
    main = asked.main_item.select("question", duty_rate_percent="duty_rate")
    return main.join(sums, on="question", how="left", maintain_order="left").drop("question")


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
