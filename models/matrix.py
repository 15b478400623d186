"""The matrix contract: columns learned at fit and enforced at predict, where LightGBM itself would stay silent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

Kind = Literal["number", "boolean", "category"]


class MatrixMismatch(ValueError):
    """A frame differs from what was described or learned; `differences` and the message list all of it."""

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = list(differences)
        super().__init__(
            "The matrix needs exactly the columns that were described or learned, in their order and of their kind, "
            f"and one row per index value. Found {len(self.differences)} differences: {'; '.join(self.differences)}. "
            "Build the matrix from the same feature declarations as the model, or train again on the present ones."
        )


class Column(BaseModel, frozen=True, extra="forbid"):
    """One column as described by who made it: its name, what it holds, and which way risk grows with it."""

    # LightGBM refuses other characters in a feature name, or rewrites them.
    name: str = Field(pattern="^[A-Za-z0-9_]+$")
    kind: Kind
    direction: Literal[-1, 0, 1] = 0


class MatrixSpec(BaseModel, frozen=True, extra="forbid"):
    """What was learned at fit: the columns in order, and the categories of each category column, sorted.

    JSON round trip by `model_dump_json` and `MatrixSpec.model_validate_json`.
    """

    columns: tuple[Column, ...]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def fingerprint(self) -> str:
        """sha256 (hex) over names, order, kinds, directions and categories; stable between runs and machines."""
        return sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


class Conformed(NamedTuple):
    """A frame ready for the learner, and how many values of each category column were unseen and became null."""

    frame: pd.DataFrame
    unseen: dict[str, int]


def learn(frame: pd.DataFrame, columns: Sequence[Column]) -> MatrixSpec:
    """Learn the spec of a frame that has exactly `columns`, in this order; one row per index value.

    Raises MatrixMismatch with all differences.
    """
    _refuse(_frame_differences(frame, columns))
    text = {column.name: frame[column.name].dropna() for column in columns if column.kind == "category"}
    categories = {name: tuple(sorted(str(value) for value in series.unique())) for name, series in text.items()}
    return MatrixSpec(columns=tuple(columns), categories=categories)


def conform(frame: pd.DataFrame, spec: MatrixSpec) -> Conformed:
    """The frame as float64 (numbers, booleans) and category dtype with the learned categories, null as NaN.

    Unseen categories become null and are counted. Raises MatrixMismatch with all differences.
    """
    _refuse(_frame_differences(frame, spec.columns))
    conformed: dict[str, object] = {}
    unseen = {}
    for column in spec.columns:
        series = frame[column.name]
        if column.kind == "category":
            codes = _codes(series, spec.categories[column.name])
            unseen[column.name] = int(series.notna().sum() - (codes >= 0).sum())
            conformed[column.name] = pd.Categorical.from_codes(
                codes, categories=pd.Index(spec.categories[column.name], dtype="str")
            )
        else:
            conformed[column.name] = _floats(series, column.kind)
    return Conformed(pd.DataFrame(conformed, index=frame.index, columns=spec.names), unseen)


def without(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """The frame less the columns of these names; a name that it does not have leaves nothing out."""
    return frame.loc[:, ~frame.columns.isin(list(names))] if names else frame


def values(frame: pd.DataFrame, spec: MatrixSpec) -> NDArray[np.float64]:
    """rows x columns float64 as the learner sees a conformed frame: a category by its position, null as NaN."""
    matrix = np.empty((len(frame), len(spec.columns)), dtype=np.float64)
    for position, column in enumerate(spec.columns):
        if column.kind == "category":
            codes = frame[column.name].cat.codes.to_numpy()
            matrix[:, position] = np.where(codes < 0, np.nan, codes)
        else:
            matrix[:, position] = frame[column.name].to_numpy()
    return matrix


def column_differences(needed: Sequence[Column], found: Sequence[Column]) -> list[str]:
    """Every difference between two descriptions of columns, in words: names, order, kinds, directions."""
    differences = _name_differences([column.name for column in needed], [column.name for column in found])
    by_name = {column.name: column for column in found}
    for column in needed:
        other = by_name.get(column.name, column)
        if other.kind != column.kind:
            differences.append(f"column {column.name} is {other.kind} where {column.kind} is needed")
        if other.direction != column.direction:
            differences.append(
                f"column {column.name} has direction {other.direction} where {column.direction} is needed"
            )
    return differences


def _refuse(differences: list[str]) -> None:
    if differences:
        raise MatrixMismatch(differences)


def _name_differences(needed: Sequence[str], found: Sequence[str]) -> list[str]:
    differences = [f"column {name} is missing" for name in needed if name not in set(found)]
    differences += [f"column {name} is not known" for name in dict.fromkeys(found) if name not in set(needed)]
    differences += [f"column {name} stands {count} times" for name, count in Counter(found).items() if count > 1]
    shared = [name for name in needed if name in set(found)]
    there = [name for name in dict.fromkeys(found) if name in set(needed)]
    for place, (expected, name) in enumerate(zip(dict.fromkeys(shared), there, strict=True), start=1):
        if expected != name:
            differences.append(f"the order differs from place {place} on: {name} stands where {expected} is needed")
            break
    return differences


def _frame_differences(frame: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    found = [str(name) for name in frame.columns]
    differences = _name_differences([column.name for column in columns], found)
    repeated = Counter(column.name for column in columns)
    differences += [f"column {name} is described {count} times" for name, count in repeated.items() if count > 1]
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice):
        differences.append(f"{len(twice)} index values stand more than once, e.g. {_examples(twice)}")
    for column in {column.name: column for column in columns}.values():
        if found.count(column.name) == 1:
            differences += _content_differences(frame[column.name], column)
    return differences


def _content_differences(series: pd.Series, column: Column) -> list[str]:
    if not _HOLDS[column.kind](series):
        example = series.dropna().head(1)
        return [
            f"column {column.name} holds {_inferred(series)} ({series.dtype}) where {column.kind} is needed, "
            f"e.g. {str(example.iloc[0])[:40]!r} in row {example.index[0]}"
        ]
    if column.kind == "number":
        infinite = series.index[np.isinf(_floats(series, "number"))]
        if len(infinite):
            return [f"column {column.name} holds infinity in {len(infinite)} rows, e.g. {_examples(infinite)}"]
    return []


def _examples(index: pd.Index) -> str:
    return ", ".join(str(value) for value in index[:5])


def _holds_numbers(series: pd.Series) -> bool:
    if series.dtype == object:
        return _inferred(series) in {"empty", "integer", "floating", "mixed-integer-float"}
    return bool(pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)) or _is_null(series)


def _holds_booleans(series: pd.Series) -> bool:
    if series.dtype == object:
        return _inferred(series) in {"empty", "boolean"}
    return bool(pd.api.types.is_bool_dtype(series)) or _is_null(series)


def _holds_text(series: pd.Series) -> bool:
    if isinstance(series.dtype, pd.StringDtype):
        return True
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _inferred(series.cat.categories.to_series()) in {"empty", "string"}
    return _inferred(series) in {"empty", "string"} or _is_null(series)


def _inferred(series: pd.Series) -> str:
    return str(pd.api.types.infer_dtype(series.dropna().to_numpy(dtype=object)))


def _is_null(series: pd.Series) -> bool:
    return bool(series.isna().all())


_HOLDS: dict[Kind, Callable[[pd.Series], bool]] = {
    "number": _holds_numbers,
    "boolean": _holds_booleans,
    "category": _holds_text,
}


def _floats(series: pd.Series, kind: Kind) -> NDArray[np.float64]:
    if _is_null(series):
        return np.full(len(series), np.nan)
    if kind == "boolean":
        series = series.astype("boolean")
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _codes(series: pd.Series, categories: Sequence[str]) -> NDArray[np.int64]:
    known = series.notna().to_numpy()
    codes = np.full(len(series), -1, dtype=np.int64)
    learned = pd.Index(np.array(list(categories), dtype=object))
    codes[known] = learned.get_indexer(pd.Index(series[known].to_numpy(dtype=object)))
    return codes
