"""The vessel register: the contract's form, faults at their shares, never known too early."""

from __future__ import annotations

import polars as pl
import pytest
from seas import MANY, firms, sea_of, share_holds
from sections import load_sea

from pipeline.world.sea.identities import imo_number
from pipeline.world.sea.vessel_table import vessel_table

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return vessel_table(3, load_sea(), sea_of(MANY), firms())


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    sea = sea_of(MANY)
    return sea.identities.join(sea.hulls.select("hull", "vessel_id", "kind"), on="hull")


def test_every_identity_is_a_row_known_after_it_began(table: pl.DataFrame, truth: pl.DataFrame) -> None:
    assert len(table) == len(truth) == table.select("vessel_id", "valid_from").n_unique()
    lag = (table["known_at"] - table["valid_from"]) / DAY
    numbers = load_sea().vessel_table
    assert lag.min() >= numbers.known_days[0] - 0.01
    assert share_holds((lag > numbers.known_days[1]).sum(), len(table), numbers.late)
    assert (table["known_at"] % 1_000_000 == 0).all()


def test_cells_are_missing_at_their_shares(table: pl.DataFrame) -> None:
    for column in ("mmsi", "call_sign", "owner_id", "operator_id", "built_year", "length_m", "gross_tonnage"):
        share = load_sea().vessel_table.missing[column]
        assert share_holds(table[column].null_count(), len(table), share), column
    for column in ("vessel_id", "valid_from", "kind", "known_at"):
        assert table[column].null_count() == 0


def test_slips_occur_at_their_shares(table: pl.DataFrame, truth: pl.DataFrame) -> None:
    numbers = load_sea().vessel_table
    both = table.join(truth, on=["vessel_id", "valid_from"], suffix="_true").drop_nulls("mmsi")
    assert share_holds((both["mmsi"].str.len_chars() != 9).sum(), len(both), numbers.bad_mmsi_length)
    other = both.filter(pl.col("mmsi").str.len_chars() == 9)
    assert share_holds((other["mmsi"] != other["mmsi_true"]).sum(), len(other), numbers.bad_mmsi_country)
    with_imo = both.drop_nulls("imo")
    assert share_holds((with_imo["imo"] != with_imo["imo_true"]).sum(), len(with_imo), numbers.bad_imo_digit)
    fails = [imo_number(int(number[:6])) != number for number in with_imo["imo"]]
    assert 0 < sum(fails) / len(fails) < 0.03


def test_parties_are_named_by_their_keys(table: pl.DataFrame, truth: pl.DataFrame) -> None:
    parties = firms().select(owner="party", key="party_id")
    both = (
        table.join(truth, on=["vessel_id", "valid_from"], suffix="_true")
        .join(parties, on="owner")
        .drop_nulls("owner_id")
    )
    assert (both["owner_id"] == both["key"]).all()


def test_what_the_register_says_of_a_hull_does_not_change_with_its_name(table: pl.DataFrame) -> None:
    said = table.group_by("vessel_id").agg(pl.col("gross_tonnage", "length_m", "built_year").drop_nulls().n_unique())
    assert said.select(pl.exclude("vessel_id")).to_numpy().max() == 1


def test_equal_seeds_give_equal_tables(table: pl.DataFrame) -> None:
    again = vessel_table(3, load_sea(), sea_of(MANY), firms().reverse())
    assert again.equals(table)
