from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from histories import DAY, START, table

from features.open import open_at
from features.options import Options, SchemeOption
from features.tables import Tables

OPTIONS = Options(
    schemes={
        "marine": SchemeOption("hs6 LIKE '03%'", "marine"),
        "brand": SchemeOption("brand_id IS NOT NULL", "brand_findings"),
    }
)
T = START + 10 * DAY
SECOND = timedelta(seconds=1)


def opened(
    versions: list[dict[str, Any]], item: dict[str, Any] | None = None, findings: list[dict[str, Any]] | None = None
) -> list[tuple[Any, ...]]:
    base = {"consignment_id": "C1", "declared_at": START, "known_at": START}
    goods = {"consignment_id": "C1", "item_no": 1, "hs6": "030614", "known_at": START, **(item or {})}
    seen = [
        {"inspection_id": f"I{n}", "consignment_id": "C1", "inspected_at": START, "known_at": START, **finding}
        for n, finding in enumerate(findings or [])
    ]
    tables = Tables(
        {
            "consignment": table("consignment", [{**base, **version} for version in versions]),
            "goods_item": table("goods_item", [goods]),
            "inspection": table("inspection", seen),
        }
    )
    return open_at(tables, T, 30, OPTIONS).drop("cutoff").rows()


MARINE_ONLY = [("C1", True, False)]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([{}], MARINE_ONLY),
        ([{"known_at": T}], MARINE_ONLY),
        ([{"known_at": T + SECOND}], []),
        ([{}, {"known_at": T, "withdrawn": True}], []),
        ([{}, {"known_at": T + SECOND, "withdrawn": True}], MARINE_ONLY),
        ([{}, {"known_at": T - DAY, "released_at": T}], []),
        ([{}, {"known_at": T - DAY, "released_at": T + SECOND}], MARINE_ONLY),
        ([{}, {"known_at": T + SECOND, "released_at": T - DAY}], MARINE_ONLY),
        ([{"declared_at": T - 30 * DAY}], []),
        ([{"declared_at": T - 30 * DAY + SECOND}], MARINE_ONLY),
    ],
)
def test_what_is_open(versions: list[dict[str, Any]], expected: list[tuple[Any, ...]]) -> None:
    assert opened(versions) == expected


@pytest.mark.parametrize(
    ("brand", "findings", "is_open"),
    [
        (None, [{"scheme": "marine", "result": "inconclusive"}], False),
        (None, [{"scheme": "marine", "result": "confirmed", "known_at": T + SECOND}], True),
        (None, [{"scheme": "brand_findings", "result": "confirmed"}], True),
        ("B", [{"scheme": "marine", "result": "unfounded"}], True),
        (
            "B",
            [{"scheme": "marine", "result": "unfounded"}, {"scheme": "brand_findings", "result": "unfounded"}],
            False,
        ),
    ],
)
def test_closed_by_an_inspection_of_every_applying_scheme(
    brand: str | None, findings: list[dict[str, Any]], is_open: bool
) -> None:
    assert bool(opened([{}], {"brand_id": brand}, findings)) == is_open


def test_a_consignment_without_any_scheme_stays() -> None:
    assert opened([{}], {"hs6": "990000"}) == [("C1", False, False)]
    assert opened([{}], {"hs6": "990000"}, [{"scheme": "marine", "result": "confirmed"}]) == [("C1", False, False)]
