"""The page "add your own indicator" is run: its file is a family that can be registered, built and replayed."""

from __future__ import annotations

import re
import types
from pathlib import Path

import pytest
from histories import random_questions, random_tables

from features.catalogue import Catalogue
from features.options import Options

PAGE = Path(__file__).parents[2] / "docs" / "add_an_indicator.md"


def test_the_family_of_the_page_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    module = types.ModuleType("punctuality")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)
    tables = random_tables(5)
    questions = random_questions(5, tables)
    built = Catalogue([module.FAMILY], Options(schemes={})).build(tables, questions)
    assert built.height == questions.height
    assert "hours_declared_before_arrival" in built.columns


@pytest.mark.parametrize("name", ["features/families.py", "tests/features/histories.py", "features/evidence.py"])
def test_the_files_that_the_page_names_are_there(name: str) -> None:
    assert (PAGE.parents[1] / name).is_file()
    assert name in PAGE.read_text(encoding="utf-8")
