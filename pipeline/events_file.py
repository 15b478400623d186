"""A file of events or reports: Parquet or CSV by its suffix, whole or not at all, what it rests on beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as parquet

from pipeline.errors import Usage
from pipeline.runs import write_json

SUFFIXES = (".parquet", ".csv")
INSTANT_FORM = "%Y-%m-%dT%H:%M:%S%.fZ"


def check_suffix(out: Path, suffixes: tuple[str, ...] = SUFFIXES) -> None:
    """Raises Usage where the name of a file does not say in which form to write it, or where it is a folder."""
    if out.suffix not in suffixes or out.is_dir():
        found = "a folder" if out.is_dir() else out.suffix or "none"
        raise Usage(f"needed a file that ends in {' or '.join(suffixes)}, found {found} in {out}; give it with --out")


@contextmanager
def events_file(out: Path, schema: dict[str, pl.DataType], about: dict[str, Any]) -> Iterator[Callable[..., None]]:
    """Yields a function that adds a frame to the file; the file stands when all went well.

    `about`, as it is at the end, goes to the file's name with .json behind.
    """
    check_suffix(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    empty = pl.DataFrame(schema=schema)
    try:
        if out.suffix == ".parquet":
            arrow = empty.to_arrow(compat_level=pl.CompatLevel.oldest()).schema
            with parquet.ParquetWriter(draft, arrow, compression="zstd") as writer:
                yield lambda frame: writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        else:
            with draft.open("wb") as file:
                empty.write_csv(file)
                yield lambda frame: frame.write_csv(file, include_header=False, datetime_format=INSTANT_FORM)
        draft.replace(out)
        write_json(out.with_name(out.name + ".json"), about)
    finally:
        draft.unlink(missing_ok=True)
