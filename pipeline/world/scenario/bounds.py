"""Types of a scenario's numbers, with the bounds that they must keep."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Place = Annotated[str, Field(pattern="^[A-Z]{2}[A-Z2-9]{3}$")]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Hs6 = Annotated[str, Field(pattern="^[0-9]{6}$")]
Species = Annotated[str, Field(pattern="^[A-Z]{3}$")]


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"needed a span from low to high, found {list(span)}: swap the two")
    return span


def _weighty(weights: dict[str, float]) -> dict[str, float]:
    if not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError(f"needed shares that are not negative and not all zero, found {weights}")
    return weights


def _not_negative(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] < 0:
        raise ValueError(f"needed a span of amounts from 0 up, found {list(span)}: raise its lower bound")
    return span


def _with_honest(shares: dict[str, float]) -> dict[str, float]:
    if "honest" not in shares:
        raise ValueError(f"needed the rate among the honest, found only {', '.join(shares)}: add `honest`")
    return shares


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
Amounts = Annotated[Range, AfterValidator(_not_negative)]
Chances = Annotated[dict[str, Share], AfterValidator(_with_honest)]
Weights = Annotated[dict[str, float], AfterValidator(_weighty)]


class Frozen(BaseModel):
    """A part of a scenario: nothing unknown in it, nothing changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
