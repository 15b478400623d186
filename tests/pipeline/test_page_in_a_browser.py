"""The page in a real Chromium: it loads without a network, and people can filter, sort, search, open and print."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nights import AS_OF, MARKUP, SETTINGS, beside, night, reason

from pipeline.page.write import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="the extra `pages` is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(os.environ.get("CI")), reason="no browser in CI"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
ARTEFACTS = Path(__file__).resolve().parents[2] / "build" / "pages"  # pictures to be looked at; git ignores them
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A function that opens a list and returns its page; a fault of the page's script fails the test."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    faults: list[str] = []

    def opened(ranked: Any, told: Any = None) -> Any:
        file = tmp_path / "ranked.html"
        file.write_text(page(ranked, SETTINGS, told or beside(), AS_OF), encoding="utf-8")
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        tab.goto(file.as_uri())
        return tab

    yield opened
    context.close()
    assert not faults


def pictured(tab: Any, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=ARTEFACTS / f"{name}.png")


def ids(tab: Any) -> list[str]:
    names: list[str] = tab.locator("#rows .open").all_inner_texts()
    return names


ROWS: list[dict[str, Any]] = [
    {
        "selected": True,
        "selected_by": "model",
        "reasons": [reason("Declared far below."), reason("Old firm.", "", -0.3)],
    },
    {"p_marine_smuggling": 0.6, "priority": 0.6, "office": "RUVVO"},
    {"referrals": ["container-number-invalid"], "selected": True, "selected_by": "rule", "priority": 0.05},
]


def test_the_list_shows_what_to_open_first_and_the_rest_when_asked(shown: Any) -> None:
    tab = shown(night(ROWS))
    assert ids(tab) == ["C3", "C1"]
    pictured(tab, "list")
    tab.get_by_label("All", exact=True).check()
    assert ids(tab) == ["C3", "C1", "C2"]
    tab.get_by_role("button", name="Likelihood").click()
    assert ids(tab) == ["C2", "C1", "C3"]
    tab.get_by_label("Office").select_option("RUVVO")
    assert ids(tab) == ["C2"]
    tab.get_by_label("Office").select_option("")
    tab.get_by_label("Search").fill("far below")
    assert ids(tab) == ["C1"]
    tab.get_by_label("Search").fill("no such thing")
    assert tab.locator("#none").inner_text() == "No consignment fits. Widen the choice above."


def test_details_open_by_keyboard_with_the_waterfall_and_the_history(shown: Any) -> None:
    tab = shown(night(ROWS), beside(C1=[("OLD", ["marine_smuggling: confirmed"])]))
    tab.get_by_role("button", name="C1").focus()
    tab.keyboard.press("Enter")
    assert tab.get_by_role("button", name="C1").get_attribute("aria-expanded") == "true"
    pictured(tab, "consignment")
    detail = tab.locator("tr.detail")
    steps = detail.locator(".fall tbody tr").all_inner_texts()
    assert steps[0].startswith("Of all checked consignments 15 % were confirmed")
    assert steps[-1].startswith("Likelihood 25 %")
    assert "+0.50" in steps[2]
    assert "goods_item:A/1" in detail.inner_text()
    assert "marine_smuggling: confirmed" in detail.inner_text()
    tab.keyboard.press("Enter")
    assert tab.locator("tr.detail").count() == 0


def test_nothing_from_data_acts(shown: Any) -> None:
    rows = [
        {"consignment_id": text, "reasons": [reason(text, text)], "selected": True, "selected_by": "model"}
        for text in MARKUP
    ]
    tab = shown(night(rows))
    tab.locator(".open").first.click()
    pictured(tab, "hostile_names")
    assert tab.locator("main img, main script, main b").count() == 0
    assert len(ids(tab)) == len(MARKUP)


def test_a_shift_sheet_is_printed(shown: Any) -> None:
    tab = shown(night(ROWS))
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.locator("#sheet article").count() == 2
    assert tab.locator("#sheet").is_visible()
    pictured(tab, "shift_sheet")
    assert not tab.locator("main").is_visible()


def test_twenty_thousand_rows_are_there_within_seconds(shown: Any) -> None:
    rows = [{"office": f"JP{n % 20:03d}", "selected": n < 1000, "selected_by": "model"} for n in range(20_000)]
    tab = shown(night(rows))
    assert tab.locator("#rows tr").count() == 100
    assert tab.locator("#count").inner_text() == "1000 of 20000 consignments"
    pictured(tab, "twenty_thousand_rows")
    tab.locator("#more").click()
    assert tab.locator("#rows tr").count() == 200


def test_axe_finds_nothing_serious(shown: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra `pages` is not installed")
    tab = shown(night(ROWS))
    tab.locator(".open").first.click()
    found = axe.Axe().run(tab).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
