"""The HTML files of a night: one with all offices, one for each."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.page.data import MOST_ROWS, Beside, page_data
from pipeline.page.strings import LANGUAGE, strings
from pipeline.settings import Settings
from pipeline.terminal import printable

HERE = Path(__file__).parent


def write(ranked: pl.DataFrame, settings: Settings, beside: Beside, as_of: datetime, folder: Path) -> None:
    """Writes `ranked.html`, and where there is more than one office `ranked-<office>.html` for each."""
    offices = sorted(ranked["office"].drop_nulls().unique().to_list())
    (folder / "ranked.html").write_text(page(ranked, settings, beside, as_of), encoding="utf-8")
    if len(offices) < 2:
        return
    for office in offices:
        rows = ranked.filter(pl.col("office") == office)
        text = page(rows, settings, beside, as_of, office)
        (folder / f"ranked-{file_part(office)}.html").write_text(text, encoding="utf-8")


def page(ranked: pl.DataFrame, settings: Settings, beside: Beside, as_of: datetime, office: str | None = None) -> str:
    """The page of a list, or of one office's part of it; equal lists give equal pages."""
    s = strings()
    night = f"{as_of:%Y-%m-%d %H:%M}"
    style, script = file("list.css"), file("list.js")
    offices = sorted(ranked["office"].drop_nulls().unique().to_list())
    one = office or (offices[0] if len(offices) == 1 else None)
    left = ranked.height - MOST_ROWS
    return str(
        environment()
        .get_template("list.html")
        .render(
            s=s,
            language=LANGUAGE,
            title=s["title"].format(office=printable(one) if one else s["all_offices"], night=night),
            offices=[printable(name) for name in offices],
            columns=[
                ("rank", "c-rank", s["rank"]),
                ("id", "c-id", s["consignment"]),
                ("", "", s["why"]),
                ("like", "c-like", s["likelihood"]),
                ("scheme", "c-scheme", s["scheme"]),
                ("pick", "c-pick", s["chosen"]),
            ],
            some_chosen=bool(ranked["selected"].any()),
            beyond=s["beyond"].format(count=left) if left > 0 else "",
            policy=f"default-src 'none'; script-src {source_hash(script)}; style-src {source_hash(style)}; "
            "base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
            data=page_data(ranked, settings, beside, night, printable(one) if one else None),
        )
    )


def file_part(office: str) -> str:
    """An office as a part of a file name: its code, or where that holds anything else a digest of it."""
    if re.fullmatch(r"[A-Za-z0-9]{1,32}", office):
        return office
    return f"office-{hashlib.sha256(office.encode()).hexdigest()[:12]}"


@cache
def environment() -> Environment:
    """Templates whose every value is escaped, and in which a name that is not given is an error."""
    return Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)


@cache
def file(name: str) -> str:
    """A file of this folder."""
    return (HERE / name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """The source expression that allows this very text and no other, by the Content Security Policy."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
