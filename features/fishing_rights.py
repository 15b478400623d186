"""Catches on a consignment's papers, and whether a right to fish, known by the cut-off, covered each of them."""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.tables import Tables
from features.vessels import AskedVessels

_RIGHT = ("right_id", "kind", "vessel_id", "holder_id", "species", "areas", "gears", "valid_from", "valid_to", "use")


def catches(asked: Asked, vessels: AskedVessels, identities: pl.DataFrame) -> pl.DataFrame:
    """`asked.catches` with `catch` (row number), and `owner_id`, `operator_id` and `flag` of the vessel.

    `identities` are those of the vessels' pairs.
    """
    of_vessel = vessels.named.hstack(identities[vessels.named["pair"]].select("owner_id", "operator_id", "flag"))
    return asked.catches.join(
        of_vessel.drop("pair"), on=["question", "vessel_id"], how="left", maintain_order="left"
    ).with_row_index("catch")


def rights_of(tables: Tables, found: pl.DataFrame, at_the_time: bool = True) -> pl.DataFrame:
    """The visible rights to fish of each catch's vessel or holder: `catch`, and the columns of the right.

    A right that names a vessel serves that vessel, whoever holds it. One that names none serves every vessel of its
    holder, who may be the document's holder, the vessel's owner or its operator. Where the document names no vessel,
    all rights of its holder are taken. `at_the_time` leaves out those of before and after the catch.
    """
    spans = fishing_rights(tables)
    narrow = spans.select("right", "vessel_id", "holder_id", "valid_from", "valid_to", "known_at", "until").lazy()
    times = ("catch", "cutoff", "begins", "ends")
    of_firms = narrow.filter(pl.col("vessel_id").is_null())
    firms = [
        found.lazy().select(*times, holder_id=name).join(of_firms, on="holder_id")
        for name in ("holder_id", "owner_id", "operator_id")
    ]
    unnamed = found.lazy().filter(pl.col("vessel_id").is_null()).select(*times, "holder_id")
    joined = [
        found.lazy().select(*times, "vessel_id").join(narrow, on="vessel_id"),
        *firms,
        unnamed.join(narrow.filter(pl.col("vessel_id").is_not_null()), on="holder_id"),
    ]
    is_known = (pl.col("known_at") <= pl.col("cutoff")) & (
        pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff"))
    )
    overlaps = (pl.col("valid_from") <= pl.col("ends")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("begins"))
    )
    asked = is_known & overlaps if at_the_time else is_known
    # Every vessel has rights of many years and species: the join is filtered as it streams, never held whole.
    pairs = pl.concat([rows.filter(asked).select("catch", "right") for rows in joined]).collect(engine="streaming")
    pairs = pairs.unique()
    return pairs.hstack(
        spans.select("right_id", "species", "areas", "gears", "valid_from", "valid_to", "use")[pairs["right"]]
    )


def fishing_rights(tables: Tables) -> pl.DataFrame:
    """The history of every right to fish while it holds, with `right`, its row number."""

    def make() -> pl.DataFrame:
        spans = history(tables["fishing_right"], ["right_id"], "right_id", list(_RIGHT))
        return spans.filter(~pl.col("withdrawn") & (pl.col("kind") == "fish")).with_row_index("right")

    return tables.derived("fishing_rights", make)


def covered(found: pl.DataFrame, rights: pl.DataFrame) -> pl.Series:
    """Per catch whether its rights cover its species, area and gear at every time from its beginning to its end.

    `rights` are those of the time of the catch. Rights that follow each other without a gap cover together. What the
    line or the right does not state, fits.
    """
    asked = found[rights["catch"]].select("catch_area", "gear", "begins", "ends", caught="species")
    fitting = rights.select("catch", "valid_from", "valid_to", "areas", "gears", "species").hstack(asked)
    fitting = fitting.filter(
        _fits(pl.col("species") == pl.col("caught")),
        # A list contains no null: a gear that is not stated has to be let through by itself.
        pl.col("gear").is_null()
        | _fits((pl.col("gears").list.len() == 0) | pl.col("gears").list.contains(pl.col("gear"))),
    )
    fitting = fitting.filter(_in_area(fitting)).select("catch", "begins", "ends", "valid_from", "valid_to")
    by_one = (pl.col("valid_from") <= pl.col("begins")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("ends"))
    )
    alone = fitting.filter(by_one).select("catch").unique()
    together = _gapless(fitting.join(alone, on="catch", how="anti"))
    whole = pl.concat([alone["catch"], together["catch"]])
    return found["catch"].is_in(whole.implode()).alias("covered")


def _gapless(fitting: pl.DataFrame) -> pl.DataFrame:
    """The catches whose rights, in order of their beginning, leave no gap.

    A gap is a beginning after all rights before it had ended, or after that of the catch, or an end before the catch's.
    """
    forever = pl.col("ends").max() + pl.duration(days=1)
    reach = pl.col("valid_to").fill_null(forever).cum_max().over("catch")
    before = pl.col("reach").shift().over("catch").fill_null(pl.col("begins"))
    ordered = fitting.sort("catch", "valid_from", "valid_to", nulls_last=True)
    return (
        ordered.with_columns(reach=reach)
        .with_columns(joins=pl.col("valid_from") <= pl.max_horizontal(before, "begins"))
        .group_by("catch")
        .agg(whole=pl.col("joins").all() & (pl.col("reach").max() > pl.col("ends").first()))
        .filter("whole")
    )


def _fits(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(True)


def _in_area(fitting: pl.DataFrame) -> pl.Series:
    """Whether the areas of a right hold the catch's: an area holds its divisions (61 holds 61.1), and may be one."""
    rows = fitting.select("areas", "catch_area").with_row_index("row")
    stated = rows.filter(pl.col("catch_area").is_not_null() & (pl.col("areas").list.len() > 0))
    each = stated.explode("areas")
    area, own = pl.col("areas"), pl.col("catch_area")
    inside = (area == own) | own.str.starts_with(area + ".") | area.str.starts_with(own + ".")
    held = each.filter(inside)["row"].unique()
    outside = rows["row"].is_in(stated["row"].implode()) & ~rows["row"].is_in(held.implode())
    return ~outside


def is_told(tables: Tables, found: pl.DataFrame) -> pl.Series:
    """Per catch whether the lack of a right can be known: some right of its vessel, holder or flag was told of by then.

    An authority that sends us nothing has not thereby refused anything.
    """
    spans = fishing_rights(tables)
    told = pl.Series([False]).new_from_index(0, found.height)
    for theirs, ours in (
        ("vessel_id", ("vessel_id",)),
        ("holder_id", ("holder_id", "owner_id", "operator_id")),
        ("flag", ("flag",)),
    ):
        first = _flags_told(tables) if theirs == "flag" else spans.group_by(theirs).agg(from_=pl.col("known_at").min())
        for name in ours:
            known = found.select("cutoff", **{theirs: name}).join(first, on=theirs, how="left", maintain_order="left")
            told = told | (known["from_"] <= known["cutoff"]).fill_null(False)
    return told


def _flags_told(tables: Tables) -> pl.DataFrame:
    """Per flag from when on a right to fish of one of its vessels was known: `flag`, `from_`."""

    def make() -> pl.DataFrame:
        rights = fishing_rights(tables).drop("use", "right")
        vessels = history(tables["vessel"], ["vessel_id", "valid_from"], "vessel_id", ["vessel_id", "flag"])
        both = join_history(rights, vessels.drop_nulls("flag"), on=["vessel_id"])
        return both.group_by("flag").agg(from_=pl.col("known_at").min())

    return tables.derived("flags_of_fishing_rights", make)
