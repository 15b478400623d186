"""Identities: true histories, numbers of good form, and what transponders say."""

from __future__ import annotations

import polars as pl
import pytest
from seas import MANY, SPAN, sea_of, share_holds
from sections import load_sea

from pipeline.world.sea.identities import imo_number
from pipeline.world.sea.sea import Sea


@pytest.fixture(scope="module")
def sea() -> Sea:
    return sea_of(MANY)


@pytest.mark.parametrize(("six", "number"), [(907472, "9074729"), (931946, "9319466")])
def test_imo_numbers_check(six: int, number: str) -> None:
    assert imo_number(six) == number


def test_the_identity_at_the_start_is_the_hulls(sea: Sea) -> None:
    told = sea.identities.filter(pl.col("valid_from") <= SPAN.start).group_by("hull", maintain_order=True).last()
    both = told.join(sea.hulls, on="hull", suffix="_hull").filter(
        pl.col("launders_from").is_null() | (pl.col("launders_from") > SPAN.start)
    )
    for column in ("flag", "owner", "operator"):
        assert (both[column] == both[f"{column}_hull"]).all(), column


def test_mmsi_begin_with_the_flags_digits_unless_the_old_one_was_kept(sea: Sea) -> None:
    mid = {digits: flag for flag, own in load_sea().identities.mid.items() for digits in own}
    rows = sea.identities.with_columns(
        said=pl.col("mmsi").str.head(3).replace_strict(mid), first=pl.col("hull").is_first_distinct()
    )
    assert (rows["mmsi"].str.len_chars() == 9).all()
    assert (rows.filter("first")["said"] == rows.filter("first")["flag"]).all()
    assert 0.0 < (rows["said"] != rows["flag"]).mean() < 0.1


def test_two_hulls_never_hold_one_number(sea: Sea) -> None:
    for column in ("mmsi", "imo"):
        holders = sea.identities.drop_nulls(column).group_by(column).agg(pl.col("hull").n_unique())
        assert (holders["hull"] == 1).all(), column


def test_identities_change_as_often_as_stated(sea: Sea) -> None:
    """Among the honest, within the world: a sale, a new name or a new flag."""
    rates = load_sea().identities.earlier
    honest = sea.hulls.filter(~pl.col("launders"))
    changes = sea.identities.join(honest.select("hull"), on="hull").filter(pl.col("valid_from") > SPAN.start)
    expected = (rates.sold + rates.renamed + rates.reflagged) * len(honest)
    assert abs(len(changes) - expected) < 5 * expected**0.5


def test_the_laundered_change_when_they_begin_to(sea: Sea) -> None:
    begun = sea.hulls.filter("launders").join(
        sea.identities, left_on=["hull", "launders_from"], right_on=["hull", "valid_from"], suffix="_new"
    )
    assert len(begun) == sea.hulls["launders"].sum()


def test_transponders_follow_the_identity_or_borrow_for_a_time(sea: Sea) -> None:
    said = sea.mmsi
    gaps = said.with_columns(gap=pl.col("begins") - pl.col("ends").shift(1).over("hull"))
    assert (gaps["gap"].drop_nulls() == 0).all()
    cover = said.group_by("hull").agg(pl.col("begins").min(), pl.col("ends").max())
    assert len(cover) == len(sea.hulls)
    assert (cover["begins"] < SPAN.start).all()
    assert (cover["ends"] > SPAN.end).all()
    own = sea.identities.select("hull", "mmsi").unique()
    borrowed = said.join(own, on=["hull", "mmsi"], how="anti").join(sea.hulls, on="hull")
    shared = load_sea().identities
    honest = sea.hulls.filter(~pl.col("launders")).height
    assert share_holds(borrowed.filter(~pl.col("launders")).height, honest, shared.innocent_shared)
    days = (borrowed["ends"] - borrowed["begins"]) / 86_400_000_000
    assert days.is_between(shared.shared_days[0] - 1, shared.shared_days[1] + 1).all()
    assert borrowed["mmsi"].is_in(sea.identities["mmsi"].to_list()).all()
