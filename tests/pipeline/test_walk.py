"""A walk is run as it is read: its cells, what they print, the page; and the first hour does what its page shows."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from pipeline.walk import cells_of, main, page, run

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = """\
# %% [markdown]
# # A walk
#
# Words.

# %%
number = 6
print(number * 7)

# %%
from pathlib import Path

Path("made").write_text(str(number))
"""
PAGE = """\
# A walk

Words.

```python
number = 6
print(number * 7)
```

```text
42
```

```python
from pathlib import Path

Path("made").write_text(str(number))
```
"""


def test_the_page_shows_words_code_and_what_was_printed(tmp_path: Path) -> None:
    script = tmp_path / "walk.py"
    script.write_text(SCRIPT)
    work = tmp_path / "work"
    work.mkdir()
    assert page(run(script, work)) == PAGE
    assert (work / "made").read_text() == "6"


def test_the_page_is_written_beside_the_script_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "walk.py").write_text(SCRIPT)
    assert main([str(tmp_path / "walk.py")]) == 0
    assert (tmp_path / "walk.md").read_text() == PAGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walk.md", "walk.py"]


def test_a_fault_names_the_line_of_the_script_and_leaves_no_page(tmp_path: Path) -> None:
    script = tmp_path / "walk.py"
    script.write_text(SCRIPT.replace("print(number * 7)", "print(number / 0)"))
    with pytest.raises(ZeroDivisionError) as raised:
        main([str(script)])
    assert [frame.lineno for frame in traceback.extract_tb(raised.tb) if frame.filename == str(script)] == [8]
    assert not (tmp_path / "walk.md").exists()


@pytest.mark.parametrize("script", ["", "print(1)\n", "x = 1\n# %%\n"])
def test_a_script_without_cells_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match="needed a script whose first line opens a cell"):
        cells_of(script)


@pytest.mark.slow
def test_the_first_hour_does_what_its_page_shows(tmp_path: Path) -> None:
    """Words and code are equal. Figures move with every feature, so of what is printed the first lines are compared,
    without their numbers."""
    made, shown = page(run(DOCS / "first_hour.py", tmp_path)), (DOCS / "first_hour.md").read_text("utf-8")
    printed = re.compile(r"```text\n(.*?)\n```", re.S)
    advice = "run `python -m pipeline.walk docs/first_hour.py` and commit the page"
    assert printed.sub("", made) == printed.sub("", shown), advice
    assert [gist(text) for text in printed.findall(made)] == [gist(text) for text in printed.findall(shown)], advice
    assert "more ['value_usd_per_gross_kg'], fewer []" in made
    assert re.search(r"\[[+-]\d\.\d{3} [+-]\d\.\d{3}\]", made), "a difference has its interval"


def gist(text: str) -> str:
    return re.sub(r"\d+", "#", text.splitlines()[0].split(":")[0])
