"""A digest of a table's content that depends on its rows in key order and on nothing of how files or memory hold them.

The encoding is our own, column by column: what is null, then the values as fixed-width little-endian numbers, or the
lengths of the texts and their bytes. No library's hash is in it, so that a digest stays what it was.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from features.contract import Table


def fingerprint(rows: pl.DataFrame, table: Table) -> dict[str, Any]:
    """`rows` (how many), `newest_known_at` (ISO 8601, null without rows) and `sha256` of rows that are in key order."""
    digest = hashlib.sha256()
    digest.update(f"{table.name}\0{len(rows)}\0".encode())
    for name, column in table.columns.items():
        digest.update(f"{name}\0{column.type}\0".encode())
        _add(digest, rows[name].rechunk())
    newest = rows["known_at"].max()
    return {
        "rows": len(rows),
        "newest_known_at": newest.isoformat() if isinstance(newest, datetime) else None,
        "sha256": digest.hexdigest(),
    }


def _add(digest: hashlib._Hash, values: pl.Series) -> None:
    digest.update(np.packbits(values.is_null().to_numpy()).tobytes())
    if values.dtype == pl.List:
        digest.update(values.list.len().fill_null(0).cast(pl.UInt32).to_numpy().astype("<u4").tobytes())
        elements = values.drop_nulls().explode(empty_as_null=False)
        _add(digest, elements)
    elif values.dtype == pl.String:
        filled = values.fill_null("")
        digest.update(filled.str.len_bytes().to_numpy().astype("<u4", copy=False).tobytes())
        digest.update(_text_bytes(filled))
    elif values.dtype == pl.Boolean:
        digest.update(np.packbits(values.fill_null(False).to_numpy()).tobytes())
    elif values.dtype == pl.Float64:
        digest.update(values.fill_null(0.0).to_numpy().astype("<f8", copy=False).tobytes())
    else:
        digest.update(values.to_physical().fill_null(0).cast(pl.Int64).to_numpy().astype("<i8", copy=False).tobytes())


def _text_bytes(texts: pl.Series) -> memoryview:
    """The texts one after the other in UTF-8, without nulls among them."""
    if texts.is_empty():
        return memoryview(b"")
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, dtype=np.int64, count=array.offset + len(array) + 1)
    return memoryview(data)[int(ends[array.offset]) : int(ends[-1])]
