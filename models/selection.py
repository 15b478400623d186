"""From probabilities to a ranked and selected list: priority, ties, ranks, and what each office takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, Field, StrictFloat, StrictInt

from models.draws import tie, uniform
from models.exploration import draw
from models.priority import combine, place_abstained

Capacity = Annotated[StrictInt, Field(ge=1)] | Annotated[StrictFloat, Field(gt=0, le=1)]


class SelectionPolicy(BaseModel, frozen=True, extra="forbid"):
    """How many rows each office takes, how many of them at random, and what a scheme's harm is (USD; empty: unused).

    A capacity is a share of the office's rows of the night (float in (0, 1], rounded up) or a number of rows (int
    from 1); `default` serves the offices that are not named.
    """

    seed: int
    capacity: dict[str, Capacity] = {"default": 0.05}
    exploration_share: float = Field(0.1, ge=0, le=1)
    harm: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}

    def rows(self, office: str, rows_of_the_night: int) -> int:
        """How many of an office's rows it takes this night."""
        capacity = self.capacity[office] if office in self.capacity else self.capacity["default"]
        if isinstance(capacity, int):
            return min(capacity, rows_of_the_night)
        # As written in the configuration: 0.1 of 30 rows is 3, although the float product lies above it.
        return math.ceil(Fraction(str(capacity)) * rows_of_the_night)


class SelectionInput(ValueError):
    """The rows or the policy of a night cannot be ranked; the message lists every fault."""


def select(rows: pl.DataFrame, schemes: Sequence[str], as_of: datetime, policy: SelectionPolicy) -> pl.DataFrame:
    """Rank and select one night.

    `rows` has consignment_id (text, unique), office (text), p_<scheme> (float64, null: not scored) per scheme,
    referred (boolean), abstained (text or null) and rule_share (float64 in [0, 1]: share of the weighted rules met).
    Returns `rows` in its own order with priority (float64), tie (int64), rank (int64, 1.. within the office),
    scheme (text), selected (boolean), selected_by (text: rule, model, random or null) and propensity (float64) added.
    A referred row is selected by rule outside the capacity of its office and keeps its rank. A row without any
    probability that did not abstain (no scheme applies to it) is ranked and, unless referred, never selected.
    Raises SelectionInput with all faults at once.
    """
    _check(rows, schemes, policy)
    night = instant_text(as_of)
    abstained = rows["abstained"].is_not_null().to_numpy()
    combined = combine(_probabilities(rows, schemes), schemes, policy.harm)
    priority = place_abstained(combined.priority, combined.scheme >= 0, abstained, rows["rule_share"].to_numpy())
    names = [*schemes, None]
    ranked = rows.with_columns(
        pl.Series("priority", priority, dtype=pl.Float64),
        pl.Series("tie", tie(policy.seed, f"tie|{night}", rows["consignment_id"].to_list()), dtype=pl.Int64),
    )
    ranked = ranked.with_columns(
        _rank(ranked),
        pl.Series("scheme", [names[position] for position in combined.scheme], dtype=pl.String),
    )
    return ranked.with_columns(_choose(ranked, night, policy))


def instant_text(as_of: datetime) -> str:
    """An instant as it stands in the scope of a draw: 2024-06-01T20:00Z, with seconds only where it has any."""
    if as_of.tzinfo is None:
        raise SelectionInput(
            f"A cut-off needs a zone. Found {as_of.isoformat()} without one. Give the instant with its offset."
        )
    instant = as_of.astimezone(UTC).replace(tzinfo=None)
    return instant.isoformat(timespec="auto" if instant.second or instant.microsecond else "minutes") + "Z"


def _probabilities(rows: pl.DataFrame, schemes: Sequence[str]) -> NDArray[np.float64]:
    columns = [rows[f"p_{scheme}"].cast(pl.Float64).fill_null(math.nan).to_numpy() for scheme in schemes]
    return np.column_stack(columns) if columns else np.zeros((len(rows), 0))


def _rank(ranked: pl.DataFrame) -> pl.Series:
    order = ["office", "priority", "tie", "consignment_id"]
    return (
        ranked.select(order)
        .with_row_index("row")
        .sort(order, descending=[False, True, False, False])
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("office").alias("rank"))
        .sort("row")["rank"]
    )


def _choose(ranked: pl.DataFrame, night: str, policy: SelectionPolicy) -> list[pl.Series]:
    referred = ranked["referred"].to_numpy()
    abstained = ranked["abstained"].is_not_null().to_numpy()
    # Where no scheme applies there is nothing to find, so neither capacity nor a draw is spent on it.
    eligible = ~referred & (abstained | ranked["scheme"].is_not_null().to_numpy())
    order = uniform(policy.seed, f"explore|{night}", ranked["consignment_id"].to_list())
    chosen_by = np.full(len(ranked), None, dtype=object)
    chosen_by[referred] = "rule"
    propensity = np.where(referred, 1.0, 0.0)
    places = ranked.select("office", "rank").with_row_index("row").sort("office", "rank")
    for (office,), office_rows in places.group_by("office", maintain_order=True):
        positions = office_rows["row"].to_numpy()
        candidates = positions[eligible[positions]]
        rounding = uniform(policy.seed, f"explore rows|{night}", [office])[0]
        capacity = policy.rows(str(office), len(positions))
        drawn = draw(len(candidates), capacity, policy.exploration_share, rounding, order[candidates])
        propensity[candidates] = drawn.propensity
        chosen_by[candidates[drawn.random]] = "random"
        chosen_by[candidates[drawn.top]] = np.where(abstained[candidates[drawn.top]], "rule", "model")
    selected_by = pl.Series("selected_by", chosen_by.tolist(), dtype=pl.String)
    return [
        selected_by.is_not_null().alias("selected"),
        selected_by,
        pl.Series("propensity", propensity, dtype=pl.Float64),
    ]


def _check(rows: pl.DataFrame, schemes: Sequence[str], policy: SelectionPolicy) -> None:
    faults = _policy_faults(rows, schemes, policy)
    needed = ["consignment_id", "office", "referred", "abstained", "rule_share", *(f"p_{s}" for s in schemes)]
    missing = [name for name in needed if name not in rows.columns]
    faults += [f"column {name} is missing" for name in missing]
    if not missing:
        faults += _row_faults(rows, schemes)
    if faults:
        raise SelectionInput(
            "Selection needs one row per consignment with probabilities in [0, 1], and a policy that covers every "
            f"office and scheme. Found: {'; '.join(faults)}. Mend the rows or the policy that were handed in."
        )


def _policy_faults(rows: pl.DataFrame, schemes: Sequence[str], policy: SelectionPolicy) -> list[str]:
    faults = []
    if policy.harm and (unstated := [scheme for scheme in schemes if scheme not in policy.harm]):
        faults.append(f"harm is stated for some schemes but not for {', '.join(unstated)}")
    if "default" not in policy.capacity and "office" in rows.columns:
        offices = sorted(set(rows["office"].drop_nulls().unique()) - set(policy.capacity))
        if offices:
            faults.append(f"no capacity, and no default, for the offices {', '.join(offices[:5])} ({len(offices)})")
    return faults


def _row_faults(rows: pl.DataFrame, schemes: Sequence[str]) -> list[str]:
    scored = [pl.col(f"p_{scheme}") for scheme in schemes]
    share = pl.col("rule_share")
    checks = {
        "consignment_id is empty": pl.col("consignment_id").is_null(),
        "consignment_id stands more than once": pl.col("consignment_id").is_duplicated(),
        "office is empty": pl.col("office").is_null(),
        "referred is empty": pl.col("referred").is_null(),
        "rule_share is not in [0, 1]": share.is_null() | share.is_nan() | ~share.is_between(0, 1),
        "a probability is not in [0, 1]": pl.any_horizontal(
            False, *((p.is_nan() | ~p.is_between(0, 1)).fill_null(False) for p in scored)
        ),
        "a row abstained but has a probability": pl.col("abstained").is_not_null()
        & pl.any_horizontal(False, *(p.is_not_null() for p in scored)),
    }
    faults = []
    for fault, check in checks.items():
        found = rows.filter(check)["consignment_id"]
        if len(found):
            examples = ", ".join(str(identifier) for identifier in found.head(5))
            faults.append(f"{fault} ({len(found)} rows, e.g. {examples})")
    return faults
