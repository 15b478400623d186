"""Family `price`: declared prices and masses beside those of like goods, as they were known at the cut-off.

The robust distance is (x - median) / (1.4826 MAD) of the logarithm; the factor makes the median absolute deviation
equal to the standard deviation of a normal distribution. A group of fewer than LEAST_PEERS says nothing: null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.catalogue import Family, Indicator
from features.evidence import SHOWN_FINDINGS, as_evidence, the_items
from features.options import Options
from features.peers import LEAST_PEERS, peer_statistics
from features.tables import Tables

# Long enough for two seasons of seasonal goods; prices older than that are those of another market.
WINDOW = timedelta(days=730)
NORMAL = 1.4826
SAME = 1e-6  # logarithms that differ by less are one price, written with other digits


@dataclass(frozen=True)
class Comparison:
    """A logarithm of a ratio of a goods line, and the groups that it is compared in, finest first."""

    above: str
    below: str
    levels: tuple[tuple[str, ...], ...]


COMPARISONS = {
    "price": Comparison(
        "value_usd",
        "net_kg",
        (
            ("hs6", "origin_country", "product_form", "month"),
            ("hs6", "origin_country", "product_form"),
            ("hs6", "product_form"),
        ),
    ),
    "species_price": Comparison("value_usd", "net_kg", (("species", "product_form", "month"),)),
    "unit_price": Comparison("value_usd", "quantity", (("hs6", "unit"),)),
    "unit_mass": Comparison("net_kg", "quantity", (("hs6", "unit"),)),
}
_LINE = ("hs6", "origin_country", "product_form", "species", "value_usd", "net_kg", "quantity", "unit")


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: of its goods lines, the one that lies farthest from its peers speaks for it."""
    spans = goods_prices(asked.tables)
    lines = _with_ratios(asked.lines.rename({"unit": "measure"}).with_columns(month=_month()))
    parts = [_compared(name, comparison, spans, lines) for name, comparison in COMPARISONS.items()]
    return pl.concat(parts, how="horizontal")


def goods_prices(tables: Tables) -> pl.DataFrame:
    """The history of every goods line: the columns of its groups, and the logarithm of each ratio."""

    def make() -> pl.DataFrame:
        # `unit` is a span's consignment; the unit of quantity goes by the name `measure` here.
        items = tables["goods_item"].rename({"unit": "measure"})
        columns = [*(name for name in _LINE if name != "unit"), "measure", "item_no", "use"]
        goods = history(items, ["consignment_id", "item_no"], "consignment_id", columns)
        declared = history(tables["consignment"], ["consignment_id"], "consignment_id", ["declared_at"])
        return _with_ratios(join_history(goods, declared).with_columns(month=_month()))

    return tables.derived("goods_prices", make)


def _month() -> pl.Expr:
    return pl.col("declared_at").dt.month()


def _with_ratios(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(
        pl.when((pl.col(c.above) > 0) & (pl.col(c.below) > 0))
        .then((pl.col(c.above) / pl.col(c.below)).log())
        .alias(f"{name}_log")
        for name, c in COMPARISONS.items()
    )


def _compared(name: str, comparison: Comparison, spans: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    levels = [[_measure(column) for column in level] for level in comparison.levels]
    value = pl.col(f"{name}_log")
    found = pl.concat(
        [
            lines.select("question", "item_no", "value_usd", "net_kg", "duty_rate", value),
            peer_statistics(spans, lines, levels, f"{name}_log", WINDOW),
        ],
        how="horizontal",
    )
    found = found.with_columns(
        peers=pl.when(value.is_not_null()).then("peers"),
        gap=value - pl.col("median"),
        z=pl.when(pl.col("spread") > SAME).then((value - pl.col("median")) / (NORMAL * pl.col("spread"))),
        peer_median=pl.col("median").exp(),
        own=value.exp(),
    ).with_columns(undervalued=_undervalued_duty())
    farthest = (
        found.with_columns(distance=pl.col("z").abs(), far=pl.col("gap").abs())
        .sort(
            ["question", "distance", "far", "peers", "item_no"],
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
        .unique("question", keep="first", maintain_order=True)
    )
    answer = farthest.select(
        pl.col("gap").alias(f"{name}_gap_log"),
        pl.col("z").alias(f"{name}_robust_z"),
        pl.col("peers").alias(f"{name}_peer_count"),
        pl.col("peer_median").alias(f"{name}_peer_median"),
        pl.col("own").alias(f"{name}_declared"),
    )
    if name != "price":
        return answer.drop(f"{name}_gap_log") if name == "species_price" else answer
    duty = found.group_by("question", maintain_order=True).agg(undervalued_duty_usd=_sum_of_known("undervalued"))
    return pl.concat([answer, duty.select("undervalued_duty_usd")], how="horizontal")


def _measure(column: str) -> str:
    return "measure" if column == "unit" else column


def _undervalued_duty() -> pl.Expr:
    """Duty on what the line is declared below its peers' median; a line at or above it owes none."""
    below = pl.max_horizontal(pl.col("peer_median") * pl.col("net_kg") - pl.col("value_usd"), 0.0)
    return pl.when(pl.col("gap").is_not_null()).then(below * pl.col("duty_rate") / 100)


def _sum_of_known(column: str) -> pl.Expr:
    """The sum of the lines that could be compared, to a millionth; null where none could."""
    known = pl.col(column).is_not_null()
    return pl.when(known.any()).then(pl.col(column).sum().round(6))


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    indicator = partial(Indicator, reads=("consignment", "goods_item"))
    invoice = "Ask for the invoice, the contract and the payment record of the same goods."
    weigh = "Weigh one unit and compare it with the maker's data."
    declared = []
    for name, what, unit, like in (
        ("price", "value per kilogram", "USD per kg", "goods of the same HS code, origin and form"),
        ("unit_price", "value per supplementary unit", "USD per unit", "goods of the same HS code and unit"),
        ("unit_mass", "net mass per supplementary unit", "kg per unit", "goods of the same HS code and unit"),
    ):
        check = weigh if name == "unit_mass" else invoice
        compared = (f"{name}_peer_count", f"{name}_peer_median", f"{name}_declared")
        sentence = (
            f"{{{name}_declared:,.2f}} {unit}; the median of {{{name}_peer_count:,.0f}} {like} known by then was "
            f"{{{name}_peer_median:,.2f}}"
        )
        add = partial(indicator, evidence=_items_and_peers, check=check)
        declared += [
            add(
                name=f"{name}_gap_log",
                meaning=f"Declared {what} against the median of {like}, natural logarithm of the ratio.",
                unit="log ratio",
                officer=f"{sentence}.",
                compared=compared,
            ),
            add(
                name=f"{name}_robust_z",
                meaning=f"Distance of the declared {what} from that of {like}, in robust standard deviations of the "
                f"logarithm; null under {LEAST_PEERS} of them.",
                unit="deviations",
                officer=f"{sentence}: {{value:+.1f}} deviations from it.",
                compared=compared,
            ),
            add(
                name=f"{name}_peer_count",
                meaning=f"Number of {like} that the {what} could be compared with.",
                unit="goods lines",
                officer=f"{{value:,.0f}} {like} to compare with.",
            ),
        ]
    return [*declared, _species_price(indicator, invoice), _undervalued(indicator, invoice)]


def _species_price(indicator: partial[Indicator], check: str) -> Indicator:
    return indicator(
        name="species_price_robust_z",
        meaning="Distance of the declared price per kilogram from that of the same species, form and month, in robust "
        f"standard deviations of the logarithm; null under {LEAST_PEERS} of them.",
        unit="deviations",
        officer="{species_price_declared:,.2f} USD per kg; the median of {species_price_peer_count:,.0f} lots of this "
        "species, form and month was {species_price_peer_median:,.2f}: {value:+.1f} deviations from it.",
        check=f"Look at the species and the form; {check[0].lower()}{check[1:]}",
        evidence=_items_and_peers,
        compared=("species_price_declared", "species_price_peer_count", "species_price_peer_median"),
        code="MR-41",
    )


def _undervalued(indicator: partial[Indicator], check: str) -> Indicator:
    return indicator(
        name="undervalued_duty_usd",
        meaning="Duty on what the lines are declared below the median price of their peers.",
        unit="USD",
        officer="At the median price of like goods {value:,.2f} USD more duty would be due.",
        check=check,
        evidence=_items_and_peers,
        direction=1,
    )


def _items_and_peers(asked: Asked, options: Options) -> pl.DataFrame:
    """The consignment's own lines, and the newest lines of other consignments with the same HS code and origin."""
    lines = asked.lines.select("question", "cutoff", "hs6", "origin_country", own="consignment_id").drop_nulls("hs6")
    peers = (
        lines.unique(["question", "hs6", "origin_country"], maintain_order=True)
        .join(
            goods_prices(asked.tables).filter(~pl.col("withdrawn") & pl.col("price_log").is_not_null()),
            on=["hs6", "origin_country"],
            nulls_equal=True,
        )
        .filter(
            pl.col("known_at") <= pl.col("cutoff"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
            pl.col("first_known_at") > pl.col("cutoff") - WINDOW,
            pl.col("unit") != pl.col("own"),
        )
        .sort(["question", "first_known_at", "unit", "item_no"], descending=[False, True, False, False])
        .unique(["question", "unit", "item_no"], keep="first", maintain_order=True)
        .group_by("question", maintain_order=True)
        .head(SHOWN_FINDINGS)
        .rename({"unit": "consignment_id"})
    )
    return pl.concat([the_items(asked, options), as_evidence(peers, "goods_item", ["consignment_id", "item_no"])])


FAMILY = Family(
    name="price",
    about="Declared prices and masses beside those of like goods, as known at the cut-off.",
    compute=compute,
    declare=declare,
)
