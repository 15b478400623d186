"""Numbers as exact integers, and what is computed from exact window sums: mean and sample standard deviation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from features.windows_keys import IntArray

FloatArray = npt.NDArray[np.float64]

_LIMIT = 2.0**62


def scaled_integers(values: pl.Series, scale: int) -> IntArray:
    """`round(value * scale)`, 0 where empty. Raises TypeError for other than numbers and booleans, ValueError when a
    value is not finite or when a sum of them might not fit 64 bits."""
    name = values.name
    _require_numeric(values)
    if values.dtype.is_float():
        numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
        _require_finite(name, numbers)
        size = float(np.abs(numbers).sum()) * scale
    else:
        numbers = values.cast(pl.Int64).fill_null(0).to_numpy()
        size = float(np.abs(numbers.astype(np.float64)).sum()) * scale
    if size >= _LIMIT:
        raise ValueError(
            f"needed sums of {name!r} that fit 64 bits, found {size:.3g} in all at scale {scale}; take a smaller scale "
            "or look for impossible values in the column"
        )
    return np.rint(numbers * scale).astype(np.int64) if values.dtype.is_float() else numbers * scale


def comparable_numbers(values: pl.Series) -> FloatArray:
    """Values as float64, 0 where empty. Raises as `scaled_integers`, but for the sum."""
    _require_numeric(values)
    numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
    _require_finite(values.name, numbers)
    return numbers


def mean(total: IntArray, count: IntArray, scale: int) -> FloatArray:
    """Mean in the column's own unit; NaN where nothing was counted."""
    return np.where(count > 0, total / np.maximum(count * scale, 1), np.nan)


def squares(name: str, integers: IntArray) -> tuple[IntArray, IntArray, int]:
    """Squares in two parts that each sum within 64 bits: modulo 2^64, and the part above so many bits (third).

    The second part is an estimate, good enough to tell by how many times 2^64 the sum of the first wrapped around.
    Raises ValueError when the values are so large that it would not be.
    """
    size = integers.astype(np.float64) ** 2
    shift = max(0, int(np.ceil(np.log2(max(float(size.sum()), 1.0)))) - 61)
    if shift + integers.size.bit_length() > 61:
        raise ValueError(
            f"needed squares of {name!r} that can be summed exactly, found a root mean square of "
            f"{np.sqrt(size.mean()):.3g} over {integers.size} values; take a smaller scale or look for impossible "
            "values in the column"
        )
    return integers * integers, np.floor(size * 2.0**-shift).astype(np.int64), shift


def deviation(
    count: IntArray, total: IntArray, wrapped: IntArray, coarse: IntArray, shift: int, scale: int
) -> FloatArray:
    """Sample standard deviation (ddof 1) from exact sums; NaN below two values.

    The squares are first centred on the mean rounded to an integer, modulo 2^64; what that lost is restored from the
    coarse sums, so that no digits cancel however large the mean is.
    """
    seen = np.maximum(count, 1)
    centre = np.rint(total / seen).astype(np.int64)
    rest = total - count * centre
    low = (wrapped - 2 * centre * total + count * centre * centre).view(np.uint64).astype(np.float64)
    middle = centre.astype(np.float64)
    estimate = coarse * 2.0**shift - 2.0 * middle * total + count * middle * middle
    squares = low + np.rint((estimate - low) * 2.0**-64) * 2.0**64
    variance = (squares - rest.astype(np.float64) ** 2 / seen) / np.maximum(count - 1, 1)
    return np.where(count > 1, np.sqrt(np.maximum(variance, 0.0)) / scale, np.nan)


def _require_numeric(values: pl.Series) -> None:
    if not (values.dtype.is_numeric() or values.dtype == pl.Boolean) or values.dtype.is_decimal():
        raise TypeError(
            f"needed numbers or booleans in {values.name!r}, found {values.dtype}; aggregate another column or cast it"
        )


def _require_finite(name: str, numbers: FloatArray) -> None:
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise ValueError(
            f"needed finite values in {name!r}, found {int(bad.sum())} that are not, e.g. {numbers[bad][0]}; leave "
            "them empty"
        )
