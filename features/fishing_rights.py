"""Catches on a consignment's papers, and whether a right to fish, known by the cut-off, covered each of them."""

from __future__ import annotations

import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.tables import Tables
from features.vessels import AskedVessels

_RIGHT = ("right_id", "kind", "vessel_id", "holder_id", "species", "areas", "gears", "valid_from", "valid_to", "use")
_CATCH = ("question", "cutoff", "document_id", "line_no", "vessel_id", "holder_id", "species", "catch_area", "gear")


def catches(asked: Asked, vessels: AskedVessels, identities: pl.DataFrame) -> pl.DataFrame:
    """The lines of documents that say when something was caught, by question, document and line.

    Columns: `catch` (row number), question, cutoff, the line's key, `vessel_id` and `holder_id` of the document,
    `owner_id`, `operator_id` and `flag` of that vessel, species, catch_area, gear, `begins`, `ends` (a period typed the
    wrong way round is taken as meant), `use`. `identities` are those of the vessels' pairs.
    """
    lines = asked.document_lines
    period = (pl.col("catch_from"), pl.col("catch_to"))
    dated = lines.select(*_CATCH, "use", begins=pl.min_horizontal(*period), ends=pl.max_horizontal(*period))
    of_vessel = vessels.named.hstack(identities[vessels.named["pair"]].select("owner_id", "operator_id", "flag"))
    return (
        dated.drop_nulls("begins")
        .join(of_vessel.drop("pair"), on=["question", "vessel_id"], how="left", maintain_order="left")
        .with_row_index("catch")
    )


def rights_of(tables: Tables, found: pl.DataFrame) -> pl.DataFrame:
    """The visible rights to fish of each catch's vessel or holder: `catch`, and the columns of the right.

    A right that names a vessel serves that vessel, whoever holds it. One that names none serves every vessel of its
    holder, who may be the document's holder, the vessel's owner or its operator. Where the document names no vessel,
    all rights of its holder are taken.
    """
    spans = fishing_rights(tables)
    by_vessel = found.select("catch", "cutoff", "vessel_id").join(spans, on="vessel_id")
    holders = pl.concat(
        found.select("catch", "cutoff", pl.col("vessel_id").is_null().alias("any_vessel"), holder_id=name)
        for name in ("holder_id", "owner_id", "operator_id")
    ).unique()
    unnamed = holders.join(spans.filter(pl.col("vessel_id").is_null()), on="holder_id")
    any_vessel = holders.filter("any_vessel").join(spans.filter(pl.col("vessel_id").is_not_null()), on="holder_id")
    columns = ("catch", "cutoff", *spans.columns)
    both = pl.concat([by_vessel.select(columns), unnamed.select(columns), any_vessel.select(columns)])
    return both.filter(
        pl.col("known_at") <= pl.col("cutoff"),
        pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
        ~pl.col("withdrawn"),
        pl.col("kind") == "fish",
    ).sort("catch", "valid_from", "right_id")


def fishing_rights(tables: Tables) -> pl.DataFrame:
    """The history of every right."""
    return tables.derived(
        "fishing_rights", lambda: history(tables["fishing_right"], ["right_id"], "right_id", list(_RIGHT))
    )


def covered(found: pl.DataFrame, rights: pl.DataFrame) -> pl.Series:
    """Per catch whether its rights cover its species, area and gear on every day from its beginning to its end.

    Rights that follow each other without a gap cover together. What the line or the right does not state, fits.
    """
    fitting = (
        rights.select("catch", "valid_from", "valid_to", "areas", "gears", right_species="species")
        .join(found.select("catch", "species", "catch_area", "gear", "begins", "ends"), on="catch")
        .filter(
            pl.col("valid_from") <= pl.col("ends"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("begins")),
            _fits(pl.col("right_species") == pl.col("species")),
            # A list contains no null: a gear that is not stated has to be let through by itself.
            pl.col("gear").is_null()
            | _fits((pl.col("gears").list.len() == 0) | pl.col("gears").list.contains(pl.col("gear"))),
        )
    )
    fitting = fitting.filter(_in_area(fitting)).sort("catch", "valid_from", "valid_to", nulls_last=True)
    forever = pl.col("ends").max() + pl.duration(days=1)
    reach = pl.col("valid_to").fill_null(forever).cum_max().over("catch")
    whole = (
        fitting.with_columns(reach=reach)
        .with_columns(before=pl.col("reach").shift().over("catch").fill_null(pl.col("begins")))
        .group_by("catch")
        .agg(
            # Rows in order of their beginning: a gap is a beginning after all that went before had ended.
            whole=(pl.col("valid_from") <= pl.max_horizontal("before", "begins")).all()
            & (pl.col("reach").max() > pl.col("ends").first())
        )
    )
    answers = found.select("catch").join(whole, on="catch", how="left", maintain_order="left")
    return answers["whole"].fill_null(False).alias("covered")


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


def is_told(tables: Tables, found: pl.DataFrame, rights: pl.DataFrame) -> pl.Series:
    """Per catch whether the lack of a right can be known: some right of its vessel or holder is, or of its flag.

    An authority that sends us nothing has not thereby refused anything.
    """
    own = found["catch"].is_in(rights["catch"].unique().implode())
    asked = found.select("flag", "cutoff").join(_flags_told(tables), on="flag", how="left", maintain_order="left")
    return own | (asked["told_from"] <= asked["cutoff"]).fill_null(False)


def _flags_told(tables: Tables) -> pl.DataFrame:
    """Per flag from when on a right to fish of one of its vessels was known: `flag`, `told_from`."""

    def make() -> pl.DataFrame:
        rights = fishing_rights(tables).filter(pl.col("kind") == "fish")
        vessels = history(tables["vessel"], ["vessel_id", "valid_from"], "vessel_id", ["vessel_id", "flag"])
        both = join_history(rights.drop("use"), vessels.drop_nulls("flag"), on=["vessel_id"])
        return both.group_by("flag").agg(told_from=pl.col("known_at").min())

    return tables.derived("flags_of_fishing_rights", make)
