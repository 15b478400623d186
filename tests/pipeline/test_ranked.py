from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipeline import ranked
from pipeline.settings import PROJECT

AS_OF = datetime(2024, 6, 1, 20, tzinfo=UTC)


def row(**changes: object) -> pl.DataFrame:
    told = {
        "consignment_id": "C1",
        "office": "JPNEM",
        "rank": 1,
        "priority": 0.5,
        "tie": 7,
        "p_s": 0.5,
        "scheme": "s",
        "selected": True,
        "selected_by": "model",
        "propensity": 0.9,
        "referrals": ["r1", "r2"],
        "coverage": 1.0,
        "abstained": None,
        **changes,
    }
    reason = {
        "indicator": "i",
        "scheme": "s",
        "value": 1.0,
        "contribution": 0.2,
        "text": "Twice.",
        "check": "Look.",
        "evidence": ["consignment:C1"],
        "use": None,
    }
    frame = pl.DataFrame([told]).with_columns(
        pl.col("referrals").cast(pl.List(pl.String)), pl.col("abstained").cast(pl.String)
    )
    reasons = pl.DataFrame(
        {"consignment_id": [told["consignment_id"]], "reasons": [[reason, reason]]},
        schema={"consignment_id": pl.String, "reasons": pl.List(ranked.REASON)},
    )
    return ranked.ranked_table(frame, reasons, AS_OF, ["s"])


def test_the_columns_are_those_of_the_output_contract() -> None:
    contract = yaml.safe_load((PROJECT / "pipeline" / "outputs.yaml").read_text("utf-8"))["ranked"]["columns"]
    assert list(ranked.schema(["s"])) == [name.replace("<scheme>", "s") for name in contract]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_no_text_becomes_a_formula(start: str, tmp_path: Path) -> None:
    ranked.write(row(consignment_id=start, office=start, abstained=start), tmp_path)
    back = pl.read_csv(tmp_path / "ranked.csv", infer_schema=False, quote_char='"')
    for column in ("consignment_id", "office", "abstained"):
        assert back[column].to_list() == ["'" + start]
    assert pl.read_parquet(tmp_path / "ranked.parquet")["consignment_id"].to_list() == [start]


def test_numbers_keep_their_sign_and_lists_are_told(tmp_path: Path) -> None:
    ranked.write(row(priority=-0.25), tmp_path)
    (line,) = (tmp_path / "ranked.csv").read_text().splitlines()[1:]
    assert ",-0.25," in line
    assert "r1|r2" in line
    assert "Twice. | Twice." in line
    assert line.startswith("2024-06-01T20:00:00Z,C1,JPNEM,1,")


def test_the_same_list_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ranked.write(row(), tmp_path / name)
    for name in ("ranked.parquet", "ranked.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
