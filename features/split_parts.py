"""The parts of a consignment that may have been split to stay below the duty-free limit (BD-19).

Its parts are the consignments from the same consignor to the same consignee that were declared in the 72 hours up to
it or after it, (declared_at - 72 h, declared_at + 72 h], and that are below the duty-free limit, each below that of its
own destination; itself among them. A consignment of which a line states no value is no part, since nothing says that it
is small. The window runs on event time, over the rows that were visible at the cut-off.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.asked import Asked
from features.asof import history, join_history
from features.division import divided
from features.line_states import MICRO, micro_usd, value_history
from features.options import Options
from features.range_sums import range_sums
from features.tables import Tables
from features.windows_keys import TIME_BITS, IntArray

SPLIT = timedelta(hours=72)
PAIR = ("exporter_id", "importer_id")
_NEVER = np.iinfo(np.int64).max


def split_parts(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question `split_part_count`, `split_value_usd` (of the parts), `split_value_ratio` and `de_minimis_usd`.

    The ratio is their value over the limit of the own destination. All but the limit are 0 where the consignment is not
    below the limit itself: it is no part of a split. They are null where a party or a value is missing.
    """
    own = _own(asked, options)
    small = own.filter("is_small")
    sums = small.select("question").hstack(_sums(small, _parts(asked.tables, options)))
    known = pl.col("is_small").is_not_null()
    return (
        own.join(sums, on="question", how="left", maintain_order="left")
        .select(
            "is_small",
            split_part_count=pl.when(known).then(pl.col("parts").fill_null(0).cast(pl.Float64)),
            split_value_usd=pl.when(known).then(divided(pl.col("micro").fill_null(0), MICRO)),
            de_minimis_usd=divided(pl.col("limit_micro"), MICRO),
        )
        .with_columns(
            split_value_ratio=pl.when("is_small")
            .then(pl.col("split_value_usd") / pl.col("de_minimis_usd"))
            .otherwise("split_value_usd")
        )
        .drop("is_small")
    )


def nearest_parts(asked: Asked, options: Options, most: int) -> pl.DataFrame:
    """The other parts of each question that were declared nearest to it, at most so many: `question`, `unit`, `use`.

    Those of one pair at one cut-off are looked up once, however many questions there are about them.
    """
    own = _own(asked, options).filter("is_small")
    group = own.select("cutoff", *PAIR).unique().with_row_index("group")
    own = own.join(group, on=["cutoff", *PAIR], how="left", maintain_order="left")
    held = (
        group.join(_parts(asked.tables, options), on=PAIR)
        .filter(
            pl.col("known_at") <= pl.col("cutoff"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("cutoff")),
        )
        .sort("group", "declared_at", "unit")
    )
    declared = _microseconds(held["declared_at"])
    instants = np.unique(declared)
    place = _packed(held["group"], np.searchsorted(instants, declared))
    begin, end = _window(place, instants, own["group"], own["declared_at"])
    middle = np.searchsorted(place, _packed(own["group"], np.searchsorted(instants, _microseconds(own["declared_at"]))))
    near = middle[:, None] + np.arange(-most, most + 1)
    row, column = np.nonzero((near >= begin[:, None]) & (near < end[:, None]))
    asking = own[row].select("question", "consignment_id", own_declared_at="declared_at")
    return (
        asking.hstack(held[near[row, column]].select("unit", "use", "declared_at"))
        .filter(pl.col("unit") != pl.col("consignment_id"))
        .with_columns(distance=(pl.col("declared_at") - pl.col("own_declared_at")).abs())
        .sort("question", "distance", "unit")
        .group_by("question", maintain_order=True)
        .head(most)
        .select("question", "unit", "use")
    )


def _own(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question its parties, `declared_at`, `limit_micro`, and `is_small`, null where one of them is missing."""
    micro = micro_usd(pl.col("value_usd"))
    values = asked.items.group_by("question").agg(
        value_micro=pl.when(micro.is_not_null().all()).then(micro.sum()),
    )
    own = asked.questions.with_row_index("question").hstack(
        asked.consignment.select(*PAIR, "declared_at", "destination_country")
    )
    limit = _limit_micro(options)
    has_parties = pl.all_horizontal(pl.col(name).is_not_null() for name in PAIR)
    return own.join(values, on="question", how="left", maintain_order="left").with_columns(
        limit_micro=limit, is_small=pl.when(has_parties).then(pl.col("value_micro") < limit)
    )


def _limit_micro(options: Options) -> pl.Expr:
    limits = {country: round(usd * MICRO) for country, usd in options.de_minimis_usd.items()}
    default = limits.pop("default")
    destination = pl.col("destination_country")
    of_country = [pl.when(destination == country).then(limit) for country, limit in sorted(limits.items())]
    return pl.coalesce(*of_country, pl.lit(default, dtype=pl.Int64))


def _parts(tables: Tables, options: Options) -> pl.DataFrame:
    """The spans in which consignments with both parties are below the limit, with PAIR, `declared_at` and `use`."""

    def make() -> pl.DataFrame:
        columns = [*PAIR, "declared_at", "destination_country", "use"]
        consignments = history(tables["consignment"], ["consignment_id"], "consignment_id", columns)
        return join_history(value_history(tables), consignments).filter(
            ~pl.col("withdrawn"),
            *[pl.col(name).is_not_null() for name in PAIR],
            pl.col("value_micro") < _limit_micro(options),
        )

    return tables.derived(("parts", tuple(sorted(options.de_minimis_usd.items()))), make)


def _sums(small: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Per row of `small` how many `parts` it has, and their value in `micro` (millionths of a dollar)."""
    pairs = small.select(PAIR).unique().with_row_index("pair")
    pair = small.join(pairs, on=PAIR, how="left", maintain_order="left")["pair"]
    spans = parts.join(pairs, on=PAIR)
    start, until = _microseconds(spans["known_at"]), _microseconds(spans["until"])
    # A span counts from its start on, and is taken away again at its end.
    ends = np.flatnonzero(until != _NEVER)
    rows = np.concatenate([np.arange(spans.height), ends])
    sign = np.ones(rows.size, dtype=np.int64)
    sign[spans.height :] = -1
    known, rank = np.unique(np.concatenate([start, until[ends]]), return_inverse=True)
    instants, declared = np.unique(_microseconds(spans["declared_at"]), return_inverse=True)
    place = _packed(spans["pair"], declared)[rows]
    order = np.argsort(place, kind="stable")
    begin, end = _window(place[order], instants, pair, small["declared_at"])
    weights = {"parts": sign[order], "micro": (sign * spans["value_micro"].to_numpy()[rows])[order]}
    below = np.searchsorted(known, _microseconds(small["cutoff"]), side="right")
    return pl.DataFrame(range_sums(rank[order], weights, begin, end, below))


def _packed(group: pl.Series, rank: IntArray) -> IntArray:
    packed: IntArray = group.cast(pl.Int64).to_numpy() << TIME_BITS | rank
    return packed


def _window(place: IntArray, instants: IntArray, group: pl.Series, declared_at: pl.Series) -> tuple[IntArray, IntArray]:
    """Where, in the sorted places, the window around each declaration begins and ends."""
    own, width = _microseconds(declared_at), SPLIT // timedelta(microseconds=1)
    begin, end = (
        np.searchsorted(place, _packed(group, np.searchsorted(instants, own + edge, side="right")))
        for edge in (-width, width)
    )
    return begin, end


def _microseconds(instants: pl.Series) -> IntArray:
    return instants.to_physical().fill_null(_NEVER).to_numpy()
