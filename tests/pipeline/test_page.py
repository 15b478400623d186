"""The page of a night without a browser: what it holds, that nothing breaks out of it, and that it is repeatable."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from nights import AS_OF, HOSTILE, MARKUP, SETTINGS, beside, night, reason

from pipeline.page import data
from pipeline.page.strings import strings
from pipeline.page.words import in_words
from pipeline.page.write import file_part, page, write

HERE = Path(data.__file__).parent


def told(text: str) -> dict[str, Any]:
    """The data of a page."""
    content: dict[str, Any] = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))  # type: ignore[union-attr]
    return content


def test_the_page_holds_the_rows_with_referred_ones_first() -> None:
    rows = [
        {},
        {"selected": True, "selected_by": "model"},
        {"referrals": ["container-number-invalid"], "priority": 0.01},
    ]
    content = told(page(night(rows), SETTINGS, beside(C2=[("OLD", ["marine_smuggling: confirmed"])]), AS_OF))
    assert [row["id"] for row in content["rows"]] == ["C3", "C2", "C1"]
    assert content["rules"][content["rows"][0]["rules"][0]] == "A container number fails its check digit."
    assert content["words"][content["rows"][1]["words"][0]] == "about 1 in 4 like this were confirmed"
    assert content["rows"][1]["history"] == [["2024-06-01", "OLD", "030614", "", "marine_smuggling: confirmed"]]
    assert content["bases"] == [[-1.7, -1.9], None, None]


@pytest.mark.parametrize("hostile", MARKUP + HOSTILE)
def test_no_text_breaks_out_of_the_page(hostile: str) -> None:
    rows = [{"consignment_id": hostile, "office": hostile, "abstained": hostile, "reasons": [reason(hostile, hostile)]}]
    text = page(night([*rows, {}]), SETTINGS, beside(), AS_OF)
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert "<img" not in text
    assert "\u202e" not in text
    assert told(text)["rows"]
    assert "{{" not in text or hostile.startswith("{{")


def test_only_the_own_script_and_style_may_run() -> None:
    text = page(night([{}]), SETTINGS, beside(), AS_OF)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)  # type: ignore[union-attr]
    assert policy.startswith(("default-src &#39;none&#39;", "default-src 'none'"))
    for element in ("style", "script"):
        inside = re.search(rf"<{element}>(.*?)</{element}>", text, re.S).group(1)  # type: ignore[union-attr]
        assert b64encode(hashlib.sha256(inside.encode()).digest()).decode() in policy.replace("&#43;", "+")
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_equal_lists_give_equal_pages_in_any_order_of_rows() -> None:
    rows = night([{"reasons": [reason("a")]}, {}, {"selected": True, "selected_by": "random"}])
    assert page(rows, SETTINGS, beside(), AS_OF) == page(rows.reverse(), SETTINGS, beside(), AS_OF)


def test_rows_beyond_what_the_page_holds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.page.write.MOST_ROWS", 2)
    monkeypatch.setattr("pipeline.page.data.MOST_ROWS", 2)
    text = page(night([{}] * 5), SETTINGS, beside(), AS_OF)
    assert len(told(text)["rows"]) == 2
    assert "3 more consignments are not on this page; all of them stand in ranked.csv." in text


def test_an_empty_night_has_a_page() -> None:
    text = page(night([]), SETTINGS, beside(), AS_OF)
    assert told(text)["rows"] == []
    assert "What to open: all offices, night of 2024-06-01 20:00" in text


def test_each_office_has_its_page(tmp_path: Path) -> None:
    write(night([{}, {"office": "RUVVO"}, {"office": "../x"}]), SETTINGS, beside(), AS_OF, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["ranked-JPWKJ.html", "ranked-RUVVO.html", f"ranked-{file_part('../x')}.html", "ranked.html"]
    assert [row["id"] for row in told((tmp_path / "ranked-RUVVO.html").read_text())["rows"]] == ["C2"]
    assert re.fullmatch(r"office-[0-9a-f]{12}", file_part("../x"))


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.001, "fewer than 1 in 100 like this were confirmed"),
        (0.027, "about 1 in 35 like this were confirmed"),
        (0.165, "about 1 in 6 like this were confirmed"),
        (0.5, "about 1 in 2 like this were confirmed"),
        (0.72, "about 7 in 10 like this were confirmed"),
        (0.97, "more than 9 in 10 like this were confirmed"),
    ],
)
def test_a_likelihood_in_words(probability: float, words: str) -> None:
    assert in_words(probability, strings()) == words


def test_every_text_stands_in_the_catalogue_and_is_used() -> None:
    code = "\n".join(path.read_text() for path in HERE.iterdir() if path.suffix in (".js", ".html", ".py"))
    used = set(re.findall(r'\bS\.([a-z_]+)|say\("([a-z_]+)"|\bs\["([a-z_]+)"\]|\bs\.([a-z_]+)', code))
    named = {name for groups in used for name in groups if name}
    keys = set(strings())
    assert named - {"slice", "length", "flatMap"} <= keys | {"by_"}
    unused = {key for key in keys - named if f'"{key}"' not in code and not key.startswith("by_")}
    assert not unused
