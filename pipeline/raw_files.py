"""The raw files of a delivery: which there are, their bytes' hashes, and whether they are whole and still."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Refused, Usage

CHUNK = 1 << 20


@dataclass(frozen=True)
class RawFile:
    """A file under the raw folder: its name relative to it, size in bytes, SHA-256, and when it was last changed."""

    name: str
    size: int
    sha256: str
    changed: int


def read_raw_files(raw: Path) -> list[RawFile]:
    """All files under `raw`, by name. Raises Usage where there is no such folder, Refused where files are damaged."""
    if not raw.is_dir():
        raise Usage(f"needed a folder with the raw files of a delivery, found none at {raw}; check --raw")
    damaged: list[str] = []
    files = []
    for path in _paths(raw):
        try:
            files.append(_read(path, raw))
            if path.suffix == ".gz":
                _unpack(path)
        except (OSError, EOFError, zlib.error) as error:
            damaged.append(f"{path.relative_to(raw).as_posix()!r} ({error})")
    if damaged:
        raise Refused(
            f"needed raw files that can be read to their end, found {len(damaged)} damaged or half written: "
            f"{', '.join(damaged)}; have them sent again; nothing was written"
        )
    return files


def refuse_if_changed(raw: Path, files: list[RawFile]) -> None:
    """Raises Refused when a file came, went or changed since it was hashed, as in a delivery that is being written."""
    before = {(file.name, file.size, file.changed) for file in files}
    after = {(_name(path, raw), path.stat().st_size, path.stat().st_mtime_ns) for path in _paths(raw)}
    moved = sorted({name for name, *_ in before ^ after})
    if moved:
        raise Refused(
            f"needed raw files that stay as they are while they are read, found changes in "
            f"{', '.join(map(repr, moved))}; ingest again when the delivery is complete; nothing was written"
        )


def _paths(raw: Path) -> list[Path]:
    found = [Path(folder) / name for folder, _, names in os.walk(raw) for name in names]
    return sorted((path for path in found if path.is_file()), key=lambda path: _name(path, raw))


def _name(path: Path, raw: Path) -> str:
    return path.relative_to(raw).as_posix()


def _read(path: Path, raw: Path) -> RawFile:
    digest = hashlib.sha256()
    status = path.stat()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return RawFile(_name(path, raw), status.st_size, digest.hexdigest(), status.st_mtime_ns)


def _unpack(path: Path) -> None:
    """Reads to the end, since DuckDB does not hold what it unpacks against the checksum."""
    with gzip.open(path, "rb") as stream:
        while stream.read(CHUNK):
            pass
