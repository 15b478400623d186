"""Tables of very many consignments with papers: a demonstration world, tiled.

Every copy of the world has ids, numbers and names of its own, instants a minute apart, and weights of its own, so that
no two copies share a consignment, a firm, a certificate or a paper that says the same. Invoices are left out, which
leaves some 2.8 papers a consignment. Exports that the issuers told of, mostly of what went to others, are copied beside
under other numbers, half of them a year earlier, until there are five for every consignment.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.contract import load_contract

TABLES = (
    *("consignment", "goods_item", "leg", "document", "document_line", "partner_export", "party", "vessel"),
    *("port_call", "fishing_right", "watchlist", "inspection"),
)
EXPORTS_PER_CONSIGNMENT = 5
_IDS = (
    *("consignment_id", "document_id", "vessel_id", "call_id", "right_id", "inspection_id", "subject", "party_id"),
    *("importer_id", "exporter_id", "declarant_id", "carrier_id", "holder_id", "owner_id", "operator_id"),
)
_NAMES = {"party": ("name",), "partner_export": ("exporter", "consignee")}
_KILOGRAMS = ("net_kg", "live_kg", "gross_kg")
_SYLLABLES = tuple(a + b for a in "bdghkmnrst" for b in "aeiou")
_YEAR = pl.duration(days=365)


def tile(world: Path, consignments: int, home: Path) -> dict[str, int]:
    """Writes a Parquet file per table of TABLES under `home`, by key and known_at, as the product reads them.

    Returns the rows of each. `world` holds a demonstration world.

    There are as many copies as come nearest to `consignments`. Raises FileNotFoundError where a table is not there.
    """
    frames = {name: pl.read_parquet(world / f"{name}.parquet") for name in TABLES}
    frames["document"] = frames["document"].filter(pl.col("kind") != "invoice")
    kept = frames["document"].select("document_id").unique()
    frames["document_line"] = frames["document_line"].join(kept, on="document_id", how="semi", maintain_order="left")
    size = frames["consignment"]["consignment_id"].n_unique()
    copies = max(1, round(consignments / size))
    more = EXPORTS_PER_CONSIGNMENT * size / frames["partner_export"].height
    frames["partner_export"] = _with_other_exports(frames["partner_export"], more)
    home.mkdir(parents=True, exist_ok=True)
    contract = load_contract()
    rows = {}
    for name, frame in frames.items():
        copied = pl.concat([_copy(name, frame, number) for number in range(copies)])
        whole = copied.sort([*contract[name].key, "known_at"])
        whole.write_parquet(home / f"{name}.parquet")
        rows[name] = whole.height
    return rows


def _copy(table: str, frame: pl.DataFrame, number: int) -> pl.DataFrame:
    changed: dict[str, pl.Expr] = {}
    for name, dtype in frame.schema.items():
        if name in _IDS:
            changed[name] = pl.format("{}-{}", name, pl.lit(f"{number:03}"))
        elif name == "number":
            changed[name] = pl.format("{}{}", name, pl.lit(f"{number:03}"))
        elif name in _NAMES.get(table, ()):
            changed[name] = pl.format("{} {}", name, pl.lit(_word(number)))
        elif name in _KILOGRAMS:
            changed[name] = (pl.col(name) * (1 + number / 300)).round(1)
        elif isinstance(dtype, pl.Datetime):
            changed[name] = pl.col(name) + pl.duration(minutes=number)
    return frame.with_columns(**changed)


def _word(number: int) -> str:
    size = len(_SYLLABLES)
    return _SYLLABLES[number % size] + _SYLLABLES[number // size % size] + "n"


def _with_other_exports(exports: pl.DataFrame, times: float) -> pl.DataFrame:
    """As many rows as `times` those given: whole copies and a part of one, every other copy a year earlier."""
    parts = [exports]
    for number in range(1, int(times) + 1):
        back = _YEAR * (number % 2)
        copy = exports if number < int(times) else exports.head(round((times - int(times)) * exports.height))
        parts.append(
            copy.with_columns(pl.format("{}{}", "number", pl.lit(str(number))), pl.col("cleared_at", "known_at") - back)
        )
    return pl.concat(parts)
