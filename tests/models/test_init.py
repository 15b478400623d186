"""The floor: models stand on no other package of this project, read no clock and unpickle nothing."""

import ast
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "models").glob("*.py"))
FOREIGN = {"features", "pipeline", "pickle", "time", "random"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_models_import_nothing_foreign_and_read_no_clock(file: Path) -> None:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    imported |= {node.module or "" for node in froms}
    assert not {name.split(".")[0] for name in imported} & FOREIGN
    assert not {node.attr for node in nodes if isinstance(node, ast.Attribute)} & {"now", "utcnow", "today"}
