"""A night end to end, on the real command line."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import AS_OF, Demo, tidewaiter

from features.contract import load_contract

CUTOFF = datetime(2024, 12, 10, 20, tzinfo=UTC)
NIGHT = "ranked/20241210T2000Z"


def rank(demo: Demo, inputs: Path, home: Path, *more: str, code: int = 0) -> str:
    done = tidewaiter("rank", "--as-of", AS_OF, "--warnings-ok", *demo.arguments(inputs, home), *more)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def night(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((home / NIGHT).glob("*")) if path.name != "timing.json"}


@pytest.fixture(scope="module")
def standing(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    home = Path(shutil.copytree(demo.home, tmp_path_factory.mktemp("standing") / "home"))
    rank(demo, demo.inputs, home)
    return night(home)


def truncated(frame: pl.DataFrame, _: str) -> pl.DataFrame:
    return frame.filter(pl.col("known_at") <= CUTOFF)


def with_later_rows(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Every row again as a changed version after the cut-off, and half of them withdrawn."""
    later = frame.with_columns(
        known_at=pl.lit(CUTOFF, dtype=frame.schema["known_at"]).dt.offset_by("1us"),
        withdrawn=pl.int_range(pl.len()) % 2 == 0,
    )
    return pl.concat([frame, later.unique(load_contract()[table].key, keep="first", maintain_order=True)])


def shuffled(frame: pl.DataFrame, _: str) -> pl.DataFrame:
    return frame.sample(fraction=1, shuffle=True, seed=1)


@pytest.mark.parametrize(
    "change", [truncated, with_later_rows, shuffled], ids=["truncated", "later rows", "shuffled and re-chunked"]
)
def test_the_list_of_a_cutoff_does_not_change_by_a_byte(
    change: object, demo: Demo, standing: dict[str, bytes], own_home: Path, tmp_path: Path
) -> None:
    inputs = tmp_path / "inputs"
    for path in demo.inputs.glob("*.parquet"):
        folder = inputs / path.stem / "year=2024"
        folder.mkdir(parents=True)
        frame = change(pl.read_parquet(path), path.stem)  # type: ignore[operator]
        for number, rows in enumerate(np.array_split(np.arange(frame.height), 3)):
            frame[rows.tolist()].select(sorted(frame.columns)).write_parquet(folder / f"{number}.parquet")
    rank(demo, inputs, own_home)
    assert night(own_home) == standing


def test_the_list_keeps_its_contract(demo: Demo, standing: dict[str, bytes], own_home: Path) -> None:
    rank(demo, demo.inputs, own_home)
    ranked = pl.read_parquet(own_home / NIGHT / "ranked.parquet")
    assert ranked.height > 20
    assert ranked["as_of"].unique().to_list() == [CUTOFF]
    assert ranked.equals(ranked.sort("office", "rank"))
    for _, office in ranked.group_by("office"):
        assert office["rank"].to_list() == list(range(1, office.height + 1))
        assert office["priority"].is_sorted(descending=True)
    scored = ranked.filter(pl.col("p_marine_smuggling").is_not_null())
    assert scored.height > 0
    assert scored["p_marine_smuggling"].is_between(0, 1).all()
    selected = ranked.filter("selected", pl.col("abstained").is_null(), pl.col("scheme").is_not_null())
    reasons = selected.select(pl.col("reasons").explode()).unnest("reasons")
    assert reasons["text"].str.len_chars().min() > 5
    assert reasons["evidence"].list.len().sum() > 0
    none = ranked.filter(pl.col("scheme").is_null())
    assert (none["priority"] == 0).all()
    run = json.loads(standing["run.json"])
    for counts in run["rows"].values():
        assert counts["in"] == counts["used"] + counts["quarantined"] + counts["duplicates"] + counts.get("ignored", 0)


def test_a_night_that_stands_is_told_and_left(demo: Demo, own_home: Path) -> None:
    rank(demo, demo.inputs, own_home)
    before = (own_home / NIGHT / "timing.json").stat().st_mtime_ns
    assert "An equal list stood already" in rank(demo, demo.inputs, own_home)
    assert (own_home / NIGHT / "timing.json").stat().st_mtime_ns == before


def test_a_night_that_differs_is_refused_unless_forced(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    rank(demo, demo.inputs, own_home)
    stood = night(own_home)
    other = tmp_path / "other"
    other.mkdir()
    (other / "offices.yaml").write_text("capacity: {default: 3}\n")
    told = rank(demo, demo.inputs, own_home, "--config", str(other), code=3)
    assert "the night 20241210T2000Z stands and differs" in told
    assert "configuration differs" in told
    assert "Use --force" in told
    assert night(own_home) == stood
    rank(demo, demo.inputs, own_home, "--config", str(other), "--force")
    superseded = own_home / "superseded/20241210T2000Z/1/ranked"
    assert {p.name: p.read_bytes() for p in superseded.glob("*") if p.name != "timing.json"} == stood
    assert night(own_home) != stood
    assert not list(own_home.glob(".draft-*"))


def test_replay_is_equal_and_names_what_differs(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    rank(demo, demo.inputs, own_home)
    again = tidewaiter("replay", "--as-of", AS_OF, *demo.arguments(home=own_home))
    assert (again.returncode, again.stdout) == (0, "the night 2024-12-10 was made again: equal in every byte\n")
    ranked = pl.read_parquet(own_home / NIGHT / "ranked.parquet")
    changed = ranked["consignment_id"][0]
    inputs = Path(shutil.copytree(demo.inputs, tmp_path / "inputs"))
    items = pl.read_parquet(inputs / "goods_item.parquet")
    items.with_columns(
        value_usd=pl.when(pl.col("consignment_id") == changed).then(1.5).otherwise("value_usd")
    ).write_parquet(inputs / "goods_item.parquet")
    differs = tidewaiter("replay", "--as-of", AS_OF, *demo.arguments(inputs, own_home))
    assert differs.returncode == 3
    assert "table goods_item differs in the rows visible at the cut-off" in differs.stderr
    assert changed in differs.stderr


def test_replay_of_a_night_that_was_never_made(demo: Demo, own_home: Path) -> None:
    done = tidewaiter("replay", "--as-of", "2024-12-11", *demo.arguments(home=own_home))
    assert done.returncode == 2
    assert "needed a night that was made, found none at 20241211T2000Z" in done.stderr


def test_without_a_model_every_row_is_abstained(demo: Demo, tmp_path: Path) -> None:
    done = tidewaiter("rank", "--as-of", AS_OF, *demo.arguments(home=tmp_path / "empty"))
    assert done.returncode == 1
    ranked = pl.read_parquet(tmp_path / "empty" / NIGHT / "ranked.parquet")
    assert ranked["abstained"].unique().to_list() == ["no model: this home has none yet"]
    assert ranked["rank"].min() == 1
    assert "no model: ordered by rules" in done.stdout


def test_a_model_that_learned_later_is_refused(demo: Demo, own_home: Path) -> None:
    done = tidewaiter("rank", "--as-of", "2024-11-01", *demo.arguments(home=own_home))
    assert done.returncode == 3
    assert "its scores would know the future" in done.stderr
    assert not (own_home / "ranked").exists()


def test_a_model_of_other_features_is_refused_with_all_differences(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "features.yaml").write_text("findings: {keys: [[importer_id], [exporter_id]]}\n")
    done = tidewaiter("rank", "--as-of", AS_OF, *demo.arguments(home=own_home), "--config", str(other))
    assert done.returncode == 3
    assert "by_exporter_id" in done.stderr
    assert "by_importer_id_and_hs4" in done.stderr


def test_a_range_of_nights(demo: Demo, own_home: Path) -> None:
    done = tidewaiter(
        "rank", "--as-of", "2024-12-10", "--to", "2024-12-12", "--warnings-ok", *demo.arguments(home=own_home)
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (own_home / "ranked").iterdir()) == [
        "20241210T2000Z",
        "20241211T2000Z",
        "20241212T2000Z",
    ]


def test_no_open_consignment_gives_an_empty_list(demo: Demo, own_home: Path) -> None:
    done = tidewaiter("rank", "--as-of", "2030-01-01", "--warnings-ok", *demo.arguments(home=own_home))
    assert done.returncode == 0, done.stderr
    ranked = pl.read_parquet(own_home / "ranked/20300101T2000Z/ranked.parquet")
    assert ranked.height == 0
    assert {"rank", "p_marine_smuggling", "reasons"} <= set(ranked.columns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "tomorrow"], "needed a date"),
        (["--as-of", "2024-12-10T20:00"], "an instant without a zone is not guessed"),
        (["--as-of", AS_OF, "--to", "2024-12-01"], "needed --to at or after --as-of"),
        (["--as-of", AS_OF, "--model", "../../etc"], "needed a model of"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(demo: Demo, own_home: Path, arguments: list[str], message: str) -> None:
    done = tidewaiter("rank", *arguments, *demo.arguments(home=own_home))
    assert done.returncode == 2
    assert message in done.stderr
    assert not (own_home / "ranked").exists()


def test_training_needs_findings(demo: Demo, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    for name in ("consignment", "goods_item"):
        shutil.copy(demo.inputs / f"{name}.parquet", inputs)
    done = tidewaiter("train", "--until", AS_OF, *demo.arguments(inputs, tmp_path / "home"))
    assert done.returncode == 3
    assert "inspection" in done.stderr
    assert not (tmp_path / "home" / "models").exists()


def test_a_second_model_is_a_challenger_and_is_held_against_the_champion(demo: Demo, own_home: Path) -> None:
    champion = json.loads((own_home / "models/aliases.json").read_text())["champion"]
    done = tidewaiter("train", "--until", "2024-12-05", "--warnings-ok", *demo.arguments(home=own_home))
    assert done.returncode == 0, done.stderr
    assert f"the champion stays {champion}" in done.stdout
    assert "marine_smuggling: 0 indicators more, 0 fewer; labelled rows" in done.stdout
    aliases = json.loads((own_home / "models/aliases.json").read_text())
    assert aliases["champion"] == champion
    assert aliases["challenger"].startswith("20241205T2000Z-")


def test_training_again_finds_the_same_model(demo: Demo, own_home: Path) -> None:
    before = {path: path.read_bytes() for path in (own_home / "models").rglob("*") if path.is_file()}
    done = tidewaiter("train", "--until", "2024-11-30", "--warnings-ok", *demo.arguments(home=own_home))
    assert "stood already, equal inputs and settings" in done.stdout
    assert {path: path.read_bytes() for path in (own_home / "models").rglob("*") if path.is_file()} == before


def test_too_few_findings_refuse_with_the_count_of_each_scheme(demo: Demo, tmp_path: Path) -> None:
    done = tidewaiter("train", "--until", "2024-05-10", *demo.arguments(home=tmp_path / "home"))
    assert done.returncode == 3
    assert "needed at least one scheme with enough findings" in done.stderr
    assert "marine_smuggling: " in done.stderr


def test_consignments_in_quarantine_stand_at_the_top_of_the_report(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    inputs = Path(shutil.copytree(demo.inputs, tmp_path / "inputs"))
    rows = pl.read_parquet(inputs / "consignment.parquet")
    ranked = pl.read_parquet(inputs / "consignment.parquet").filter(pl.col("known_at") <= CUTOFF)
    broken = ranked["consignment_id"].max()
    rows.with_columns(
        office=pl.when(pl.col("consignment_id") == broken).then(pl.lit("here")).otherwise("office")
    ).write_parquet(inputs / "consignment.parquet")
    done = tidewaiter("rank", "--as-of", AS_OF, *demo.arguments(inputs, own_home))
    assert done.returncode == 1
    assert done.stdout.startswith(f"Set aside, since a row of theirs is in quarantine: 1 consignments: {broken}\n")
    quarantined = pl.read_parquet(own_home / "quarantine/20241210T2000Z/consignment.parquet")
    assert quarantined["consignment_id"].unique().to_list() == [broken]
    assert quarantined["rule"].unique().to_list() == ["pattern"]


def test_a_mandatory_rule_refers_outside_the_capacity_and_moves_no_rank(
    demo: Demo, standing: dict[str, bytes], own_home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "rules.yaml").write_text(
        "rules: {heavy: {when: 'declared_net_kg > 5000', sentence: Heavy., owner: x, mandatory: true}}\n"
    )
    told = rank(demo, demo.inputs, own_home, "--config", str(other))
    assert "referred: Heavy." in told
    ranked = pl.read_parquet(own_home / NIGHT / "ranked.parquet")
    referred = ranked.filter(pl.col("referrals").list.len() > 0)
    assert referred.height > 0
    assert referred["selected"].all()
    assert referred["selected_by"].unique().to_list() == ["rule"]
    assert (referred["propensity"] == 1).all()
    before = pl.read_parquet(standing["ranked.parquet"])
    assert ranked["rank"].equals(before["rank"])
    assert ranked["consignment_id"].equals(before["consignment_id"])


def test_rules_order_the_rows_that_no_model_scores(demo: Demo, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "rules.yaml").write_text(
        "rules: {by-sea: {when: \"mode_code = 'sea'\", sentence: S., owner: x, weight: 9}}\n"
    )
    done = tidewaiter("rank", "--as-of", AS_OF, *demo.arguments(home=tmp_path / "empty"), "--config", str(other))
    assert done.returncode == 1
    ranked = pl.read_parquet(tmp_path / "empty" / NIGHT / "ranked.parquet")
    assert ranked["priority"].n_unique() > 1
    for _, office in ranked.group_by("office"):
        assert office.sort("rank")["priority"].is_sorted(descending=True)


def test_a_rule_over_an_unknown_indicator_is_told(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "rules.yaml").write_text("rules: {x: {when: colour > 1, sentence: S., owner: x}}\n")
    assert "rules.x.when: " in rank(demo, demo.inputs, own_home, "--config", str(other), code=2)
