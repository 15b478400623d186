"""What every run has in common: outputs written whole or not at all, fingerprints, and the time that stages took."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.settings import PROJECT


def folder_name(as_of: datetime) -> str:
    """The folder of a night: 20240601T2000Z, with seconds only where the instant has any."""
    instant = as_of.astimezone(UTC)
    if instant.microsecond:
        return instant.strftime("%Y%m%dT%H%M%S.%fZ")
    return instant.strftime("%Y%m%dT%H%M%SZ" if instant.second else "%Y%m%dT%H%MZ")


def instant_text(instant: datetime) -> str:
    """An instant as it stands in every JSON file: ISO 8601 in UTC, with Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """A temporary folder inside a home, so that what is made there can be renamed into place; it always vanishes."""
    home.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """JSON with sorted keys: equal content is equal bytes. NaN and infinity are refused."""
    text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def replace_file(path: Path, text: str) -> None:
    """Writes a small file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@cache
def code_version() -> dict[str, str]:
    """The version of the product, a SHA-256 over its code, and the Python build."""
    digest = hashlib.sha256()
    for package in ("features", "models", "pipeline"):
        for path in sorted((PROJECT / package).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return {"tidewaiter": version("tidewaiter"), "sha256": digest.hexdigest(), "python": platform.python_version()}


class Stopwatch:
    """Wall seconds by stage, and the greatest memory so far."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._seconds[name] = round(self._seconds.get(name, 0.0) + time.perf_counter() - start, 3)

    def told(self) -> dict[str, Any]:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"seconds": dict(self._seconds), "peak_memory_mb": round(peak / 1024)}
