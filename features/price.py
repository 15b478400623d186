"""Family `price`: declared prices and masses beside those of like goods, as they were known at the cut-off.

The robust distance is (x - median) / (1.4826 MAD) of the logarithm; the factor makes the median absolute deviation
equal to the standard deviation of a normal distribution. A group of fewer than LEAST_PEERS says nothing: null. The cost
is that of a pass over the peers' history per comparison and group, see features.peers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.catalogue import Evidence, Family, Indicator
from features.division import divided
from features.evidence import SHOWN_FINDINGS, as_evidence, the_items
from features.options import Options
from features.peers import LEAST_PEERS, peer_statistics
from features.tables import Tables

# Long enough for two seasons of seasonal goods; prices older than that are those of another market.
WINDOW = timedelta(days=730)
NORMAL = 1.4826
SAME = 1e-6  # logarithms that differ by less are one price, written with other digits
# Most goods have no form, and those of one code are alike in that. An unknown origin or unit makes no goods alike.
EMPTY_EQUAL = ("product_form",)
WORDS = {
    "hs6": "HS code",
    "origin_country": "origin",
    "product_form": "form",
    "month": "month of the year",
    "species": "species",
    "measure": "unit",
}
_INVOICE = "Ask for the invoice, the contract and the payment record of the same goods."


@dataclass(frozen=True)
class Comparison:
    """A ratio of two amounts of a goods line in words, and the groups that it is compared in, finest first."""

    above: str
    below: str
    levels: tuple[tuple[str, ...], ...]
    what: str
    unit: str
    check: str = _INVOICE
    code: str | None = None


# The unit of quantity goes by the name `measure` here: `unit` is the consignment of a span (features.history).
COMPARISONS = {
    "price": Comparison(
        "value_usd",
        "net_kg",
        (
            ("hs6", "origin_country", "product_form", "month"),
            ("hs6", "origin_country", "product_form"),
            ("hs6", "origin_country"),
            ("hs6",),
        ),
        "value per kilogram",
        "USD per kg",
    ),
    "species_price": Comparison(
        "value_usd",
        "net_kg",
        (("species", "product_form", "month"),),
        "value per kilogram",
        "USD per kg",
        f"Look at the species and the form. {_INVOICE}",
        "MR-41",
    ),
    "unit_price": Comparison(
        "value_usd", "quantity", (("hs6", "measure"),), "value per supplementary unit", "USD per unit"
    ),
    "unit_mass": Comparison(
        "net_kg",
        "quantity",
        (("hs6", "measure"),),
        "net mass per supplementary unit",
        "kg per unit",
        "Weigh one unit and compare it with the maker's data.",
    ),
}
_LINE = ("hs6", "origin_country", "product_form", "species", "measure", "value_usd", "net_kg", "quantity")


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: of its goods lines, the one that lies farthest from its peers speaks for it."""
    lines = goods_lines(asked)
    parts: list[pl.DataFrame] = []
    for name in COMPARISONS:
        compared = _compared(asked, lines, name)
        parts.append(
            _farthest(compared).select(
                pl.col("gap").alias(f"{name}_gap_log"),
                pl.col("z").alias(f"{name}_robust_z"),
                pl.col("peers").alias(f"{name}_peer_count"),
                pl.col("peer_median").alias(f"{name}_peer_median"),
                pl.col("own").alias(f"{name}_declared"),
                _group_in_words(name).alias(f"{name}_peer_group"),
            )
        )
        if name == "price":
            parts.append(_undervalued_duty(compared))
    return pl.concat(parts, how="horizontal")


def goods_prices(tables: Tables) -> pl.DataFrame:
    """The history of every goods line: the columns of its groups, and the logarithm of each ratio as `<name>_log`."""

    def make() -> pl.DataFrame:
        items = tables["goods_item"].rename({"unit": "measure"})
        goods = history(items, ["consignment_id", "item_no"], "consignment_id", [*_LINE, "item_no", "use"])
        declared = history(tables["consignment"], ["consignment_id"], "consignment_id", ["declared_at"])
        return _with_month_and_ratios(join_history(goods, declared))

    return tables.derived("goods_prices", make)


def goods_lines(asked: Asked) -> pl.DataFrame:
    """The visible goods lines of every question, with the same columns; one without ratios where it has none."""
    lines = asked.lines.rename({"unit": "measure"})
    return _with_month_and_ratios(
        lines.select("question", "consignment_id", "cutoff", "declared_at", "item_no", "duty_rate", *_LINE)
    )


def _with_month_and_ratios(lines: pl.DataFrame) -> pl.DataFrame:
    ratios = {f"{name}_log": (pl.col(c.above) / pl.col(c.below)).log() for name, c in COMPARISONS.items()}
    # Also null where an amount is zero, or so far from the other that the ratio is no number.
    return lines.with_columns(
        pl.col("declared_at").dt.month().alias("month"),
        *[pl.when(ratio.is_finite()).then(ratio).alias(column) for column, ratio in ratios.items()],
    )


def _compared(asked: Asked, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """Beside the lines: `own` ratio, `peers`, `peer_median`, `gap` (of logarithms), `z`, and `level` that answered."""
    own = pl.col(f"{name}_log")
    spans = goods_prices(asked.tables)
    found = peer_statistics(spans, lines, COMPARISONS[name].levels, f"{name}_log", WINDOW, EMPTY_EQUAL)
    gap = own - pl.col("median")
    return pl.concat([lines, found], how="horizontal").with_columns(
        own=own.exp(),
        gap=gap,
        z=pl.when(pl.col("spread") > SAME).then(gap / (NORMAL * pl.col("spread"))),
        peers=pl.when(own.is_not_null()).then("peers"),
        level=pl.when(own.is_not_null()).then("level"),
        peer_median=pl.when(own.is_not_null()).then(pl.col("median").exp()),
    )


def _farthest(compared: pl.DataFrame) -> pl.DataFrame:
    """One line per question: of the greatest |z|, then the greatest |gap|, then with the most peers, then the first."""
    return (
        compared.with_columns(distance=pl.col("z").abs(), far=pl.col("gap").abs())
        .sort(
            ["question", "distance", "far", "peers", "item_no"],
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
        .unique("question", keep="first", maintain_order=True)
    )


def _group_in_words(name: str) -> pl.Expr:
    """The group that answered, or the last one that was counted where none has enough peers."""
    told = [_in_words(level) for level in COMPARISONS[name].levels]
    level = pl.col("level").fill_null(len(told) - 1)
    return pl.when(pl.col("peers").is_not_null()).then(level.replace_strict(dict(enumerate(told))))


def _in_words(level: Sequence[str]) -> str:
    words = [WORDS[column] for column in level]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _undervalued_duty(compared: pl.DataFrame) -> pl.DataFrame:
    """Per question the duty on what its lines are declared below their peers' median; a line above it offsets none.

    The sum is over the lines that could be compared, to a millionth; null where none could.
    """
    below = pl.max_horizontal(pl.col("peer_median") * pl.col("net_kg") - pl.col("value_usd"), 0.0)
    duty = pl.when(pl.col("gap").is_not_null()).then(divided(below * pl.col("duty_rate"), 100))
    return (
        # The duty before the groups are made: inside them the division would be called once for each.
        compared.with_columns(duty=duty)
        .sort("question", "item_no")
        .group_by("question", maintain_order=True)
        .agg(undervalued_duty_usd=pl.when(pl.col("duty").is_not_null().any()).then(pl.col("duty").sum().round(6)))
        .select("undervalued_duty_usd")
    )


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    declared = [indicator for name in COMPARISONS for indicator in _declared(name)]
    return [
        *declared,
        Indicator(
            name="undervalued_duty_usd",
            meaning="Duty on what the goods lines are declared below the median price of their peers, over those lines "
            "that could be compared.",
            unit="USD",
            officer="At the median price of like goods {value:,.2f} USD more duty would be due.",
            check=_INVOICE,
            reads=("consignment", "goods_item"),
            evidence=_items_and_peers("price"),
            direction=1,
        ),
    ]


def _declared(name: str) -> list[Indicator]:
    comparison = COMPARISONS[name]
    finest, coarsest = comparison.levels[0], comparison.levels[-1]
    like = f"other goods lines of the same {_in_words(finest)}"
    if coarsest != finest:
        like += f" (of fewer of these, at last the same {_in_words(coarsest)} alone, where they are too few)"
    indicator = partial(
        Indicator,
        reads=("consignment", "goods_item"),
        check=comparison.check,
        evidence=_items_and_peers(name),
    )
    facts = tuple(f"{name}_{fact}" for fact in ("declared", "peer_count", "peer_group", "peer_median"))
    sentence = (
        f"Declared at {{{name}_declared:,.2f}} {comparison.unit}; {{{name}_peer_count:,.0f}} goods lines of the same "
        f"{{{name}_peer_group}} had a median of {{{name}_peer_median:,.2f}}"
    )
    return [
        indicator(
            name=f"{name}_gap_log",
            meaning=f"Natural logarithm of the {comparison.what} over the median of {like}.",
            unit="log ratio",
            officer=f"{sentence}.",
            compared=facts,
        ),
        indicator(
            name=f"{name}_robust_z",
            meaning=f"Distance of the {comparison.what} from the median of {like}, in robust standard deviations of "
            f"the logarithm; null under {LEAST_PEERS} of them.",
            unit="deviations",
            officer=f"{sentence}: {{value:+.1f}} robust deviations.",
            compared=facts,
            code=comparison.code,
        ),
        indicator(
            name=f"{name}_peer_count",
            meaning=f"Number of lines that the {comparison.what} could be compared with: {like}.",
            unit="goods lines",
            officer=f"{{value:,.0f}} goods lines of the same {{{name}_peer_group}} to compare with; "
            f"{LEAST_PEERS} are needed.",
            compared=(f"{name}_peer_group",),
        ),
    ]


def _items_and_peers(name: str) -> Evidence:
    """The consignment's own lines, and the newest peers in the group that answered for the line that speaks."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        speaking = _farthest(_compared(asked, goods_lines(asked), name)).rename({"consignment_id": "own_id"})
        members = goods_prices(asked.tables).filter(~pl.col("withdrawn") & pl.col(f"{name}_log").is_not_null())
        most_own = asked.items.group_by("question").len()["len"].max()
        shown = SHOWN_FINDINGS + (most_own if isinstance(most_own, int) else 0)
        peers = [
            _newest_peers(speaking.filter(pl.col("level") == place), members, level, shown)
            for place, level in enumerate(COMPARISONS[name].levels)
        ]
        return pl.concat([the_items(asked, options), *peers])

    return fetch


def _newest_peers(speaking: pl.DataFrame, members: pl.DataFrame, level: Sequence[str], shown: int) -> pl.DataFrame:
    """Evidence of the newest peers of these lines; `shown` is how many of a group are looked at, own ones included.

    Groups are gathered once for all lines of a cut-off, so that the cost is one look at the members for each cut-off.
    """
    group = ["cutoff", *level]
    newest = (
        speaking.select(group)
        .unique(maintain_order=True)
        .join(members, on=list(level), nulls_equal=True)
        .filter(
            pl.col("known_at") <= pl.col("cutoff"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
            pl.col("first_known_at") > pl.col("cutoff") - WINDOW,
        )
        .sort([*group, "first_known_at", "unit", "item_no"], descending=[False] * len(group) + [True, False, False])
        .group_by(group, maintain_order=True)
        .head(shown)
    )
    peers = (
        speaking.select("question", "own_id", *group)
        .join(newest.select(*group, "unit", "item_no", "use"), on=group, nulls_equal=True, maintain_order="left_right")
        .filter(pl.col("unit") != pl.col("own_id"))
        .group_by("question", maintain_order=True)
        .head(SHOWN_FINDINGS)
    )
    return as_evidence(peers.rename({"unit": "consignment_id"}), "goods_item", ["consignment_id", "item_no"])


FAMILY = Family(
    name="price",
    about="Declared prices and masses beside those of like goods, as known at the cut-off.",
    compute=compute,
    declare=declare,
)
