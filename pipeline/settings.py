"""Settings: YAML files that validate themselves, shipped ones first, then each overlay, key by key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator
from rapidfuzz import process

from features.contract import load_contract
from features.findings import key_mistakes
from features.options import SchemeOption
from features.scope import mistakes_in
from models.training import TrainingParams
from pipeline.errors import Usage
from pipeline.settings_parts import (
    Count,
    Exploration,
    Features,
    Params,
    Promotion,
    Rule,
    RuleName,
    Scheme,
    SchemeName,
    Share,
    Tracking,
)
from pipeline.tracking_uri import redacted

PROJECT = Path(__file__).resolve().parent.parent
SHIPPED = PROJECT / "configs"


class Settings(BaseModel, frozen=True, extra="forbid"):
    """Everything that an administration or a data scientist may change, validated."""

    cutoff: time
    open_days: Annotated[int, Field(ge=1)]
    maturity_days: Annotated[int, Field(ge=0)]
    seed: Annotated[int, Field(ge=0)]
    threads: Annotated[int, Field(ge=1)] = 2
    not_delivered: list[str] = []
    capacity: dict[str, Count | Share]
    exploration: Exploration = Exploration()
    schemes: dict[SchemeName, Scheme]
    rules: dict[RuleName, Rule] = {}
    features: Features = Features()
    params: Params = Params()
    # Left out of the dump, and so of the fingerprint: they change no list and no model, and moving a database or a gate
    # must neither rename bundles nor make a standing night differ.
    tracking: Tracking = Field(default=Tracking(), exclude=True)
    promotion: Promotion = Field(default=Promotion(), exclude=True)
    directories: tuple[Path, ...] = Field(default=(SHIPPED,), exclude=True)

    @field_validator("cutoff", mode="before")
    @classmethod
    def _is_a_time_of_day(cls, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("needed 'HH:MM' (UTC) in quotes, as in cutoff: \"20:00\"")
        return time.fromisoformat(value)

    @field_validator("capacity")
    @classmethod
    def _has_a_default(cls, value: dict[str, int | float]) -> dict[str, int | float]:
        if "default" not in value:
            raise ValueError("needed a default beside the offices, as in capacity: {default: 0.05}")
        return value

    @field_validator("schemes")
    @classmethod
    def _states_harm_for_all_or_none(cls, value: dict[str, Scheme]) -> dict[str, Scheme]:
        silent = [name for name, scheme in value.items() if scheme.harm is None]
        if silent and len(silent) < len(value):
            raise ValueError(f"needed a harm for every scheme or for none; missing for {', '.join(silent)}")
        return value

    @cached_property
    def training(self) -> TrainingParams:
        """The training parameters with the house's own maturity, seed and threads."""
        learner = self.params.training.learner.model_copy(update={"seed": self.seed, "threads": self.threads})
        return self.params.training.model_copy(update={"maturity_days": self.maturity_days, "learner": learner})

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the settings and every reference file, whatever directories they came from."""
        digest = hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode())
        for name in reference_names(self.directories):
            digest.update(name.encode() + b"\0" + reference_file(self.directories, name).read_bytes())
        return digest.hexdigest()


# Which file holds which keys. `exploration` belongs to the offices' policy and is understood beside the schemes too.
FILES: dict[str, tuple[str, ...]] = {
    "tidewaiter.yaml": (
        *("cutoff", "open_days", "maturity_days", "seed", "threads", "not_delivered", "exploration"),
        *("tracking", "promotion"),
    ),
    "offices.yaml": ("capacity", "exploration"),
    "schemes.yaml": ("exploration",),
    "rules.yaml": ("rules",),
    "features.yaml": tuple(Features.model_fields),
    "params.yaml": tuple(Params.model_fields),
}


def load_settings(overlays: Sequence[Path] = ()) -> Settings:
    """The shipped settings with each overlay laid over. Raises Usage that lists every mistake of every file."""
    directories = (SHIPPED, *overlays)
    mistakes: list[str] = [
        f"needed a directory, found none at {directory}" for directory in overlays if not directory.is_dir()
    ]
    merged: dict[str, Any] = {}
    for directory in directories:
        for file in FILES:
            path = _place(directory, file)
            content = read_keys(path, mistakes) if path.is_file() else {}
            merged = laid_over(merged, _keys_of(file, content, mistakes))
    for named in ("schemes", "rules"):
        if isinstance(merged.get(named), dict):
            merged[named] = {name: each for name, each in merged[named].items() if each is not None}
    merged["directories"] = directories
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        mistakes += [_in_words(detail) for detail in error.errors()]
    mistakes += _mistakes_against_the_contract(merged)
    if mistakes:
        raise Usage("the configuration holds mistakes:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
    return settings


def _mistakes_against_the_contract(merged: dict[str, Any]) -> list[str]:
    """Scopes, keys and tables that the contract does not know, found even where other settings are wrong too."""
    contract = load_contract()
    schemes = {
        name: SchemeOption(scope=scheme["scope"], label=name)
        for name, scheme in merged.get("schemes", {}).items()
        if isinstance(scheme, dict) and isinstance(scheme.get("scope"), str)
    }
    findings = merged.get("features", {}).get("findings") or {}
    keys = findings.get("keys", []) if isinstance(findings, dict) else []
    pairs = findings.get("pairs_of") if isinstance(findings, dict) else None
    paired = [pairs] if isinstance(pairs, list) and all(isinstance(column, str) for column in pairs) else []
    named = [key for key in keys if isinstance(key, list) and all(isinstance(column, str) for column in key)]
    unknown = [table for table in merged.get("not_delivered") or [] if table not in contract.tables]
    return [
        *mistakes_in(schemes, contract),
        *key_mistakes(named, contract),
        *[mistake.replace("findings.keys", "findings.pairs_of") for mistake in key_mistakes(paired, contract)],
        *[f"not_delivered: unknown table {t!r}{nearest(str(t), tuple(contract.tables))}" for t in unknown],
    ]


def reference_file(directories: Sequence[Path], name: str) -> Path:
    """The reference file of that name from the last directory that has one."""
    found = [directory / "reference" / name for directory in directories if (directory / "reference" / name).is_file()]
    if not found:
        raise Usage(f"needed the reference file {name}, found none in {[str(d / 'reference') for d in directories]}")
    return found[-1]


def reference_names(directories: Sequence[Path]) -> list[str]:
    """The names of all reference files, sorted."""
    return sorted({path.name for directory in directories for path in (directory / "reference").glob("*.csv")})


def _place(directory: Path, file: str) -> Path:
    """Where a directory keeps a file; the shipped parameters lie at the root of the project, beside dvc.yaml."""
    return PROJECT / file if directory == SHIPPED and file == "params.yaml" else directory / file


def read_keys(path: Path, mistakes: list[str]) -> dict[str, Any]:
    """The keys of a YAML file, none where it is broken: what is wrong with it is added to the mistakes."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mistakes.append(f"{path}: needed YAML in UTF-8, found: {_without_content(error)}")
        return {}
    if content is None:
        return {}
    if not isinstance(content, dict):
        mistakes.append(f"{path}: needed keys with values, found {type(content).__name__}")
        return {}
    return content


def _without_content(error: Exception) -> str:
    """Where a file is broken and how, without the lines around, which may hold a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return str(error)


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """The keys of both, key by key at every depth; where both have one, that of `above`."""
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        both[key] = laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return both


def _keys_of(file: str, content: dict[str, Any], mistakes: list[str]) -> dict[str, Any]:
    """The settings that a file holds: its known keys; in schemes.yaml every other key is a scheme."""
    known = FILES[file]
    own = {key: value for key, value in content.items() if key in known}
    rest = {key: value for key, value in content.items() if key not in known}
    if file == "schemes.yaml":
        return {**own, "schemes": rest}
    if file in ("features.yaml", "params.yaml"):
        return {file.removesuffix(".yaml"): content}
    mistakes += [f"{file}: unknown key {key!r}{nearest(str(key), known)}" for key in rest]
    return own


def nearest(key: str, known: Sequence[str]) -> str:
    """Which known key an unknown one may have meant, as the end of a sentence; all of them where none is near."""
    match = process.extractOne(key, known, score_cutoff=50)
    return f"; the nearest known key is {match[0]!r}" if match else f"; known keys: {', '.join(known)}"


def _in_words(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown key{nearest(str(detail['loc'][-1]), _siblings(detail['loc']))}"
    return f"{place}: {detail['msg']}, found {redacted(repr(detail['input']))}"


def _siblings(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that are known where an unknown one was found."""
    model: Any = Settings
    for part in location[:-1]:
        if model is Settings and part in ("schemes", "rules"):
            model = {"": Scheme if part == "schemes" else Rule}
        elif isinstance(model, dict):
            model = model[""]
        else:
            model = model.model_fields[part].annotation
    return tuple(model.model_fields)
