"""Firms' names as another state's customs transmit them: other spelling, other script, typing errors."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.randomness import pick
from pipeline.world.scenario.papers import TransmittedNames


def transmitted(
    generator: np.random.Generator, rules: TransmittedNames, names: pl.Series, senders: pl.Series
) -> pl.Series:
    """Each name as `senders` (countries) transmit it; null stays null."""
    ways = list(rules.ways)
    drawn = pick(generator, rules.ways.values(), len(names))
    place = pl.Series(generator.random(len(names)))
    frame = pl.DataFrame({"name": names, "sender": senders, "way": drawn, "draw": place}).with_row_index("place")
    parts = []
    for way, rows in frame.partition_by("way", as_dict=True, maintain_order=True).items():
        parts.append(rows.select("place", name=_told(rules, ways[int(way[0])])))
    if not parts:
        return names
    return pl.concat(parts).sort("place")["name"]


def _told(rules: TransmittedNames, way: str) -> pl.Expr:
    name = pl.col("name")
    words = name.str.split(" ")
    if way == "capitals":
        return name.str.to_uppercase()
    if way == "form_first":
        return pl.concat_str(words.list.last(), pl.lit(" "), words.list.slice(0, words.list.len() - 1).list.join(" "))
    if way == "no_form":
        return (
            pl.when(words.list.len() > 1).then(words.list.slice(0, words.list.len() - 1).list.join(" ")).otherwise(name)
        )
    if way == "respelled":
        return name.str.to_lowercase().str.replace_many(rules.respelled, leftmost=True).str.to_titlecase()
    if way == "script":
        told = name
        for country, letters in rules.scripts.items():
            written = name.str.to_lowercase().str.replace_many(letters, leftmost=True)
            # A name that the letters do not cover is sent as it is: nobody writes half a word.
            covered = (pl.col("sender") == country) & ~written.str.contains("[a-z]")
            told = pl.when(covered).then(written).otherwise(told)
        return told
    if way == "typing":
        return _mistyped(name)
    return name


def _mistyped(name: pl.Expr) -> pl.Expr:
    """Two neighbouring letters in each other's place."""
    at = (pl.col("draw") * (name.str.len_chars().cast(pl.Int64) - 1)).floor().cast(pl.Int64).clip(lower_bound=0)
    return pl.concat_str(
        name.str.slice(0, at), name.str.slice(at + 1, 1), name.str.slice(at, 1), name.str.slice(at + 2)
    )
