"""The matrix contract: what is accepted in which form, and that every difference is named at once."""

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.matrix import Column, MatrixMismatch, MatrixSpec, column_differences, conform, learn, values, without

COLUMNS = (
    Column(name="price", kind="number", direction=1),
    Column(name="trusted", kind="boolean"),
    Column(name="origin", kind="category"),
)
PLAIN = pl.DataFrame(
    {"price": [1.5, None, 3.0], "trusted": [True, None, False], "origin": ["JP", None, "CN"]},
    schema={"price": pl.Float64, "trusted": pl.Boolean, "origin": pl.String},
)


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    return frame.to_pandas().set_axis([f"C{i}" for i in range(len(frame))])


@pytest.mark.parametrize("arrow", [False, True])
def test_conform_reads_what_polars_hands_over(arrow: bool) -> None:
    frame = PLAIN.to_pandas(use_pyarrow_extension_array=arrow)
    conformed = conform(frame, learn(frame, COLUMNS)).frame
    assert [str(dtype) for dtype in conformed.dtypes] == ["float64", "float64", "category"]
    assert conformed["origin"].cat.categories.tolist() == ["CN", "JP"]


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (pd.Series([1, 2], dtype="int32"), "number"),
        (pd.Series([1, None], dtype="Int64"), "number"),
        (pd.Series([1, None], dtype=object), "number"),
        (pd.Series([None, None], dtype=object), "number"),
        (pd.Series([None, None], dtype=object), "boolean"),
        (pd.Series([np.nan, np.nan]), "boolean"),
        (pd.Series([np.nan, np.nan]), "category"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series(["a", "b"], dtype="category"), "category"),
        (pd.Series(["a", None], dtype=object), "category"),
    ],
)
def test_learn_accepts_every_lossless_form(series: pd.Series, kind: Any) -> None:
    column = Column(name="x", kind=kind)
    frame = series.to_frame("x")
    assert values(conform(frame, learn(frame, [column])).frame, learn(frame, [column])).shape == (2, 1)


CELL = {
    "number": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    "boolean": st.one_of(st.none(), st.booleans()),
    "category": st.one_of(st.none(), st.text(max_size=3)),
}
POLARS = {"number": pl.Float64, "boolean": pl.Boolean, "category": pl.String}


@settings(max_examples=80, deadline=None)
@given(data=st.data(), kinds=st.lists(st.sampled_from(sorted(CELL)), min_size=1, max_size=4), rows=st.integers(1, 8))
def test_values_equal_a_cell_by_cell_reading(data: st.DataObject, kinds: list[Any], rows: int) -> None:
    columns = [Column(name=f"x{i}", kind=kind) for i, kind in enumerate(kinds)]
    cells = [data.draw(st.lists(CELL[kind], min_size=rows, max_size=rows)) for kind in kinds]
    frame = pl.DataFrame(
        dict(zip([c.name for c in columns], cells, strict=True)), schema={c.name: POLARS[c.kind] for c in columns}
    ).to_pandas()
    spec = learn(frame, columns)
    matrix = values(conform(frame, spec).frame, spec)
    for place, (column, column_cells) in enumerate(zip(columns, cells, strict=True)):
        known = sorted({cell for cell in column_cells if cell is not None}) if column.kind == "category" else []
        for row, cell in enumerate(column_cells):
            if cell is None:
                assert math.isnan(matrix[row, place])
            else:
                assert matrix[row, place] == (known.index(cell) if column.kind == "category" else float(cell))


def test_conform_makes_unseen_categories_null_and_counts_them() -> None:
    spec = learn(as_pandas(PLAIN), COLUMNS)
    later = as_pandas(PLAIN.with_columns(origin=pl.Series(["XX", "YY", "JP"])))
    conformed = conform(later, spec)
    assert conformed.unseen == {"origin": 2}
    assert conformed.frame["origin"].isna().tolist() == [True, True, False]
    assert np.isnan(values(conformed.frame, spec)[0, 2])


def test_spec_survives_json_and_its_fingerprint_is_stable() -> None:
    spec = learn(as_pandas(PLAIN), COLUMNS)
    again = MatrixSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert (
        again.fingerprint()
        == spec.fingerprint()
        == ("ec525eab9c85b676023e9edc95ecaf0091b3614f20f38e9a11d18193a8fbe64c")
    )
    shuffled = learn(as_pandas(PLAIN).iloc[::-1], COLUMNS)
    assert shuffled.fingerprint() == spec.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"columns": COLUMNS[::-1]},
        {"columns": (COLUMNS[0].model_copy(update={"direction": -1}), *COLUMNS[1:])},
        {"columns": (COLUMNS[0].model_copy(update={"name": "value"}), *COLUMNS[1:])},
        {"categories": {"origin": ("CN", "JP", "KR")}},
    ],
)
def test_fingerprint_changes_with_whatever_the_spec_holds(change: dict[str, Any]) -> None:
    spec = learn(as_pandas(PLAIN), COLUMNS)
    assert spec.model_copy(update=change).fingerprint() != spec.fingerprint()


def test_conform_lists_all_differences_at_once() -> None:
    spec = learn(as_pandas(PLAIN), [*COLUMNS[:2], COLUMNS[2]])
    wrong = pd.DataFrame({"trusted": [1, 0], "price": ["12", "x"], "surplus": [1, 2]}, index=pd.Index(["C1", "C1"]))
    with pytest.raises(MatrixMismatch) as caught:
        conform(wrong, spec)
    assert caught.value.differences == [
        "column origin is missing",
        "column surplus is not known",
        "the order differs from place 1 on: trusted stands where price is needed",
        "1 index values stand more than once, e.g. C1",
        "column price holds string (str) where number is needed, e.g. '12' in row C1",
        "column trusted holds integer (int64) where boolean is needed, e.g. '1' in row C1",
    ]
    for difference in caught.value.differences:
        assert difference in str(caught.value)
    assert "Found 6 differences" in str(caught.value)
    assert "train again" in str(caught.value)


@pytest.mark.parametrize(
    ("series", "kind", "message"),
    [
        (pd.Series([1.0, np.inf]), "number", r"column x holds infinity in 1 rows, e\.g\. 1"),
        (pd.Series([1.0, -np.inf]), "number", "holds infinity in 1 rows"),
        (pd.Series([True, False]), "number", r"holds boolean \(bool\) where number is needed"),
        (pd.Series([1.0, "a"], dtype=object), "number", r"holds mixed \(object\) where number is needed"),
        (pd.Series([1.0, 0.0]), "boolean", "holds floating .* where boolean is needed"),
        (pd.Series([3, 4]), "category", "holds integer .* where category is needed"),
        (pd.Series([3, 4], dtype="category"), "category", "where category is needed"),
        (pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02"])), "number", "holds datetime"),
    ],
)
def test_learn_refuses_content_of_another_kind(series: pd.Series, kind: Any, message: str) -> None:
    with pytest.raises(MatrixMismatch, match=message):
        learn(series.to_frame("x"), [Column(name="x", kind=kind)])


def test_learn_refuses_columns_that_stand_twice() -> None:
    frame = pd.DataFrame([[1.0, 2.0]], columns=["x", "x"])
    with pytest.raises(MatrixMismatch, match="column x stands 2 times"):
        learn(frame, [Column(name="x", kind="number")])
    with pytest.raises(MatrixMismatch, match="column x is described 2 times"):
        learn(frame.iloc[:, :1], [Column(name="x", kind="number")] * 2)


def test_column_differences_names_each_one() -> None:
    needed = [Column(name="a", kind="number"), Column(name="b", kind="category"), Column(name="c", kind="number")]
    found = [
        Column(name="b", kind="category"),
        Column(name="a", kind="boolean", direction=1),
        Column(name="d", kind="number"),
    ]
    assert column_differences(needed, found) == [
        "column c is missing",
        "column d is not known",
        "the order differs from place 1 on: b stands where a is needed",
        "column a is boolean where number is needed",
        "column a has direction 1 where 0 is needed",
    ]
    assert column_differences(needed, needed) == []


def test_without_leaves_out_by_name_and_ignores_names_that_are_not_there(small):
    assert without(small.frame, ()) is small.frame
    assert list(without(small.frame, ("noise", "unheard")).columns) == ["price_gap", "age_days", "trusted", "origin"]
