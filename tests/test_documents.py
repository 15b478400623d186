"""The project's own documents: links that lead somewhere, verbs and targets that exist, one version everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from pipeline.cli import app

PROJECT = Path(__file__).parents[1]
PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_the_verbs_that_the_readme_names_are_there() -> None:
    section = (PROJECT / "README.md").read_text("utf-8").split("## Verbs")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {verb for row in rows for verb in re.findall(r"`([a-z]+)`", row)}
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {
        command.name or command.callback.__name__
        for group in app.registered_groups
        if group.typer_instance
        for command in group.typer_instance.registered_commands
        if command.callback
    }
    known |= {group.name for group in app.registered_groups if isinstance(group.name, str)}
    assert {"world", "train", "promote", "rank"} <= named
    assert named <= known


def test_the_targets_that_contributing_names_are_in_the_makefile() -> None:
    named = set(re.findall(r"^make ([a-z]+)", (PROJECT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_citation_has_the_projects_version_and_licence() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert citation["authors"] == [{"name": "The Tidewaiter contributors"}]
    assert {"cff-version", "message", "title", "type"} <= set(citation)
