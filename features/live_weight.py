"""Live weight: what fish weighed when it was caught, from net kilograms of a product by dated factors.

Live kilograms are net kilograms times the factor of species and form that held on the day of landing; a species without
a factor of its own has the default of the form. Without a form or a factor the live weight is not known.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date

import polars as pl

from features.asof import history, join_history
from features.options import Options
from features.tables import Tables

GRAMS = 1000
# No line weighs a million tonnes: more is a slip, which counts for that much, so that no sum can pass the integers.
LARGEST_KG = 1e9
_ALWAYS = date(1, 1, 1)


def factor_of(goods: pl.DataFrame, factors: pl.DataFrame, species: str, form: str) -> pl.Series:
    """Per row the factor of its species and form on the day `landed_on`, null where there is none.

    `species` and `form` name columns of the goods. O(n log n) for n rows.
    """
    dated = factors.with_columns(pl.col("valid_from").fill_null(_ALWAYS)).sort("valid_from")
    of_species = dated.drop_nulls("species")
    of_form = dated.filter(pl.col("species").is_null()).drop("species")
    asked = goods.select("landed_on", species=species, product_form=form).with_row_index("row").sort("landed_on")

    def newest(known: pl.DataFrame, by: list[str]) -> pl.DataFrame:
        return asked.join_asof(known, left_on="landed_on", right_on="valid_from", by=by, check_sortedness=False).sort(
            "row"
        )

    own = newest(of_species, ["species", "product_form"])["factor_live_per_net"]
    return own.fill_null(newest(of_form, ["product_form"])["factor_live_per_net"])


def grams(kilograms: pl.Expr) -> pl.Expr:
    """Kilograms as whole grams, those above LARGEST_KG as that much."""
    return (kilograms.clip(upper_bound=LARGEST_KG) * GRAMS).round().cast(pl.Int64)


def told_factors(options: Options) -> Hashable:
    """The factors as a name for what was made with them."""
    return tuple(options.conversion_factors.rows())


def arrivals(tables: Tables) -> pl.DataFrame:
    """The history of every consignment with catch or papers: vessel_id, `arrived_on` (may be empty), `landed_on`.

    `landed_on` is the day of arrival, or of the declaration where no arrival is stated. Consignments that never have a
    document nor goods that name a species are left out, to spare their cost.
    """

    def make() -> pl.DataFrame:
        concerned = pl.concat([_fishy(tables), tables["document"].select("consignment_id")])
        rows = tables["consignment"].join(concerned, on="consignment_id", how="semi")
        dated = ["arrived_at", "declared_at", "vessel_id"]
        return history(rows, ["consignment_id"], "consignment_id", dated).select(
            pl.all().exclude("arrived_at", "declared_at"),
            arrived_on=pl.col("arrived_at").dt.date(),
            landed_on=pl.coalesce("arrived_at", "declared_at").dt.date(),
        )

    return tables.derived("arrivals of catch", make)


def landed_goods(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of every goods line that names a species, from when its consignment is known too.

    Columns beside those of a history: item_no, species, product_form, `net_g`, `live_g` (both null where unknown), and
    those of the arrival.
    """

    def make() -> pl.DataFrame:
        rows = tables["goods_item"].join(_fishy(tables), on="consignment_id", how="semi")
        named = ["item_no", "species", "product_form", "net_kg"]
        items = history(rows, ["consignment_id", "item_no"], "consignment_id", named)
        goods = join_history(items.drop_nulls("species"), arrivals(tables))
        factor = factor_of(goods, options.conversion_factors, "species", "product_form")
        return goods.with_columns(net_g=grams(pl.col("net_kg")), live_g=grams(pl.col("net_kg") * factor)).drop("net_kg")

    return tables.derived(("landed goods", told_factors(options)), make)


def _fishy(tables: Tables) -> pl.DataFrame:
    return tables["goods_item"].filter(pl.col("species").is_not_null()).select("consignment_id").unique()
