"""Expressions in SQL that an administration writes: held against the columns they may name before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def mistakes_in(expressions: Mapping[str, str], schema: Mapping[str, pl.DataType]) -> list[str]:
    """What is wrong with expressions, by their place in the settings; empty where each gives yes or no."""
    nothing = pl.DataFrame(schema=schema)
    mistakes = []
    for place, expression in expressions.items():
        try:
            dtype = nothing.select(answer=pl.sql_expr(expression)).schema["answer"]
        except pl.exceptions.PolarsError as error:
            mistakes.append(f"{place}: {str(error).splitlines()[0]}; found {expression!r}")
            continue
        if dtype != pl.Boolean:
            mistakes.append(f"{place}: needed a yes or no, found {dtype} from {expression!r}")
    return mistakes
