"""The novelty report: memory is seen and told, without being told where, and what is new stands first."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from models.novelty import novelty


def goods(rows: int, kinds: int, seed: int) -> pd.DataFrame:
    """Goods of some kinds, each with its own three columns, and a firm that says nothing."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, kinds, rows)
    return pd.DataFrame(
        {
            "heading": np.array(["0306", "1605", "8703"])[kind % 3],
            "mass": np.where(kind % 50 == 0, np.nan, kind * 1.5),
            "country": np.array(["RU", "JP", None], dtype=object)[kind % 3],
            "firm": random.integers(0, 10**6, rows).astype(str),
            "kind": kind,
        }
    )


def report(kinds: int, memory: float = 1.0, rows: int = 4000, new_kinds: int = 0) -> dict:
    """Labels follow the kind of goods in a share `memory` of the rows; some judged kinds were never trained on."""
    random = np.random.default_rng(1)
    label_of = (random.random(kinds + new_kinds) < 0.3).astype(np.int64)
    train, judged = goods(rows, kinds, 2), goods(rows, kinds + new_kinds, 3)

    def labels(frame: pd.DataFrame) -> np.ndarray:
        noise = (random.random(rows) < 0.3).astype(np.int64)
        return np.where(random.random(rows) < memory, label_of[frame["kind"]], noise)

    found, truth = labels(train), labels(judged)
    known = judged["kind"].to_numpy() < kinds
    said = np.where(known, 0.1 + 0.8 * label_of[judged["kind"]], 0.3) + random.random(rows) * 0.01
    keys = {"goods": ["heading", "mass", "country"], "firm": ["firm"]}
    return novelty(train.drop(columns="kind"), found, judged.drop(columns="kind"), truth, said, keys, draws=30)


def test_repeated_goods_with_repeated_labels_are_flagged_with_the_new_part_first():
    found = report(kinds=300, new_kinds=100)
    key = found["keys"]["goods"]
    assert list(key)[-3:] == ["new", "seen", "whole"]
    assert key["seen_share"] == pytest.approx(0.75, abs=0.05)
    assert key["purity"] > 0.99
    assert key["new"]["rows"] + key["seen"]["rows"] == key["whole"]["rows"] == 4000
    assert key["seen"]["auc"] > 0.99
    assert 0.4 < key["new"]["auc"] < 0.6
    flag = found["flags"][0]
    assert "of the judged rows repeat a goods tuple (heading, mass, country) that training has seen" in flag
    assert "figures on all rows measure memory" in flag
    assert f"On the {key['new']['rows']} rows that are new in this, AUC is 0." in flag
    json.dumps(found, allow_nan=False)


def test_memory_is_found_where_no_key_names_it():
    found = report(kinds=300)
    assert "mass" in found["keys"]["searched"]["columns"]
    assert "firm" not in found["keys"]["searched"]["columns"]
    assert any("repeat a combination" in flag for flag in found["flags"])


def test_memory_is_found_among_columns_that_hide_every_repeat():
    random = np.random.default_rng(7)
    frame = pd.DataFrame({f"noise{place:02}": random.integers(0, 50, 6000) for place in range(12)})
    kind = random.integers(0, 600, 6000)
    frame.insert(3, "heading", kind % 31)
    frame.insert(8, "mass", kind // 31)
    labels = (random.random(600) < 0.3)[kind].astype(np.int64)
    found = novelty(frame[:4500], labels[:4500], frame[4500:], labels[4500:], random.random(1500), {})
    assert found["keys"]["searched"]["columns"] == ["heading", "mass"]
    assert len(found["flags"]) == 1


def test_a_handful_of_repeats_is_no_proof_of_memory():
    frame = pd.DataFrame({"goods": np.arange(100) % 50})
    labels = (frame["goods"] < 10).to_numpy(np.int64)
    found = novelty(frame[:50], labels[:50], frame[50:], labels[50:], np.linspace(0, 1, 50), {"goods": ["goods"]})
    assert found["keys"]["goods"]["explained"] == 1.0
    assert found["flags"] == []


def test_goods_that_repeat_without_their_labels_are_not_flagged():
    found = report(kinds=300, memory=0.0)
    assert found["keys"]["goods"]["seen_share"] > 0.99
    assert abs(found["keys"]["goods"]["explained"]) < 0.2
    assert found["flags"] == []


def test_a_key_never_seen_has_no_purity_and_no_flag():
    key = report(kinds=300)["keys"]["firm"]
    assert key["seen_share"] < 0.02
    nothing = novelty(
        pd.DataFrame({"firm": ["a"]}),
        np.array([1]),
        pd.DataFrame({"firm": ["b"]}),
        np.array([0]),
        np.array([0.2]),
        {"firm": ["firm"]},
    )
    assert nothing["keys"]["firm"]["purity"] is None
    assert nothing["keys"]["firm"]["new"]["rows"] == 1
    assert nothing["flags"] == []


def test_a_new_part_too_small_to_judge_is_said_to_be_so():
    flag = report(kinds=300)["flags"][0]
    assert "too few are left to judge by" in flag


def test_order_of_rows_changes_nothing():
    random = np.random.default_rng(4)
    train, judged = goods(500, 40, 5), goods(300, 60, 6)
    labels, truth = (train["kind"] % 4 == 0).to_numpy(int), (judged["kind"] % 4 == 0).to_numpy(int)
    said = random.random(300)
    keys = {"goods": ["heading", "mass"]}
    one, other = random.permutation(500), random.permutation(300)
    before = novelty(train, labels, judged, truth, said, keys)
    after = novelty(train.iloc[one], labels[one], judged.iloc[other], truth[other], said[other], keys)
    assert before["flags"] == after["flags"]
    for name in ("goods", "searched"):
        for fact in ("columns", "seen_rows", "purity", "chance", "explained"):
            assert before["keys"][name][fact] == after["keys"][name][fact]
        assert before["keys"][name]["new"]["auc"] == pytest.approx(after["keys"][name]["new"]["auc"])
