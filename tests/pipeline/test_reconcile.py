from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import polars as pl
import pytest
from conftest import AS_OF, Demo
from nights import HOSTILE, MARKUP

from features.reconciliation import FINDINGS, READS, Reconciled
from pipeline.page.reconciliation import page
from pipeline.reconcile import as_cells
from pipeline.runs import folder_name

Run = Callable[..., CompletedProcess[str]]
PLACE = f"reconciled/{folder_name(datetime(2024, 12, 10, 20, tzinfo=UTC))}"


@pytest.fixture(scope="module")
def few(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs that the report reads."""
    place = tmp_path_factory.mktemp("few")
    for name in READS:
        shutil.copy(demo.inputs / f"{name}.parquet", place)
    return place


def test_the_report_is_written_whole_and_an_equal_one_stands(few: Path, tmp_path: Path, run: Run) -> None:
    home = tmp_path / "home"
    first = run("reconcile", "--inputs", str(few), "--home", str(home), "--as-of", AS_OF)
    assert first.returncode == 0, first.stderr
    assert "landed without entry" in first.stdout
    files = {path.name: path.read_bytes() for path in (home / PLACE).iterdir()}
    names = [*FINDINGS, "totals", "waits"]
    assert set(files) == {f"{n}.{end}" for n in names for end in ("csv", "parquet")} | {
        "reconciliation.html",
        "run.json",
    }
    again = run("reconcile", "--inputs", str(few), "--home", str(home), "--as-of", f"{AS_OF}T20:00Z")
    assert again.returncode == 0
    assert "An equal report stood already" in again.stdout
    other = tmp_path / "other"
    run("reconcile", "--inputs", str(few), "--home", str(other), "--as-of", AS_OF)
    assert files == {path.name: path.read_bytes() for path in (other / PLACE).iterdir()}
    told = json.loads(files["run.json"])
    assert set(told["inputs"]) == set(READS)
    assert told["states"]["landings"]["entry found"] > 10

    refused = run("reconcile", "--inputs", str(few), "--home", str(home), "--as-of", AS_OF, "--days", "30")
    assert refused.returncode == 3
    assert "use --force to move it to superseded/" in refused.stderr
    assert (home / PLACE / "landings.csv").read_bytes() == files["landings.csv"]
    forced = run("reconcile", "--inputs", str(few), "--home", str(home), "--as-of", AS_OF, "--days", "30", "--force")
    assert forced.returncode == 0
    attic = home / "superseded" / Path(PLACE).name / "1" / "reconciled" / "landings.csv"
    assert attic.read_bytes() == files["landings.csv"]


def test_what_is_not_delivered_is_a_warning_and_stands_on_the_page(few: Path, tmp_path: Path, run: Run) -> None:
    inputs = tmp_path / "inputs"
    shutil.copytree(few, inputs)
    (inputs / "port_call.parquet").unlink()
    arguments = ("--inputs", str(inputs), "--home", str(tmp_path / "home"), "--as-of", AS_OF)
    done = run("reconcile", *arguments)
    assert done.returncode == 1
    assert "calls: not assessable, not delivered by then: port_call" in done.stdout
    text = (tmp_path / "home" / PLACE / "reconciliation.html").read_text("utf-8")
    assert "Not assessable - calls as seen: not delivered by then: port_call" in text
    assert run("reconcile", *arguments, "--warnings-ok").returncode == 0
    (inputs / "consignment.parquet").unlink()
    assert run("reconcile", *arguments).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reconcile"], "--as-of"),
        (["reconcile", "--as-of", "x"], "needed a date"),
        (["reconcile", "--as-of", AS_OF, "--days", "0"], "--days"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], message: str, run: Run) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def made(ids: list[str], exporters: list[str]) -> Reconciled:
    """A report in which everything is one finding of landings, with these texts in it."""
    rows = pl.DataFrame(
        {
            "row": ids,
            "state": "landed without entry",
            "why": exporters,
            "port": "JPWKJ",
            "exporter": exporters,
            "month": "2024-06",
            "species": [["KCD"]] * len(ids),
            "kg": 1.5,
            "use": None,
            "landed_at": datetime(2024, 6, 1, tzinfo=UTC),
        },
        schema_overrides={"use": pl.String},
    )
    totals = pl.concat(
        rows.explode("species")
        .group_by("state", value=pl.lit(None, pl.String) if by == "all" else pl.col(by))
        .agg(rows=pl.len().cast(pl.Int64), kg=pl.col("kg").sum())
        .select(table=pl.lit("landings"), state="state", by=pl.lit(by), value="value", rows="rows", kg="kg")
        for by in ("all", "port", "month", "species", "exporter")
    )
    waits = pl.DataFrame({"issuer_country": ["RU"], "lag_hours": [24.0], "voyage_hours": [None]})
    others = {name: rows.clear() for name in FINDINGS}
    return Reconciled({**others, "landings": rows, "totals": totals, "waits": waits}, {})


RESTRICTIONS = pl.DataFrame(
    {"use": ["u"], "basis": ["=1"], "purposes": [["targeting"]], "readers": [["x"]], "to": [""]}
)
NAMES = {"port": {"JPWKJ": "Wakkanai"}}
RUN = {"as_of": "2024-06-01T20:00:00Z", "days": 90}


def test_every_figure_leads_to_its_rows_and_every_link_to_a_place() -> None:
    text = page(made([f"C{n:04d}" for n in range(700)], ["one"] * 650 + ["two"] * 50), RESTRICTIONS, RUN, NAMES)
    places = set(re.findall(r' id="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= places
    assert "landings-1-0" in links
    assert "200 more rows are not on this page; all of them stand in landings.csv." in text
    assert "and 640 more: landings.csv by port" in text
    assert "JPWKJ Wakkanai" in text
    assert "of 700, 100 %" in text


def test_the_figures_of_the_page_agree_with_each_other() -> None:
    """Bars and what has no bar make up the count of their finding; the states of a table make up its sum."""
    exporters = [f"firm {n % 30}" for n in range(90)]
    text = page(made([f"C{n:04d}" for n in range(90)], exporters), RESTRICTIONS, RUN, NAMES)
    bars = text.split("<caption>By exporter")[1].split("</table>")[0]
    shown = sum(int(n) for n in re.findall(r"<summary>(\d+)</summary>", bars))
    values, beyond = re.findall(r"others \((\d+)\): (\d+) - see totals.csv", bars)[0]
    assert (shown + int(beyond), int(values)) == (90, 18)
    overview = text.split('id="overview"')[1].split("</table>")[0]
    landings = re.findall(r">(\d+)</a></td>", overview.split("</tbody>")[0])
    assert landings == ["90", "0", "90"]


def test_the_heaviest_rows_come_first_and_a_finding_without_rows_says_so() -> None:
    report = made(["C1", "C2", "C3"], ["one"] * 3)
    weights = report.tables["landings"].with_columns(kg=pl.Series([1.0, None, 7.0]))
    text = page(Reconciled({**report.tables, "landings": weights}, {}), RESTRICTIONS, RUN, NAMES)
    assert re.findall(r'<td class="id">(C\d)</td>', text) == ["C3", "C1", "C2"]
    assert "Nothing of this kind was found." in text.split('id="landings-2"')[1].split("</section>")[0]


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_text_from_data_is_text(text: str) -> None:
    report = made([text], [text])
    shown = page(report, RESTRICTIONS, RUN, NAMES)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "style=" not in shown
    cells = next(csv.DictReader(as_cells(report.tables["landings"]).write_csv().splitlines()))
    if text[0] in "=+-@\t":
        assert cells["exporter"] == f"'{text}"


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page(made(["C1"], ["one"]), RESTRICTIONS, RUN, NAMES)
    assert "default-src &#39;none&#39;" in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
