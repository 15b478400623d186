"""Names of firms: made of parts by country, in three writings; some firms bear the name of another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from pipeline.world.randomness import Booleans, Floats, Integers
from pipeline.world.scenario.firms import Listing, Names

# In the order of the parts of a name in the scenario.
WRITINGS = ("name", "name_other", "name_native")
OTHERS = "other"


def firm_names(
    generator: np.random.Generator, parts: Mapping[str, Names], countries: pl.Series, listing: Listing
) -> pl.DataFrame:
    """A row per firm: name (Latin), name_other (spelled otherwise), name_native (in the script of the country).

    A share `listing.repeated_name` of the firms takes all three from another firm of its country.
    """
    count = len(countries)
    known = countries.replace_strict({name: name for name in parts}, default=OTHERS, return_dtype=pl.String)
    drawn = generator.random((count, 5))
    longer = generator.random((count, 2)) < (listing.name_with_second, listing.name_with_place)
    frame = pl.concat([_named(parts[name], known.eq(name).arg_true(), drawn, longer) for name in dict.fromkeys(known)])
    named = frame.sort("at").drop("at")
    return named[_taken_from(generator, countries, listing.repeated_name)]


def _named(parts: Names, at: pl.Series, drawn: Floats, longer: Booleans) -> pl.DataFrame:
    """The names of the firms at these places, a column per writing; `longer` says who bears a second stem, a place."""
    own = drawn[at.to_numpy()]

    def chosen(column: int, texts: tuple[str, ...], writing: int) -> pl.Series:
        written = pl.Series([_written(text, writing) for text in texts])
        return written.gather((own[:, column] * len(written)).astype(np.int64))

    columns = {}
    for writing, name in enumerate(WRITINGS):
        table = pl.DataFrame(
            {
                "stem": chosen(0, parts.stems, writing),
                "place": chosen(1, parts.places, writing),
                "field": chosen(2, parts.fields, writing),
                "form": chosen(3, parts.forms, writing),
                "second": chosen(4, parts.stems, writing),
                "with_second": longer[at.to_numpy(), 0],
                "with_place": longer[at.to_numpy(), 1],
            }
        )
        parts_told = (
            "stem",
            pl.when(pl.col("with_second") & (pl.col("second") != pl.col("stem"))).then("second"),
            pl.when("with_place").then("place"),
            "field",
            "form",
        )
        columns[name] = table.select(pl.concat_str(parts_told, separator=" ", ignore_nulls=True))
    return pl.DataFrame({"at": at.cast(pl.Int64), **{name: told.to_series() for name, told in columns.items()}})


def _written(part: str, writing: int) -> str:
    told = part.split("|")
    return told[writing] if writing < len(told) else told[0]


def _taken_from(generator: np.random.Generator, countries: pl.Series, repeated: float) -> Integers:
    """For every firm the place of the firm whose name it bears, mostly its own."""
    count = len(countries)
    _, country, sizes = np.unique(countries.to_numpy(), return_inverse=True, return_counts=True)
    by_country = np.argsort(country, kind="stable")
    first = np.cumsum(sizes) - sizes
    twin = by_country[first[country] + (generator.random(count) * sizes[country]).astype(np.int64)]
    return np.where(generator.random(count) < repeated, twin, np.arange(count))
