"""Numbers of documents: one form for those that are the same, whoever wrote them down."""

from __future__ import annotations

import polars as pl

_GAPS = r"[\s\p{Pd}−]+"


def normalised(number: pl.Expr) -> pl.Expr:
    """The number in capitals, in Unicode's compatibility form, without blanks and dashes; null where nothing is left.

    Full-width digits are digits: a number typed on a Japanese keyboard is the same number.
    """
    plain = number.str.normalize("NFKC").str.to_uppercase().str.replace_all(_GAPS, "")
    return pl.when(plain != "").then(plain)
