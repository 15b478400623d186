"""Selection: ranks, capacities, referrals, abstentions, and that neither order nor the clock plays a part."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.selection import SelectionInput, SelectionPolicy, instant_text, select

NIGHT = datetime(2024, 6, 1, 20, tzinfo=UTC)
SCHEMES = ["marine", "brand"]
TYPES = {
    "consignment_id": pl.String,
    "office": pl.String,
    "p_marine": pl.Float64,
    "p_brand": pl.Float64,
    "referred": pl.Boolean,
    "abstained": pl.String,
    "rule_share": pl.Float64,
}


def night_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    defaults = {"office": "JPTYO", "referred": False, "rule_share": 0.0}
    filled = [{"consignment_id": f"C{i}", **defaults, **row} for i, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=TYPES)


PROBABILITY = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.1, 0.5, 1.0]), st.floats(0, 1))


@st.composite
def nights(draw: st.DrawFn) -> pl.DataFrame:
    rows = []
    for i in range(draw(st.integers(0, 30))):
        abstained = draw(st.sampled_from([None, None, None, "no tables"]))
        rows.append(
            {
                "consignment_id": f"C{i}",
                "office": draw(st.sampled_from(["JPTYO", "JPOSA", "RUVVO"])),
                "p_marine": None if abstained else draw(PROBABILITY),
                "p_brand": None if abstained else draw(PROBABILITY),
                "referred": draw(st.sampled_from([False, False, False, True])),
                "abstained": abstained,
                "rule_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
            }
        )
    return night_of(rows)


POLICIES = st.builds(
    SelectionPolicy,
    seed=st.integers(0, 100),
    capacity=st.fixed_dictionaries(
        {"default": st.sampled_from([0.05, 0.5, 1.0, 1, 3, 100]), "JPOSA": st.sampled_from([0.2, 2])}
    ),
    exploration_share=st.sampled_from([0.0, 0.1, 0.35, 1.0]),
)


@settings(max_examples=100, deadline=None)
@given(rows=nights(), policy=POLICIES)
def test_select_ranks_without_gaps_and_spends_the_capacity(rows: pl.DataFrame, policy: SelectionPolicy) -> None:
    result = select(rows, SCHEMES, NIGHT, policy)
    assert result.select(rows.columns).equals(rows)
    for (office,), of_office in result.group_by("office"):
        assert sorted(of_office["rank"]) == list(range(1, len(of_office) + 1))
        in_order = of_office.sort("rank")
        keys = list(zip(-in_order["priority"].to_numpy(), in_order["tie"].to_list(), strict=True))
        assert keys == sorted(keys)
        in_scope = pl.col("abstained").is_not_null() | pl.any_horizontal(pl.col("p_marine", "p_brand").is_not_null())
        out_of_scope = of_office.filter(~pl.col("referred"), ~in_scope)
        assert not out_of_scope["selected"].any()
        assert (out_of_scope["propensity"] == 0).all()
        candidates = of_office.filter(~pl.col("referred"), in_scope)
        spent = min(policy.rows(str(office), len(of_office)), len(candidates))
        assert candidates["selected"].sum() == spent
        assert candidates["propensity"].sum() == pytest.approx(spent)
    referred = result.filter("referred")
    assert referred["selected_by"].to_list() == ["rule"] * len(referred)
    assert (referred["propensity"] == 1).all()
    assert (result["selected"] == result["selected_by"].is_not_null()).all()
    by_model = result.filter(pl.col("selected_by") == "model")
    assert by_model["abstained"].is_null().all()


@settings(max_examples=60, deadline=None)
@given(rows=nights(), policy=POLICIES, seed=st.integers(0, 1000))
def test_select_does_not_depend_on_the_order_of_rows(rows: pl.DataFrame, policy: SelectionPolicy, seed: int) -> None:
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=seed)
    one = select(rows, SCHEMES, NIGHT, policy).sort("consignment_id")
    other = select(shuffled, SCHEMES, NIGHT, policy).sort("consignment_id")
    assert one.equals(other)


def test_select_takes_rows_as_often_as_their_propensity_says() -> None:
    rows = night_of([{"p_marine": (20 - i) / 21} for i in range(20)])
    repeats = 400
    taken = np.zeros(20)
    for seed in range(repeats):
        result = select(
            rows, SCHEMES, NIGHT, SelectionPolicy(seed=seed, capacity={"default": 7}, exploration_share=0.2)
        )
        taken += result["selected"].to_numpy()
    assert np.abs(taken / repeats - result["propensity"].to_numpy()).max() < 4 * 0.5 / np.sqrt(repeats)


def test_select_places_abstained_rows_below_the_models_by_the_rules_they_meet() -> None:
    rows = night_of(
        [
            {"p_marine": 0.4},
            {"p_marine": 0.2, "p_brand": 0.1},
            {"abstained": "coverage below 0.2", "rule_share": 0.5},
            {},
        ]
    )
    result = select(rows, SCHEMES, NIGHT, SelectionPolicy(seed=1, capacity={"default": 3}, exploration_share=0.0))
    assert result["priority"].to_list() == pytest.approx([0.4, 0.28, 0.14, 0.0])
    assert result["scheme"].to_list() == ["marine", "marine", None, None]
    assert result["rank"].to_list() == [1, 2, 3, 4]
    assert result["selected_by"].to_list() == ["model", "model", "rule", None]


def test_select_ranks_by_rules_alone_without_any_model() -> None:
    rows = night_of([{"abstained": "no model", "rule_share": share} for share in (0.1, 0.9, 0.5)])
    result = select(rows, SCHEMES, NIGHT, SelectionPolicy(seed=1, capacity={"default": 1}, exploration_share=0.0))
    assert result["priority"].to_list() == [0.1, 0.9, 0.5]
    assert result["selected_by"].to_list() == [None, "rule", None]


def test_select_by_harm_puts_the_dearer_scheme_first() -> None:
    rows = night_of([{"p_marine": 0.5, "p_brand": 0.1}, {"p_marine": 0.6, "p_brand": 0.0}])
    policy = SelectionPolicy(seed=1, harm={"marine": 10.0, "brand": 100.0})
    result = select(rows, SCHEMES, NIGHT, policy)
    assert result["priority"].to_list() == [15.0, 6.0]
    assert result["scheme"].to_list() == ["brand", "marine"]


def test_select_keeps_the_rank_of_a_referred_row_and_spends_no_capacity_on_it() -> None:
    rows = night_of([{"p_marine": 0.9}, {"p_marine": 0.1, "referred": True}, {"p_marine": 0.5}])
    result = select(rows, SCHEMES, NIGHT, SelectionPolicy(seed=1, capacity={"default": 1}, exploration_share=0.0))
    assert result["rank"].to_list() == [1, 3, 2]
    assert result["selected_by"].to_list() == ["model", "rule", None]


def test_select_explores_by_another_draw_than_the_ties() -> None:
    rows = night_of([{"p_marine": 0.5}] * 1000)
    result = select(rows, SCHEMES, NIGHT, SelectionPolicy(seed=1, capacity={"default": 40}, exploration_share=0.5))
    explored = result.filter(pl.col("selected_by") == "random")["rank"]
    assert 350 < explored.mean() < 650


def test_select_draws_ties_anew_for_every_night() -> None:
    rows = night_of([{"p_marine": 0.5}] * 100)
    one, other = (select(rows, SCHEMES, NIGHT + timedelta(days=day), SelectionPolicy(seed=1)) for day in (0, 1))
    assert one["rank"].to_list() != other["rank"].to_list()


def test_select_of_an_empty_night_has_all_columns() -> None:
    result = select(night_of([]), SCHEMES, NIGHT, SelectionPolicy(seed=1))
    assert result.schema == pl.Schema(
        TYPES
        | {
            "priority": pl.Float64,
            "tie": pl.Int64,
            "rank": pl.Int64,
            "scheme": pl.String,
            "selected": pl.Boolean,
            "selected_by": pl.String,
            "propensity": pl.Float64,
        }
    )


def test_select_lists_all_faults_at_once() -> None:
    rows = night_of(
        [
            {"consignment_id": "A", "p_marine": 1.5, "rule_share": None},
            {"consignment_id": "A", "office": None},
            {"consignment_id": "B", "p_brand": 0.5, "abstained": "no tables"},
        ]
    )
    with pytest.raises(SelectionInput) as caught:
        select(rows, SCHEMES, NIGHT, SelectionPolicy(seed=1, capacity={"RUVVO": 1}, harm={"marine": 1.0}))
    for fault in (
        "stands more than once (2 rows, e.g. A, A)",
        "office is empty (1 rows, e.g. A)",
        "rule_share is not in [0, 1] (1 rows, e.g. A)",
        "a probability is not in [0, 1] (1 rows, e.g. A)",
        "a row abstained but has a probability (1 rows, e.g. B)",
        "no capacity, and no default, for the offices JPTYO",
        "harm is stated for some schemes but not for brand",
        "Mend the rows or the policy",
    ):
        assert fault in str(caught.value)


def test_select_names_missing_columns() -> None:
    with pytest.raises(SelectionInput, match="column referred is missing; column p_brand is missing"):
        select(night_of([]).drop("referred", "p_brand"), SCHEMES, NIGHT, SelectionPolicy(seed=1))


@pytest.mark.parametrize(
    ("capacity", "night", "rows"),
    [(0.05, 20, 1), (0.05, 21, 2), (0.1, 30, 3), (1.0, 7, 7), (1, 7, 1), (3, 2, 2), (0.05, 0, 0), (0.001, 5, 1)],
)
def test_policy_rows_rounds_a_share_up_and_counts_a_number(capacity: float, night: int, rows: int) -> None:
    assert SelectionPolicy(seed=1, capacity={"default": capacity}).rows("JPTYO", night) == rows


@pytest.mark.parametrize("capacity", [0, 0.0, 1.5, -1, float("nan"), True])
def test_policy_refuses_a_capacity_that_is_neither_share_nor_number(capacity: float) -> None:
    with pytest.raises(ValidationError, match=r"capacity\.default"):
        SelectionPolicy(seed=1, capacity={"default": capacity})


def test_instant_text_is_utc_with_seconds_only_where_there_are_any() -> None:
    assert instant_text(NIGHT) == "2024-06-01T20:00Z"
    assert instant_text(NIGHT.astimezone(timezone(timedelta(hours=9)))) == "2024-06-01T20:00Z"
    assert instant_text(NIGHT.replace(second=5)) == "2024-06-01T20:00:05Z"
    with pytest.raises(SelectionInput, match="needs a zone"):
        instant_text(NIGHT.replace(tzinfo=None))
