"""The models of a home: one folder each, and which of them is champion and which challenger."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from features.catalogue import Catalogue
from models.bundle import Bundle, BundleMismatch, load
from models.matrix import Column
from pipeline.errors import Refused, Usage
from pipeline.runs import replace_file
from pipeline.settings import Settings


def model_folder(home: Path, name: str) -> Path:
    """The folder of a model. Raises Usage for a name that is not one of this home's."""
    known = names(home)
    if name not in known:
        raise Usage(f"needed a model of {home / 'models'}, found {name!r}; known: {', '.join(known) or 'none'}")
    return home / "models" / name


def names(home: Path) -> list[str]:
    """The names of all models of a home, sorted."""
    return sorted(path.parent.name for path in (home / "models").glob("[!.]*/bundle.json"))


def alias(home: Path, role: str) -> str | None:
    """The name of the champion or the challenger, None where there is none."""
    name = _aliases(home).get(role)
    return str(name) if name else None


def former(home: Path) -> list[str]:
    """The names of the models that were champion before, the newest last."""
    return [str(name) for name in _aliases(home).get("former", [])]


def roles(home: Path, name: str) -> list[str]:
    """What a model is: champion, challenger, former champion; several or none."""
    held = [role for role in ("champion", "challenger") if alias(home, role) == name]
    return [*held, "former champion"] if name in former(home) else held


def register(home: Path, name: str) -> str:
    """Makes a new model the challenger, or the champion where the home has none. Returns the role."""
    aliases = _aliases(home)
    role = "challenger" if aliases.get("champion") not in (None, name) else "champion"
    aliases[role] = name
    _write_aliases(home, aliases)
    return role


def crown(home: Path, name: str) -> str | None:
    """Makes a model the champion, in one step; the one before it, which is returned, is kept as a former champion."""
    aliases, before = _aliases(home), alias(home, "champion")
    kept = [other for other in former(home) if other not in (name, before)]
    aliases["former"] = kept if before is None else [*kept, before]
    aliases["champion"] = name
    if aliases.get("challenger") == name:
        del aliases["challenger"]
    _write_aliases(home, aliases)
    return before


def _aliases(home: Path) -> dict[str, Any]:
    path = home / "models" / "aliases.json"
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # neither JSON nor UTF-8
        raise Refused(f"needed JSON in {path}, found: {error}. Restore the file from a copy.") from error
    return content


def _write_aliases(home: Path, aliases: dict[str, Any]) -> None:
    replace_file(home / "models" / "aliases.json", json.dumps(aliases, sort_keys=True, indent=1) + "\n")


def changes(home: Path, before: str, after: str) -> list[str]:
    """What a model changed against another of this home, in words: indicators, rounds, and quality out of time."""
    old, new = (manifest(home, name) for name in (before, after))
    told = []
    for scheme in sorted(old["schemes"].keys() | new["schemes"].keys()):
        if scheme not in old["schemes"] or scheme not in new["schemes"]:
            told.append(f"{scheme}: only {before if scheme in old['schemes'] else after} has a model")
            continue
        one, other = old["schemes"][scheme], new["schemes"][scheme]
        names = [{column["name"] for column in record["spec"]["columns"]} for record in (one, other)]
        told.append(
            f"{scheme}: {len(names[1] - names[0])} indicators more, {len(names[0] - names[1])} fewer; labelled rows "
            f"{one['counts']['rows']} -> {other['counts']['rows']}; rounds {one['rounds']} -> {other['rounds']}; "
            + "; ".join(f"{name} {_moved(one['metrics'], other['metrics'], key)}" for key, name in COMPARED.items())
        )
    return told


COMPARED = {"auc": "AUC", "average_precision": "average precision", "brier": "Brier score"}


def _moved(before: dict[str, Any], after: dict[str, Any], key: str) -> str:
    figures = [before.get(key), after.get(key)]
    return " -> ".join("undefined" if figure is None else f"{figure:.3f}" for figure in figures)


def manifest(home: Path, name: str) -> dict[str, Any]:
    """What a model says of itself, unchecked: `bundle_of` holds it to its hashes. Raises Usage for an unknown name,
    and Refused for a file that cannot be read."""
    return _read(model_folder(home, name) / "bundle.json")


def columns_of(catalogue: Catalogue, settings: Settings) -> dict[str, list[Column]]:
    """What the model of each scheme is shown, in the catalogue's order."""
    return {
        scheme: [Column(name=i.name, kind=i.kind, direction=i.direction) for i in catalogue.of(scheme)]
        for scheme in settings.schemes
    }


def bundle_of(home: Path, name: str, catalogue: Catalogue, settings: Settings) -> Bundle:
    """A model of this home, refused where features or libraries differ from those it was trained with."""
    try:
        return load(
            model_folder(home, name),
            expect=columns_of(catalogue, settings),
            feature_fingerprint=catalogue.fingerprint,
        )
    except BundleMismatch as error:
        raise Refused(str(error)) from error


def champion(home: Path, as_of: datetime, catalogue: Catalogue, settings: Settings) -> Bundle | None:
    """The champion, None where the home has no model. A model that was trained after the cut-off is refused."""
    name = alias(home, "champion")
    return None if name is None else not_after(bundle_of(home, name, catalogue, settings), as_of)


def not_after(bundle: Bundle, as_of: datetime) -> Bundle:
    """The bundle, refused where it learned from what was not known at the cut-off."""
    if bundle.as_of > as_of:
        raise Refused(
            f"needed a model that learned nothing after {as_of.isoformat()}, found {bundle.name}, trained until "
            f"{bundle.as_of.isoformat()}: its scores would know the future. Rank a later night, name an earlier model "
            "with --model, or train one with --until at or before the cut-off."
        )
    return bundle
