"""A bundle: a folder of LightGBM text models and one JSON that says what they need; nothing is ever unpickled."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ValidationError

from models.calibration import Calibration
from models.learner import raw_scores
from models.matrix import Column, MatrixSpec, column_differences, conform, without
from models.reasons import Contributions, calibrated_contributions, raw_contributions
from models.training import NotTrainable, TrainedScheme, TrainingParams

LIBRARIES = ("lightgbm", "numpy", "scikit-learn", "pandas")
_MANIFEST = "bundle.json"
_SCHEME_NAME = re.compile("[a-z][a-z0-9_]*")


class BundleMismatch(ValueError):
    """A bundle does not fit the features or libraries at hand, or was altered; the message lists every difference."""

    def __init__(self, path: Path, differences: Sequence[str]) -> None:
        self.differences = list(differences)
        super().__init__(
            f"The bundle {path.name} needs its files unaltered, and the features and libraries that it was trained "
            f"with. Found {len(self.differences)} differences: {'; '.join(self.differences)}. Install the locked "
            "requirements and use the features of its time, restore its files from a copy, or train a new bundle."
        )


class SchemeRecord(BaseModel, frozen=True, extra="forbid"):
    """What a bundle says of one trained scheme; `base_rate` is the log-odds of the training labels."""

    spec: MatrixSpec
    calibration: Calibration
    base_rate: float
    rounds: int
    metrics: dict[str, Any]
    counts: dict[str, int]
    params: TrainingParams


class UntrainedScheme(BaseModel, frozen=True, extra="forbid"):
    """Why a scheme has no model, and the counts behind it."""

    reason: str
    counts: dict[str, int]


class Manifest(BaseModel, frozen=True, extra="forbid"):
    """The content of bundle.json; `files` holds the sha256 of every other file."""

    format: Literal[1] = 1
    name: str
    as_of: AwareDatetime
    feature_fingerprint: str
    python: str
    libraries: dict[str, str]
    schemes: dict[str, SchemeRecord]
    untrained: dict[str, UntrainedScheme]
    files: dict[str, str]


class Bundle:
    """The models of all schemes, ready to score. `fingerprint` is the sha256 over the hashes of all its files."""

    def __init__(self, manifest: Manifest, boosters: Mapping[str, lightgbm.Booster], fingerprint: str) -> None:
        self.manifest = manifest
        self.fingerprint = fingerprint
        self._boosters = dict(boosters)

    @property
    def name(self) -> str:
        """The name it was saved under."""
        return self.manifest.name

    @property
    def as_of(self) -> datetime:
        """The cut-off of its training rows."""
        return self.manifest.as_of

    @property
    def feature_fingerprint(self) -> str:
        """Fingerprint of the feature dictionary that it was trained with."""
        return self.manifest.feature_fingerprint

    @property
    def schemes(self) -> list[str]:
        """Schemes that have a model, in alphabetical order."""
        return sorted(self.manifest.schemes)

    @property
    def untrained(self) -> dict[str, str]:
        """Why each other scheme has none, in words."""
        return {scheme: record.reason for scheme, record in sorted(self.manifest.untrained.items())}

    def scheme(self, scheme: str) -> SchemeRecord:
        """Spec, calibration, base rate, metrics, counts and parameters of a trained scheme. Raises KeyError."""
        if scheme not in self.manifest.schemes:
            raise KeyError(
                f"Scoring needs a trained scheme. Found {scheme!r}, where the bundle {self.name} has "
                f"{', '.join(self.schemes) or 'none'}. Ask for one of these, or train the scheme."
            )
        return self.manifest.schemes[scheme]

    def predict(self, scheme: str, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated probability of each row of a frame with the scheme's columns in order. Raises MatrixMismatch.

        Columns that its training left out may be there and are not looked at.
        """
        record = self.scheme(scheme)
        conformed = conform(without(frame, record.params.leave_out), record.spec).frame
        raw = raw_scores(self._boosters[scheme], conformed, record.spec, record.params.learner.threads)
        return record.calibration.probabilities(raw)

    def contributions(self, scheme: str, frame: pd.DataFrame) -> Contributions:
        """Contributions (rows x columns of the scheme's spec) to the log-odds of `predict`, and their base.

        Takes the frames that `predict` takes. Raises MatrixMismatch.
        """
        record = self.scheme(scheme)
        conformed = conform(without(frame, record.params.leave_out), record.spec).frame
        threads = record.params.learner.threads
        raw = raw_contributions(self._boosters[scheme], conformed, record.spec, threads)
        return calibrated_contributions(raw, record.calibration)


def save(
    path: Path,
    schemes: Mapping[str, TrainedScheme | NotTrainable],
    *,
    name: str,
    as_of: datetime,
    feature_fingerprint: str,
) -> Bundle:
    """Write the bundle as the folder `path`, whole or not at all, and return it as read back.

    Raises FileExistsError where `path` exists, ValueError for scheme names that are no file names.
    """
    if path.exists():
        raise FileExistsError(
            f"A bundle needs a folder of its own. Found that {path.name} exists. Choose another name; bundles stay."
        )
    unfit = [scheme for scheme in schemes if not _SCHEME_NAME.fullmatch(scheme)]
    if unfit:
        raise ValueError(
            "Schemes need names of lower-case letters, digits and underscores, since files are named after them. "
            f"Found {', '.join(map(repr, unfit))}. Rename them in the configuration."
        )
    trained = {scheme: result for scheme, result in sorted(schemes.items()) if isinstance(result, TrainedScheme)}
    texts = {_file_name(scheme): result.booster.model_to_string().encode() for scheme, result in trained.items()}
    manifest = Manifest(
        name=name,
        as_of=as_of.astimezone(UTC) if as_of.tzinfo else as_of,
        feature_fingerprint=feature_fingerprint,
        python=platform.python_version(),
        libraries=_versions(),
        schemes={scheme: _record(result) for scheme, result in trained.items()},
        untrained={
            scheme: UntrainedScheme(reason=result.reason, counts=result.counts)
            for scheme, result in sorted(schemes.items())
            if isinstance(result, NotTrainable)
        },
        files={file: sha256(text).hexdigest() for file, text in texts.items()},
    )
    texts[_MANIFEST] = manifest.model_dump_json(indent=1).encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
        folder = Path(beside) / path.name
        folder.mkdir()
        for file, text in texts.items():
            _write(folder / file, text)
        bundle = load(folder)
        folder.rename(path)
    return bundle


def load(
    path: Path,
    *,
    expect: Mapping[str, Sequence[Column] | MatrixSpec] | None = None,
    feature_fingerprint: str | None = None,
    fingerprint: str | None = None,
) -> Bundle:
    """Read a bundle after holding it against its own hashes and the versions of the libraries.

    `expect` names the columns (or, with categories, the spec) at hand for a scheme, with or without those that its
    training left out; schemes that only one side knows are left to the caller. `feature_fingerprint` and `fingerprint`
    must be equal where they are given.
    Raises BundleMismatch with all differences, FileNotFoundError where there is no bundle.
    """
    if not (path / _MANIFEST).is_file():
        raise FileNotFoundError(
            f"A bundle is a folder with {_MANIFEST}. Found none at {path.name}. Name a bundle that was trained."
        )
    text = (path / _MANIFEST).read_bytes()
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        faults = [f"{_MANIFEST}, {'.'.join(map(str, e['loc'])) or 'as a whole'}: {e['msg']}" for e in error.errors()]
        raise BundleMismatch(path, faults) from error
    hashes = {_MANIFEST: sha256(text).hexdigest()} | manifest.files
    own = sha256("".join(f"{file} {hashes[file]}\n" for file in sorted(hashes)).encode()).hexdigest()
    differences = _file_differences(path, manifest) + _version_differences(manifest)
    differences += _feature_differences(manifest, expect or {})
    if feature_fingerprint not in (None, manifest.feature_fingerprint):
        differences.append(
            f"the feature dictionary is {feature_fingerprint} where {manifest.feature_fingerprint} is needed"
        )
    if fingerprint not in (None, own):
        differences.append(f"the bundle's fingerprint is {own} where {fingerprint} is needed")
    if differences:
        raise BundleMismatch(path, differences)
    boosters = {
        scheme: lightgbm.Booster(model_str=(path / _file_name(scheme)).read_text(encoding="utf-8"))
        for scheme in manifest.schemes
    }
    return Bundle(manifest, boosters, own)


def _file_differences(path: Path, manifest: Manifest) -> list[str]:
    differences = []
    for file in sorted({_file_name(scheme) for scheme in manifest.schemes} | set(manifest.files)):
        if file not in manifest.files:
            differences.append(f"file {file} has no hash in {_MANIFEST}")
        elif Path(file).name != file or not (path / file).is_file():
            differences.append(f"file {file} is missing")
        elif sha256((path / file).read_bytes()).hexdigest() != manifest.files[file]:
            differences.append(f"file {file} was altered")
    return differences


def _version_differences(manifest: Manifest) -> list[str]:
    here, needed = platform.python_version(), manifest.python
    differences = [] if here.split(".")[:2] == needed.split(".")[:2] else [f"python is {here} where {needed} is needed"]
    for library, installed in _versions().items():
        if (trained_with := manifest.libraries.get(library)) != installed:
            differences.append(f"{library} is {installed} where {trained_with} is needed")
    return differences


def _feature_differences(manifest: Manifest, expect: Mapping[str, Sequence[Column] | MatrixSpec]) -> list[str]:
    differences = []
    for scheme in sorted(set(expect) & set(manifest.schemes)):
        learned, given = manifest.schemes[scheme].spec, expect[scheme]
        columns = given.columns if isinstance(given, MatrixSpec) else given
        left_out = manifest.schemes[scheme].params.leave_out
        found = column_differences(learned.columns, [column for column in columns if column.name not in left_out])
        if isinstance(given, MatrixSpec):
            found += _category_differences(learned, given)
        differences += [f"scheme {scheme}: {difference}" for difference in found]
    return differences


def _category_differences(learned: MatrixSpec, given: MatrixSpec) -> list[str]:
    differences = []
    for column in sorted(set(learned.categories) & set(given.categories)):
        needed, found = learned.categories[column], given.categories[column]
        if needed != found:
            differences.append(
                f"column {column} lacks the categories {sorted(set(needed) - set(found))} "
                f"and has the unknown categories {sorted(set(found) - set(needed))}"
            )
    return differences


def _record(result: TrainedScheme) -> SchemeRecord:
    return SchemeRecord(
        spec=result.spec,
        calibration=result.calibration,
        base_rate=result.base_rate,
        rounds=result.rounds,
        metrics=result.metrics,
        counts=result.counts,
        params=result.params,
    )


def _versions() -> dict[str, str]:
    return {library: version(library) for library in LIBRARIES}


def _file_name(scheme: str) -> str:
    return f"{scheme}.lgb.txt"


def _write(file: Path, text: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
