"""Which major fishing area of the FAO a place in the North Pacific is in, where straight boundaries tell it.

Areas 61 and 67 meet at the meridian 175 W, from 65 15 N southward (FAO, CWP Handbook, Major Fishing Areas). South of
25 N and elsewhere nothing is said: other areas meet there, in lines that are not shipped.
"""

from __future__ import annotations

import polars as pl

SOUTH, NORTH = 25.0, 65.25
WEST, MEETING, EAST = 117.0, -175.0, -125.0
NORTH_OF_67 = 40.5


def fao_area(lat: pl.Expr, lon: pl.Expr) -> pl.Expr:
    """The major area of a place, "61" or "67"; null where it is not told."""
    between = lat.is_between(SOUTH, NORTH)
    north_west = between & ((lon >= WEST) | (lon < MEETING))
    north_east = between & (lat >= NORTH_OF_67) & lon.is_between(MEETING, EAST)
    return pl.when(north_west).then(pl.lit("61")).when(north_east).then(pl.lit("67"))
