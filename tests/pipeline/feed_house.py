"""A small house for tests of deliveries: a feed of its own, raw files, tables, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline.ingest import ingest
from pipeline.ingest_report import IngestReport
from pipeline.withdraw import WithdrawReport, withdraw

PARTY_SQL = """
SELECT party_id, name, country, known_at::TIMESTAMPTZ AS known_at
FROM read_csv('parties*.csv*', delim = ',', quote = '"', escape = '"', comment = '', skip = 0, header = true,
              all_varchar = true, nullstr = '')
"""
ALERT_SQL = """
SELECT alert_id, issued_at::TIMESTAMPTZ AS issued_at, 'own' AS origin, 'party' AS subject_kind, subject,
       weight::DOUBLE AS weight, issued_at::TIMESTAMPTZ AS known_at
FROM read_csv('alerts*.csv', all_varchar = true, nullstr = '')
"""
HEADER = "party_id,name,country,known_at\n"


def at(text: str) -> datetime:
    """An instant from its ISO form, UTC where it names no zone."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@dataclass
class FeedHouse:
    """`configs/sources/parties` is the feed, `raw` what it delivers, `inputs` the tables, `home` the lists."""

    root: Path
    statements: Mapping[str, str] = field(default_factory=lambda: {"party": PARTY_SQL})

    def __post_init__(self) -> None:
        self.raw, self.inputs, self.configs, self.home = (
            self.root / name for name in ("raw", "inputs", "configs", "home")
        )
        self.raw.mkdir(parents=True)
        for table, sql in self.statements.items():
            self.write_sql(table, sql)

    def write_sql(self, table: str, sql: str, feed: str = "parties") -> None:
        folder = self.configs / "sources" / feed
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{table}.sql").write_text(sql, encoding="utf-8")

    def deliver(self, *lines: str, name: str = "parties.csv", header: str = HEADER) -> None:
        """Replaces the raw files by one."""
        for path in self.raw.iterdir():
            path.unlink()
        (self.raw / name).write_text(header + "".join(line + "\n" for line in lines), encoding="utf-8")

    def ingest(
        self, received_at: str = "2024-06-01T12:00", history: bool = False, feed: str = "parties"
    ) -> IngestReport:
        return ingest(
            feed,
            self.raw,
            self.inputs,
            config_dirs=[self.configs],
            received_at=at(received_at),
            history=history,
            home=self.home,
        )

    def take(self, *lines: str, received_at: str = "2024-06-01T12:00", history: bool = False) -> IngestReport:
        self.deliver(*lines)
        return self.ingest(received_at, history)

    def withdraw(self, delivery: str, received_at: str = "2024-06-10T12:00") -> WithdrawReport:
        return withdraw(delivery, self.inputs, at(received_at), self.home)

    def table(self, name: str = "party") -> pl.DataFrame:
        """All stored rows by key and `known_at`; without rows where the table is not there."""
        paths = sorted((self.inputs / name).glob("*.parquet"))
        rows = pl.concat([pl.read_parquet(path) for path in paths]) if paths else pl.DataFrame()
        return rows.sort(rows.columns[0], "known_at") if paths else rows

    def versions(self) -> list[tuple[str, str, str]]:
        """The stored parties as (id, name, known_at)."""
        return [
            (row["party_id"], row["name"], f"{row['known_at']:%Y-%m-%dT%H:%M:%S.%f}".removesuffix(".000000"))
            for row in self.table().iter_rows(named=True)
        ]

    def quarantined(self, delivery: str, table: str = "party") -> pl.DataFrame:
        return pl.read_parquet(self.inputs / "_quarantine" / delivery / f"{table}.parquet")

    def tree(self) -> dict[str, bytes]:
        """Every file below the tables with its bytes."""
        paths = sorted(path for path in self.inputs.rglob("*") if path.is_file())
        return {path.relative_to(self.inputs).as_posix(): path.read_bytes() for path in paths}
