"""A walk through the product: a script in percent cells, run from top to bottom, and the page made from its run.

`python -m pipeline.walk docs/first_hour.py` runs it in a temporary folder and writes `docs/first_hour.md`.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MARK = re.compile(r"^# %%(?P<markdown> \[markdown\])?[^\S\n]*\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """Markdown, or code with what it printed when it was run; `line` is where it begins in its script."""

    text: str
    code: bool
    line: int
    printed: str = ""


def cells_of(script: str) -> list[Cell]:
    """The cells of a script. Raises ValueError for a script that does not begin with one."""
    marks = list(_MARK.finditer(script))
    if not marks or script[: marks[0].start()].strip():
        raise ValueError(
            "needed a script whose first line opens a cell with `# %%` or `# %% [markdown]`, found another"
        )
    ends = [mark.start() for mark in marks[1:]] + [len(script)]
    cells = []
    for mark, end in zip(marks, ends, strict=True):
        text = script[mark.end() : end].strip("\n")
        code = mark["markdown"] is None
        plain = text if code else re.sub(r"^# ?", "", text, flags=re.MULTILINE)
        cells.append(Cell(plain, code, script.count("\n", 0, mark.end())))
    return cells


def run(script: Path, folder: Path) -> list[Cell]:
    """Runs the code of a script in one namespace, in `folder`; what each cell printed stands beside it."""
    names: dict[str, Any] = {"__name__": "walk"}
    done = []
    with contextlib.chdir(folder):
        for cell in cells_of(script.read_text(encoding="utf-8")):
            printed = io.StringIO()
            if cell.code:
                # Empty lines before the code, so that a traceback names the line of the script.
                code = compile("\n" * cell.line + cell.text, str(script), "exec", dont_inherit=True)
                with contextlib.redirect_stdout(printed):
                    exec(code, names)  # noqa: S102 - the script is the project's own
            done.append(Cell(cell.text, cell.code, cell.line, printed.getvalue()))
    return done


def page(cells: list[Cell]) -> str:
    """Markdown of the cells, what was printed below the code that printed it."""
    parts = []
    for cell in cells:
        parts.append(f"```python\n{cell.text}\n```" if cell.code else cell.text)
        if cell.printed:
            parts.append(f"```text\n{cell.printed.rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Runs each script that is named and writes the page beside it."""
    for name in arguments:
        script = Path(name).resolve()
        with tempfile.TemporaryDirectory() as folder:
            text = page(run(script, Path(folder)))
        script.with_suffix(".md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
