"""The frame that all of features/tracks reads: position reports, with the track that each belongs to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from features.contract import INSTANT
from features.windows_keys import IntArray

SECOND = 1_000_000  # microseconds
SECOND_BITS = 33  # seconds of 272 years

POSITION: dict[str, pl.DataType] = {
    "mmsi": pl.String(),
    "at": INSTANT,
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "speed_kn": pl.Float64(),
    "course_deg": pl.Float64(),
    "draught_m": pl.Float64(),
    "receiver": pl.String(),
    "source": pl.String(),
    "known_at": INSTANT,
}
NEEDED = ("mmsi", "at", "lat", "lon", "known_at")


def as_positions(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of POSITION out of a frame of reports, in its row order; other columns fall away.

    A column that is absent is null throughout, but mmsi, at, lat, lon and known_at must be there, and `at` and
    `known_at` must be instants with a zone. Raises ValueError otherwise.
    """
    require(frame, NEEDED)
    return _typed(frame).select(
        pl.col(name) if name in frame.columns else pl.lit(None, kind).alias(name) for name, kind in POSITION.items()
    )


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    for name in ("at", "known_at"):
        found = frame.schema[name]
        if not isinstance(found, pl.Datetime) or found.time_zone is None:
            raise ValueError(
                f"needed instants with a zone in {name} of the position reports, found {found}; "
                f"where they are UTC, give pl.col({name!r}).dt.replace_time_zone('UTC')"
            )
    return frame.with_columns(
        pl.col(name).cast(kind)
        for name, kind in POSITION.items()
        if name in frame.columns and frame.schema[name] != kind
    )


def require(frame: pl.DataFrame, columns: Iterable[str]) -> None:
    """Raises ValueError that names the columns that a frame of reports lacks."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(
            f"needed the columns {', '.join(columns)} in the position reports, found {', '.join(frame.columns)}; "
            f"add {', '.join(missing)}"
        )


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The reports by `track` and `at`, with `track` first and the types of POSITION; where there is no `track`, it is
    the `mmsi`.

    Raises ValueError on a report without instant or position, and where a track has two reports at one instant: which
    of them counts is for `clean` to decide.
    """
    require(frame, NEEDED)
    frame = _typed(frame)
    placed = pl.all_horizontal(
        pl.col("mmsi", "at", "known_at").is_not_null().all(), pl.col("lat", "lon").is_finite().all()
    )
    if not frame.select(placed & (pl.col("lat").count() == pl.len()) & (pl.col("lon").count() == pl.len())).item():
        raise ValueError(
            "needed an MMSI, an instant and a position in every position report, found some without; "
            "give the reports to features.tracks.clean.clean first"
        )
    if "track" not in frame.columns:
        frame = frame.with_columns(track="mmsi")
    frame = frame.select("track", pl.exclude("track"))
    if not frame.select(_ascends(pl.col("track"), strictly=True)).item():
        frame = by_vessel(frame, "track")
        if not frame.select(_ascends(pl.col("track"), strictly=True)).item():
            twice = frame.filter((pl.col("track") == pl.col("track").shift()) & (pl.col("at") == pl.col("at").shift()))
            track, at = twice.row(0, named=True)["track"], twice["at"][0]
            raise ValueError(
                f"needed one report of a track at an instant, found {twice.height} more than that, the first of "
                f"{track} at {at:%Y-%m-%d %H:%M:%S}; give the reports to features.tracks.clean.clean first"
            )
    return frame


def by_vessel(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """The reports by `key`, a text, and `at`, null first; those equal in both in any order."""
    if frame.select(_ascends(pl.col(key), strictly=False)).item():
        return frame
    order = _order_of_numbers(frame, key)
    return frame.sort(key, "at") if order is None else frame[order]


def _order_of_numbers(frame: pl.DataFrame, key: str) -> IntArray | None:
    """The order of reports whose keys are numbers of nine digits and whose instants are whole seconds, as those of AIS
    are; None for others. Number and second stand in one integer: to sort those takes a fifth of the time."""
    if not frame.height or frame[key].null_count() or frame["at"].null_count():
        return None
    seconds, rest = np.divmod(frame["at"].to_physical().to_numpy(), SECOND)
    seconds -= seconds.min()
    numbers = _nine_digits(frame[key])
    if rest.any() or seconds.max() >> SECOND_BITS or numbers is None:
        return None
    return np.argsort((numbers << SECOND_BITS) | seconds)


def _nine_digits(texts: pl.Series) -> IntArray | None:
    """Texts of nine digits as numbers; None where there is another one among them."""
    numbers = texts.cast(pl.Int64, strict=False)
    # Nine bytes that make a number of nine digits; with a zero or a sign in front, it is a smaller one.
    plain = ((texts.str.len_bytes() == 9) & (numbers >= 100_000_000)).fill_null(False)
    if not plain.all() and not texts.filter(~plain).str.contains("^[0-9]{9}$").all():
        return None
    return numbers.to_numpy()


def _ascends(key: pl.Expr, *, strictly: bool) -> pl.Expr:
    """Whether reports are by `key` and `at`, in which none is null; `strictly` where no two are equal in both."""
    at = pl.col("at")
    later = at > at.shift() if strictly else at >= at.shift()
    return ((key > key.shift()) | ((key == key.shift()) & later)).slice(1).all(ignore_nulls=False).fill_null(False)
