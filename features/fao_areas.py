"""Which major fishing area of the FAO a place in the North Pacific is in: 61 or 67.

The lines are those of the Food and Agriculture Organization of the United Nations, Major Fishing Areas, as described at
fao.org/fishery/area/Area61 and Area77 (also in the CWP Handbook of Fishery Statistical Standards, section H):

- 61 ends at the meridian 175 W, from the coast of Chukotka (at 64 45 N there) south to 20 N; at the parallel 20 N from
  there west to 115 E; at that meridian south to 15 N; at that parallel west to the coast of Asia.
- 67 begins at 175 W. It ends where 77 begins: at the parallel 40 N from 175 W east to 130 W, at that meridian north to
  40 30 N, at that parallel east to the coast of America.

Its northern end is not read from the FAO: the Bering Strait is taken, of which the shipped coastline has the southern
gate at 65 36 N; a list of bounding boxes (GlobalFishingWatch/frontend, ocean areas: 61 from 15 N to 66 23 N, 67 from
40 N to 66 08 N) agrees. Of 61, waters on the Pacific side reach to 66 24 N (Kresta Bay), those on the Arctic side begin
at 67 24 N. Lines on land are any that lie on land alone. Elsewhere nothing is said.
"""

from __future__ import annotations

import polars as pl

MEETING = -175.0
SOUTH_OF_61, NORTH_OF_61 = 20.0, 66.5
SOUTH_OF_CHINA_SEA, EAST_OF_CHINA_SEA, ASIA = 15.0, 115.0, 105.0
SOUTH_OF_67, NORTH_OF_67, AMERICA = 40.0, 65.5, -122.0
NEAR_AMERICA, SOUTH_NEAR_AMERICA = -130.0, 40.5


def fao_area(lat: pl.Expr, lon: pl.Expr) -> pl.Expr:
    """The major area of a place, "61" or "67"; null where it is not told. On the meridian where they meet it is 67."""
    ocean = lat.is_between(SOUTH_OF_61, NORTH_OF_61) & ((lon >= ASIA) | (lon < MEETING))
    china_sea = lat.is_between(SOUTH_OF_CHINA_SEA, SOUTH_OF_61) & lon.is_between(ASIA, EAST_OF_CHINA_SEA)
    south = pl.when(lon >= NEAR_AMERICA).then(SOUTH_NEAR_AMERICA).otherwise(SOUTH_OF_67)
    north_east = (lat >= south) & (lat <= NORTH_OF_67) & lon.is_between(MEETING, AMERICA)
    return pl.when(ocean | china_sea).then(pl.lit("61")).when(north_east).then(pl.lit("67"))
