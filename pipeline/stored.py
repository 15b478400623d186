"""What is stored already: every version of given keys, with the delivery that brought it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from features.conform import cast
from features.contract import Table
from pipeline.delivery import WITHDRAWAL
from pipeline.errors import Refused
from pipeline.files import InputFile
from pipeline.reading import read

KEY = ("key", "key_again")


def hashes(columns: Iterable[str], names: Sequence[str]) -> list[pl.Expr]:
    """Equal values, nulls and lists included, have equal hashes; together they are as good as 128 bits."""
    together = pl.struct(*columns)
    return [together.hash(seed=seed).alias(name) for seed, name in enumerate(names)]


def stored_versions(files: Sequence[InputFile], table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    """The stored rows that have one of the keys in `keys`, in the contract's columns and two more.

    `delivery` is the name of their file without its ending, `by_withdrawal` whether a withdrawal wrote it. Raises
    Refused where a file cannot be read, since what it holds might be changed by what is delivered.
    """
    wanted = keys.select(hashes(table.key, KEY)).unique()
    parts = [table.empty_frame().with_columns(delivery=pl.lit(None, pl.String))]
    parts += [_rows(file, table, wanted).with_columns(delivery=pl.lit(file.path.stem)) for file in files]
    return pl.concat(parts).with_columns(by_withdrawal=pl.col("delivery").str.ends_with(WITHDRAWAL))


def refuse_single_file(files: Sequence[InputFile], table: Table) -> None:
    """Raises Refused where a table is one single file: a delivery beside it would make two forms of it."""
    single = [file.name for file in files if "/" not in file.name]
    if single:
        raise Refused(
            f"needed the table {table.name} as a folder that deliveries are added to, found the file {single[0]}; "
            f"move it to {table.name}/{table.name}.parquet (as Parquet), or begin its name with _; nothing was written"
        )


def _rows(file: InputFile, table: Table, wanted: pl.DataFrame) -> pl.DataFrame:
    """A file in the contract's form gives only the rows that are asked for; any other is read whole first."""
    try:
        if not file.partitions and dict(pl.read_parquet_schema(file.path)) == table.schema:
            return cast(_among(pl.scan_parquet(file.path, glob=False), table, wanted), table).rows
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise Refused(
            f"needed {file.name} as a whole Parquet file, found: {str(error).splitlines()[0]}; restore it from a copy, "
            "or begin its name with _ to go on without it; nothing was written"
        ) from error
    outcome = read(file, table)
    if outcome.refusals:
        faults = "\n".join(f"  - {violation.message}" for violation in outcome.refusals)
        raise Refused(f"needed tables that can be read, found:\n{faults}\nnothing was written")
    return _among(outcome.rows.lazy(), table, wanted)


def _among(rows: pl.LazyFrame, table: Table, wanted: pl.DataFrame) -> pl.DataFrame:
    marked = rows.with_columns(hashes(table.key, KEY)).join(wanted.lazy(), on=KEY, how="semi")
    return marked.drop(KEY).collect(engine="streaming")
