"""The feed `korea_customs` on the declarations that its publishers give out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from conftest import tidewaiter
from feed_house import at

from features.contract import load_contract
from pipeline.check import check
from pipeline.ingest import ingest
from pipeline.ingest_report import IngestReport
from pipeline.settings import SHIPPED, Settings, load_settings

RAW = Path(__file__).parents[2].parent / "shared" / "data" / "customs_declarations"
FILES = ("df_syn_train_eng.csv.gz", "df_syn_valid_eng.csv.gz", "df_syn_test_eng.csv.gz")
OVERLAY = SHIPPED / "korea_customs"
RECEIVED = datetime(2024, 1, 1, tzinfo=UTC)
HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
    "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
    "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud\n"
)
needs_the_data = pytest.mark.skipif(
    not all((RAW / name).is_file() for name in FILES), reason=f"the declarations are not at {RAW.name}"
)


@dataclass(frozen=True)
class Korea:
    """The tables of the whole feed, taken in once."""

    inputs: Path
    report: IngestReport

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.inputs / name / "*.parquet")


def _take(raw: Path, inputs: Path, history: bool = True) -> IngestReport:
    directories = load_settings([OVERLAY]).directories
    return ingest("korea_customs", raw, inputs, config_dirs=directories, received_at=RECEIVED, history=history)


@pytest.fixture(scope="module")
def korea(tmp_path_factory: pytest.TempPathFactory) -> Korea:
    inputs = tmp_path_factory.mktemp("korea") / "inputs"
    return Korea(inputs, _take(RAW, inputs))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings([OVERLAY])


def test_a_line_becomes_a_consignment_goods_and_two_findings(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    line = "56839011,2021-01-01,40,B,11,21,14,40,DECL,IMP,,,30614,ZZ,CN,7.2,FCN1,E,901.2,1160000.0,1,2\n"
    (raw / "df_syn_new_eng.csv").write_text(HEADER + line)
    assert _take(raw, tmp_path / "inputs").exit_code == 0
    korea = Korea(tmp_path / "inputs", _take(raw, tmp_path / "inputs"))
    consignment = korea.table("consignment").row(0, named=True)
    goods = korea.table("goods_item").row(0, named=True)
    findings = korea.table("inspection").sort("scheme").to_dicts()
    assert {name: value for name, value in consignment.items() if value is not None} == {
        "consignment_id": "56839011",
        "declared_at": at("2021-01-01"),
        "known_at": at("2021-01-01"),
        "regime": "import",
        "office": "KR040",
        "mode": "air",
        "importer_id": "IMP",
        "declarant_id": "DECL",
        "destination_country": "KR",
        "procedure": "B-11-21",
        "payment": "14",
        "withdrawn": False,
    }
    assert {name: value for name, value in goods.items() if value is not None} == {
        "consignment_id": "56839011",
        "item_no": 1,
        "hs6": "030614",
        "origin_country": "CN",
        "net_kg": 901.2,
        "value_usd": 1000.0,
        "duty_rate": 7.2,
        "duty_regime": "FCN1",
        "origin_mark": "E",
        "known_at": at("2021-01-01"),
        "withdrawn": False,
    }
    assert [(row["scheme"], row["result"]) for row in findings] == [
        ("critical_fraud", "confirmed"),
        ("fraud", "confirmed"),
    ]
    assert {row["known_at"] for row in findings} == {row["inspected_at"] for row in findings}
    assert findings[0]["known_at"] == at("2021-01-01T23:59:59")


@needs_the_data
def test_all_declarations_are_taken_and_none_is_quarantined(korea: Korea) -> None:
    counts = {table: rows.as_dict() for table, rows in korea.report.tables.items()}
    expected = {"consignment": 54_000, "goods_item": 54_000, "inspection": 108_000}
    assert counts == {
        table: {"in": rows, "appended": rows, "unchanged": 0, "duplicates": 0, "quarantined": 0}
        for table, rows in expected.items()
    }
    assert korea.report.exit_code == 0


@needs_the_data
def test_the_second_ingest_changes_nothing(korea: Korea) -> None:
    before = {path: path.stat().st_mtime_ns for path in korea.inputs.rglob("*")}
    again = _take(RAW, korea.inputs)
    assert (again.stood, again.delivery) == (True, korea.report.delivery)
    assert {path: path.stat().st_mtime_ns for path in korea.inputs.rglob("*")} == before


@needs_the_data
def test_the_check_is_clean(korea: Korea, settings: Settings) -> None:
    report = check(korea.inputs, {scheme.label for scheme in settings.schemes.values()}, set(settings.not_delivered))
    assert report.exit_code == 0


@needs_the_data
def test_values_are_those_of_the_publishers(korea: Korea) -> None:
    modes = dict(korea.table("consignment").group_by("mode").len().iter_rows())
    assert modes == {"sea": 30_729, "air": 22_064, "post": 886, "road": 186, "other": 122, "rail": 13}
    confirmed = korea.table("inspection").filter(pl.col("result") == "confirmed")
    assert dict(confirmed.group_by("scheme").len().iter_rows()) == {"fraud": 11_653, "critical_fraud": 545}
    known = korea.table("consignment")["known_at"]
    assert (known.min(), known.max()) == (at("2020-01-01"), at("2021-06-30"))
    assert korea.table("consignment")["exporter_id"].null_count() > 0
    assert "ZZ" not in korea.table("goods_item")["origin_country"]


@needs_the_data
def test_the_files_may_come_one_after_the_other(korea: Korea, tmp_path: Path) -> None:
    for number, name in enumerate(FILES):
        raw = tmp_path / f"raw{number}"
        raw.mkdir()
        (raw / name).write_bytes((RAW / name).read_bytes())
        assert _take(raw, tmp_path / "inputs").exit_code == 0
    apart = pl.read_parquet(tmp_path / "inputs" / "consignment" / "*.parquet").sort("consignment_id")
    assert apart.equals(korea.table("consignment").sort("consignment_id"))


def test_the_overlay_names_every_table_that_the_feed_does_not_deliver(settings: Settings) -> None:
    delivered = {path.stem for path in (SHIPPED / "sources" / "korea_customs").glob("*.sql")}
    assert set(settings.not_delivered) == set(load_contract().tables) - delivered
    assert sorted(settings.schemes) == ["critical_fraud", "fraud"]
    assert (f"{settings.cutoff:%H:%M}", settings.open_days, settings.maturity_days) == ("20:00", 1, 0)


@needs_the_data
@pytest.mark.slow
def test_the_main_job_runs_on_real_declarations_end_to_end(korea: Korea, tmp_path: Path) -> None:
    home = ["--inputs", str(korea.inputs), "--home", str(tmp_path), "--config", str(OVERLAY)]
    trained = tidewaiter("train", "--until", "2021-03-31", *home)
    assert trained.returncode == 0, trained.stderr
    ranked = tidewaiter("rank", "--as-of", "2021-04-01", "--to", "2021-04-07", *home)
    assert ranked.returncode == 0, ranked.stderr
    assert tidewaiter("replay", "--as-of", "2021-04-05", *home).returncode == 0
    nights = pl.read_parquet(tmp_path / "ranked" / "*" / "ranked.parquet")
    declared = korea.table("consignment").filter(
        pl.col("declared_at").is_between(datetime(2021, 4, 1, tzinfo=UTC), datetime(2021, 4, 7, tzinfo=UTC))
    )
    assert sorted(nights["consignment_id"]) == sorted(declared["consignment_id"]), "each is scored once"
    both = nights.join(declared.select("consignment_id", "declared_at"), on="consignment_id")
    assert (both["as_of"].dt.date() == both["declared_at"].dt.date()).all()
    assert nights["p_fraud"].null_count() == nights["p_critical_fraud"].null_count() == 0
    found = korea.table("inspection").filter(pl.col("scheme") == "fraud", pl.col("result") == "confirmed")
    top = nights.sort("p_fraud", descending=True).head(nights.height // 20)
    assert top["consignment_id"].is_in(found["consignment_id"].implode()).mean() > 0.95
