"""The numbers by which a vessel is known: whether they can be true, and whether one that it must have is missing."""

from __future__ import annotations

import polars as pl
from stdnum import imo

MMSI = r"^[0-9]{9}$"


def identifier_faults(identities: pl.DataFrame, mid: pl.DataFrame, imo_required_gt: float) -> pl.DataFrame:
    """Per identity `identifier_faults`, how many, and `identifier_faults_told`, which.

    Of four: the IMO number's check digit fails; the MMSI has not nine digits; its first three are not those of the flag
    (`mid`: mid, flag); the IMO number is missing though the gross tonnage is at least `imo_required_gt`. A part that
    cannot be judged counts nothing; null where none can.
    """
    told = identities.select(
        _check_digit_fails(identities["imo"]),
        _length_is_wrong(),
        _flag_is_another(identities, mid),
        _is_missing(imo_required_gt),
    )
    found = pl.concat_str(
        [pl.when(pl.col(name)).then(pl.lit(name)) for name in told.columns], separator=", ", ignore_nulls=True
    )
    judged = pl.any_horizontal(pl.col(told.columns).is_not_null())
    return told.select(
        identifier_faults=pl.when(judged).then(pl.sum_horizontal(pl.col(told.columns).cast(pl.Int64))),
        identifier_faults_told=pl.when(judged).then(pl.when(found == "").then(pl.lit("none")).otherwise(found)),
    )


def _check_digit_fails(numbers: pl.Series) -> pl.Series:
    """python-stdnum judges the different numbers, which are as many as ships, not as questions."""
    distinct = numbers.drop_nulls().unique()
    invalid = [number for number in distinct if not imo.is_valid(number)]
    return numbers.is_in(pl.Series(invalid, dtype=pl.String).implode()).alias("IMO number fails its check digit")


def _length_is_wrong() -> pl.Expr:
    return pl.col("mmsi").str.contains(MMSI).not_().alias("MMSI without nine digits")


def _flag_is_another(identities: pl.DataFrame, mid: pl.DataFrame) -> pl.Series:
    """Null where a part is missing, the MMSI has another length, or no table of digits is at hand."""
    name = "digits of the MMSI are not the flag's"
    if mid.is_empty():
        return pl.Series(name, [None], dtype=pl.Boolean).new_from_index(0, identities.height)
    digits = pl.when(pl.col("mmsi").str.contains(MMSI)).then(pl.col("mmsi").str.head(3))
    asked = identities.select(mid=digits, flag="flag")
    agreed = mid.select("mid", "flag").unique().with_columns(agrees=pl.lit(True))
    found = asked.join(agreed, on=["mid", "flag"], how="left", maintain_order="left")
    judged = pl.col("mid").is_not_null() & pl.col("flag").is_not_null()
    return found.select(pl.when(judged).then(pl.col("agrees").is_null()).alias(name)).to_series()


def _is_missing(required_gt: float) -> pl.Expr:
    known = pl.col("imo").is_not_null()
    missing = pl.when(known).then(False).otherwise(pl.col("gross_tonnage") >= required_gt)
    # A vessel of which nothing is known has no identity row: there, nothing is missing either.
    return pl.when(pl.col("known_at").is_not_null()).then(missing).alias("IMO number missing")
