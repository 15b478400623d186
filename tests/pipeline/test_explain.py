"""`explain` on the real command line: what the list rests on, and why something is not on it."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from conftest import AS_OF, Demo, tidewaiter
from small_tables import valid

from pipeline.page.strings import strings

NIGHT = "20241210T2000Z"


@pytest.fixture(scope="module")
def home(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a night that stands."""
    place = Path(shutil.copytree(demo.home, tmp_path_factory.mktemp("explain") / "home"))
    made = tidewaiter("rank", "--as-of", AS_OF, "--warnings-ok", *demo.arguments(home=place))
    assert made.returncode == 0, made.stderr
    return place


@pytest.fixture(scope="module")
def first(home: Path) -> dict[str, object]:
    ranked = pl.read_parquet(home / "ranked" / NIGHT / "ranked.parquet")
    return ranked.filter(pl.col("reasons").list.len() > 0).sort("priority").row(-1, named=True)


def test_it_agrees_with_the_list_that_stands(demo: Demo, home: Path, first: dict[str, object], tmp_path: Path) -> None:
    name, page = str(first["consignment_id"]), tmp_path / "one.html"
    told = tidewaiter("explain", name, "--as-of", AS_OF, "--all", "--html", str(page), *demo.arguments(home=home))
    assert told.returncode == 0, told.stderr
    assert f"{name}: {first['office']} rank {first['rank']} of 2024-12-10 20:00 UTC" in told.stdout
    for reason in first["reasons"]:  # type: ignore[attr-defined]
        assert f"{reason['contribution']:+.2f}  {reason['indicator']}: {reason['text']}" in told.stdout
        assert reason["evidence"][0] in told.stdout
    assert f"{first['p_' + str(first['scheme'])]:.1%}, " in told.stdout
    text = page.read_text()
    assert "<script" not in text
    assert name in text
    assert strings()["evidence"] in text


def test_a_night_that_does_not_stand_is_explained_and_not_published(
    demo: Demo, own_home: Path, first: dict[str, object]
) -> None:
    told = tidewaiter("explain", str(first["consignment_id"]), "--as-of", AS_OF, *demo.arguments(home=own_home))
    assert told.returncode == 0, told.stderr
    assert f"rank {first['rank']} of" in told.stdout
    assert not (own_home / "ranked").exists()


def test_what_is_not_on_the_list_is_told_why(demo: Demo, home: Path) -> None:
    told = tidewaiter("explain", "NOBODY", "--as-of", AS_OF, *demo.arguments(home=home))
    assert told.returncode == 0
    assert "NOBODY is not on the list of 2024-12-10 20:00 UTC: no version of it was known at" in told.stdout


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"withdrawn": True}, "its newest version, known at .* withdraws it"),
        ({"released": True}, "it was released at 2024-12-10 10:00 UTC"),
        ({"old": True}, "it was declared on 2024-01-01, 30 days before the list or earlier"),
        ({"inspected": True}, "every scheme that applies to it has a finding already"),
        ({"office": "bad office"}, "no version of it was known at .*; in quarantine: .*office"),
    ],
)
def test_each_reason_for_not_being_open(change: dict[str, object], why: str, tmp_path: Path) -> None:
    known = datetime(2024, 12, 10, 9, tzinfo=UTC)
    consignment = valid(
        "consignment",
        consignment_id="A",
        regime="import",
        office=change.get("office", "JPWKJ"),
        destination_country="JP",
        declared_at=datetime(2024, 1, 1, tzinfo=UTC) if "old" in change else known,
        released_at=known + timedelta(hours=1) if "released" in change else None,
        known_at=known,
        withdrawn="withdrawn" in change,
    )
    goods = valid("goods_item", consignment_id="A", hs6="030614", known_at=known, brand_id=None)
    found = valid(
        "inspection",
        consignment_id="A",
        scheme="marine_smuggling",
        inspected_at=known,
        known_at=known + timedelta(hours=1 if "inspected" in change else 2000),
        result="unfounded",
    )
    for name, frame in (("consignment", consignment), ("goods_item", goods), ("inspection", found)):
        (tmp_path / "in").mkdir(exist_ok=True)
        frame.write_parquet(tmp_path / "in" / f"{name}.parquet")
    told = tidewaiter(
        "explain", "A", "--as-of", "2024-12-10", "--inputs", str(tmp_path / "in"), "--home", str(tmp_path)
    )
    assert told.returncode == 0, told.stderr
    assert re.search(f"A is not on the list of .*: {why}", told.stdout), told.stdout
