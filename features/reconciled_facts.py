"""What was known at one instant of landings, entries and the papers that tie them: the ground of the reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from features.asof import newest
from features.catch_evidence import PROVING
from features.contract import INSTANT
from features.document_numbers import normalised
from features.live_weight import grams
from features.options import Options
from features.reconciled_states import ReconcileOptions
from features.species import told_species
from features.tables import Tables
from features.transmission import ENOUGH, KEY, PERCENT

# Fish and what is made of it: chapter 03, and of chapter 16 what is not meat.
SEA_PRODUCTS = ("03", "1604", "1605")
ENTRY = ("issuer_country", "code")
EXPORT_ENTRY = "export_entry"
_HOUR = 3_600_000_000
# What is read of the tables: most columns of tables of millions of rows are of no use here.
_TOLD = (
    *(*KEY, "cleared_at", "exporter", "consignee", "vessel_id", "destination_port", "hs6", "species", "net_kg"),
    *("known_at", "withdrawn", "use"),
)
_ARRIVED = (
    *("consignment_id", "regime", "arrived_at", "released_at", "exporter_id", "discharge_port", "loading_port"),
    *("vessel_id", "dispatch_country", "known_at", "withdrawn", "use"),
)
_PRESENTED = ("document_id", "consignment_id", "kind", "number", "issuer_country", "known_at", "withdrawn")


@dataclass(frozen=True)
class Facts:
    """Frames as of one instant, each with one row per thing.

    `arrivals`: every visible import of sea products with `landed_at` (null: not known), `landed` (by then), port,
    `loaded_at` (the port of loading), vessel_id, exporter, `by_vessel`, net_g, species, use. `goods`: consignment_id,
    hs2, species, net_g per line. `claims`: consignment_id, ENTRY, number, kind of the paper that bears it. `entries`:
    what issuers told, by ENTRY; `entry_goods` its lines. `waits`: per issuer_country `lag_hours`, `voyage_hours`.
    `home`: the countries of the ports at which sea products are landed.
    """

    tables: Tables
    as_of: datetime
    options: Options
    asked: ReconcileOptions
    arrivals: pl.DataFrame
    goods: pl.DataFrame
    claims: pl.DataFrame
    entries: pl.DataFrame
    entry_goods: pl.DataFrame
    waits: pl.DataFrame
    home: list[str]

    def within(self, instant: str) -> pl.Expr:
        """Whether a time lies in the span of the report: after its begin, at or before its end."""
        begin = self.as_of - timedelta(days=self.asked.days)
        return (pl.col(instant) > at(begin)) & (pl.col(instant) <= at(self.as_of))

    def hours_since(self, instant: str) -> pl.Expr:
        """Whole hours from a time to the instant of the report."""
        return (at(self.as_of) - pl.col(instant)).dt.total_microseconds() // _HOUR

    def place(self, port: str) -> pl.Expr:
        """The port, or the group of codes that name the same port."""
        return pl.col(port).replace(dict(self.options.port_groups.select("unlocode", "group").rows()))


def at(instant: datetime) -> pl.Expr:
    """An instant as the tables hold it."""
    return pl.lit(instant, dtype=INSTANT)


def facts_at(tables: Tables, as_of: datetime, options: Options, asked: ReconcileOptions) -> Facts:
    """Reads them off the tables: everything that was visible at `as_of`."""
    goods = _goods(tables, as_of, options)
    arrivals = _arrivals(tables, as_of, goods)
    entry_goods = _entry_goods(tables, as_of, options)
    entries = _entries(entry_goods)
    claims = _claims(tables, as_of, arrivals, entries)
    home = arrivals.filter("by_vessel")["port"].str.head(2).drop_nulls().unique().sort().to_list()
    waits = _waits(asked, arrivals, claims, entries, entry_goods)
    return Facts(tables, as_of, options, asked, arrivals, goods, claims, entries, entry_goods, waits, home)


def _is_sea_product() -> pl.Expr:
    prefixes = [pl.col("hs6").str.starts_with(prefix) for prefix in SEA_PRODUCTS]
    return pl.any_horizontal(prefixes) | pl.col("species").is_not_null()


def newest_lines(rows: pl.DataFrame, key: Sequence[str], as_of: datetime) -> pl.DataFrame:
    """The newest visible version per key that holds, by key, with `first_known_at`.

    As `asof.newest`, but rows that lie in the order of key and `known_at`, as tables are read, are not sorted again.
    """
    visible = rows.filter(pl.col("known_at") <= at(as_of))
    order = [*key, "known_at"]
    ordered = visible if _is_in_order(visible, order) else visible.sort(order)
    begins = pl.any_horizontal([pl.col(name).ne_missing(pl.col(name).shift()) for name in key])
    return (
        ordered.with_columns(__begins=begins | (pl.int_range(pl.len()) == 0))
        .with_columns(first_known_at=pl.when("__begins").then("known_at").forward_fill())
        .filter(pl.col("__begins").shift(-1, fill_value=True), ~pl.col("withdrawn"))
        .drop("__begins")
    )


def _is_in_order(rows: pl.DataFrame, order: Sequence[str]) -> bool:
    after, equal = pl.lit(False), pl.lit(True)
    for name in order:
        after |= equal & (pl.col(name) > pl.col(name).shift())
        equal &= pl.col(name) == pl.col(name).shift()
    return bool(rows.select((after | equal).fill_null(True).all()).item())


def _sea_lines(rows: pl.DataFrame, key: Sequence[str], as_of: datetime, options: Options) -> pl.DataFrame:
    """The newest visible lines of sea products, with the species told, `hs2` and `net_g`."""
    lines = newest_lines(rows, key, as_of).filter(_is_sea_product())
    return lines.with_columns(
        told_species(lines, options.species_hs), hs2=pl.col("hs6").str.head(2), net_g=grams(pl.col("net_kg"))
    )


def _goods(tables: Tables, as_of: datetime, options: Options) -> pl.DataFrame:
    wanted = ["consignment_id", "item_no", "hs6", "species", "net_kg", "origin_country", "use", "known_at", "withdrawn"]
    lines = _sea_lines(tables["goods_item"].select(wanted), ["consignment_id", "item_no"], as_of, options)
    return lines.select("consignment_id", "item_no", "hs2", "species", "net_g", "origin_country", "use")


def _arrivals(tables: Tables, as_of: datetime, goods: pl.DataFrame) -> pl.DataFrame:
    per_consignment = goods.group_by("consignment_id").agg(
        species=pl.col("species").drop_nulls().unique().sort(),
        net_g=whole(pl.col("net_g")),
        origin=pl.col("origin_country").drop_nulls().unique().sort().first(),
        goods_use=pl.col("use").drop_nulls().unique().sort(),
    )
    rows = tables["consignment"].select(_ARRIVED).join(per_consignment, on="consignment_id", how="semi")
    known = newest_lines(rows, ["consignment_id"], as_of).filter(pl.col("regime") == "import")
    landed_at = pl.coalesce("arrived_at", "released_at")
    names = _newest_names(tables, as_of)
    return (
        known.join(per_consignment, on="consignment_id")
        .join(names, left_on="exporter_id", right_on="party_id", how="left")
        .select(
            "consignment_id",
            "vessel_id",
            "species",
            "net_g",
            port="discharge_port",
            loaded_at="loading_port",
            landed_at=landed_at,
            landed=(landed_at <= at(as_of)).fill_null(False),
            by_vessel=pl.col("vessel_id").is_not_null(),
            exporter=pl.coalesce("exporter_name", "exporter_id"),
            issuer_country=pl.coalesce("origin", "dispatch_country"),
            use=joined_uses(pl.concat_list("use", "goods_use")),
        )
        .sort("consignment_id")
    )


def _newest_names(tables: Tables, as_of: datetime) -> pl.DataFrame:
    return newest(tables["party"], ["party_id"], as_of).select("party_id", exporter_name="name")


def _claims(tables: Tables, as_of: datetime, arrivals: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Which consignment presented which number; an entry that is presented twice by one consignment counts once.

    A consignment without an export entry claims what its other proving papers bear the number of: some states tell
    their certificates of origin in place of entries.
    """
    papers = newest_lines(tables["document"].select(_PRESENTED), ["document_id"], as_of)
    claims = (
        papers.filter(pl.col("kind").is_in(PROVING))
        .join(arrivals.select("consignment_id"), on="consignment_id", how="semi")
        .select("consignment_id", "issuer_country", "number", "kind", code=normalised(pl.col("number")))
        .drop_nulls("code")
    )
    of_entries = claims.filter(pl.col("kind") == EXPORT_ENTRY)
    others = (
        claims.filter(pl.col("kind") != EXPORT_ENTRY)
        .join(of_entries, on="consignment_id", how="anti")
        .join(entries, on=ENTRY, how="semi")
    )
    return (
        pl.concat([of_entries, others])
        .sort("consignment_id", *ENTRY, "number", "kind")
        .unique(["consignment_id", *ENTRY], keep="first", maintain_order=True)
    )


def _entry_goods(tables: Tables, as_of: datetime, options: Options) -> pl.DataFrame:
    lines = _sea_lines(tables["partner_export"].select(_TOLD), KEY, as_of, options)
    return lines.with_columns(code=normalised(pl.col("number"))).drop_nulls("code").sort(*ENTRY, "number", "line_no")


def _entries(lines: pl.DataFrame) -> pl.DataFrame:
    """Per number what its lines, in order, say together; of names and ports the first line's."""
    follows = pl.all_horizontal([pl.col(name) == pl.col(name).shift() for name in ENTRY]).fill_null(False)
    marked = lines.with_columns(follows=follows).with_columns(is_followed=pl.col("follows").shift(-1, fill_value=False))
    is_lone = ~pl.col("follows") & ~pl.col("is_followed")
    # Most numbers have one line: they need no groups, which is five times as quick.
    lone = marked.filter(is_lone).select(
        *(*ENTRY, "number", "exporter", "consignee", "vessel_id"),
        *(pl.col("destination_port").alias("port"), "cleared_at"),
        *(pl.concat_list("species").list.drop_nulls(), "net_g", pl.concat_list("use").list.drop_nulls()),
    )
    several = (
        marked.filter(~is_lone)
        .group_by(ENTRY, maintain_order=True)
        .agg(
            pl.col("number", "exporter", "consignee", "vessel_id").first(),
            port=pl.col("destination_port").drop_nulls().first(),
            cleared_at=pl.col("cleared_at").min(),
            species=pl.col("species").drop_nulls().unique().sort(),
            net_g=whole(pl.col("net_g")),
            use=pl.col("use").drop_nulls().unique().sort(),
        )
    )
    return pl.concat([lone, several]).sort(ENTRY).with_columns(use=joined_uses(pl.col("use")))


def _waits(
    asked: ReconcileOptions,
    arrivals: pl.DataFrame,
    claims: pl.DataFrame,
    entries: pl.DataFrame,
    entry_goods: pl.DataFrame,
) -> pl.DataFrame:
    """Per issuer the hours within which its records come, and those from clearing to landing; null: not known."""
    issuers = pl.concat([frame.select("issuer_country") for frame in (entries, claims, arrivals)])
    lags = entry_goods.group_by("issuer_country").agg(lag_hours=usual(hours_between("cleared_at", "first_known_at")))
    voyages = (
        claims.join(entries.select(*ENTRY, "cleared_at"), on=ENTRY)
        .join(arrivals.filter("landed").select("consignment_id", "landed_at"), on="consignment_id")
        .group_by("issuer_country")
        .agg(voyage_hours=usual(hours_between("cleared_at", "landed_at")))
    )
    learned = issuers.drop_nulls().unique().sort("issuer_country")
    for part in (lags, voyages):
        learned = learned.join(part, on="issuer_country", how="left", maintain_order="left")
    configured = {"lag_hours": asked.lag_hours, "voyage_hours": asked.voyage_hours}
    return learned.select(
        "issuer_country",
        *[
            (pl.col(name) if value is None else pl.lit(value)).cast(pl.Float64).alias(name)
            for name, value in configured.items()
        ],
    )


def hours_between(begins: str, ends: str) -> pl.Expr:
    """Whole hours from one time to another, rounded up; 0 where the other is earlier."""
    return -(-(pl.col(ends) - pl.col(begins)).dt.total_microseconds().clip(lower_bound=0) // _HOUR)


def usual(hours: pl.Expr) -> pl.Expr:
    """The hours within which PERCENT % of a group lie (nearest rank); null under ENOUGH of them."""
    place = (pl.len() * PERCENT + 99) // 100 - 1
    return pl.when(pl.len() >= ENOUGH).then(hours.sort().get(place, null_on_oob=True))


def whole(amounts: pl.Expr) -> pl.Expr:
    """The sum of a group, null where a part is not stated."""
    return pl.when(amounts.is_not_null().all()).then(amounts.sum())


def joined_uses(keys: pl.Expr) -> pl.Expr:
    """Lists of keys of use_restriction, any of which may hold several, as one text; null without any."""
    told = keys.list.drop_nulls().list.join("|").map_batches(_each_once, return_dtype=pl.String)
    return pl.when(told != "").then(told)


def _each_once(texts: pl.Series) -> pl.Series:
    """Each key once, in order. Few texts are different, however many rows there are."""
    different = texts.unique().drop_nulls()
    several = different.filter(different.str.contains("|", literal=True))
    return texts.replace({text: "|".join(sorted(set(text.split("|")))) for text in several})
