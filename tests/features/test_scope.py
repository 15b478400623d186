from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from histories import START, table

from features.asked import Asked
from features.contract import load_contract
from features.options import Options, SchemeOption
from features.scope import applies, mistakes_in
from features.tables import Tables


def asked(items: list[dict[str, object]], days: int = 0, **tables: list[dict[str, object]]) -> Asked:
    consignment = [{"consignment_id": "C1", "regime": "import", "destination_country": "RU", "known_at": START}]
    rows = {
        "consignment": table("consignment", consignment),
        "goods_item": table("goods_item", [{"consignment_id": "C1", "known_at": START, **item} for item in items]),
        **{name: table(name, content) for name, content in tables.items()},
    }
    questions = pl.DataFrame(
        {"consignment_id": ["C1"], "cutoff": [START + timedelta(days=days)]},
        schema={"consignment_id": pl.String, "cutoff": pl.Datetime("us", "UTC")},
    )
    return Asked(Tables(rows), questions)


def scheme(scope: str, high_priority: pl.DataFrame | None = None) -> Options:
    schemes = {"s": SchemeOption(scope, "s")}
    return Options(schemes=schemes) if high_priority is None else Options(schemes=schemes, high_priority=high_priority)


def test_any_item_is_enough() -> None:
    items = [{"item_no": 1, "hs6": "870323"}, {"item_no": 2, "hs6": "030614"}]
    assert applies(asked(items), scheme("hs6 LIKE '03%'"))["s"].to_list() == [True]
    assert applies(asked(items), scheme("hs6 LIKE '04%'"))["s"].to_list() == [False]


def test_consignment_and_item_must_meet_in_one_row() -> None:
    items = [{"item_no": 1, "hs6": "870323", "brand_id": None}, {"item_no": 2, "hs6": "030614", "brand_id": "B"}]
    both = "destination_country = 'RU' AND hs6 LIKE '87%' AND brand_id IS NOT NULL"
    assert applies(asked(items), scheme(both))["s"].to_list() == [False]


def test_an_unknown_value_does_not_hold_and_no_item_means_no_scheme() -> None:
    assert applies(asked([{"item_no": 1, "hs6": "870323"}]), scheme("species = 'KCD'"))["s"].to_list() == [False]
    assert applies(asked([]), scheme("regime = 'import'"))["s"].to_list() == [False]


def test_a_heading_is_marked_from_the_day_its_brand_was_known() -> None:
    brand = [{"brand_id": "B1", "name": "b", "hs4": ["8703"], "known_at": START + timedelta(days=1)}]
    items = [{"item_no": 1, "hs6": "870323"}]
    marked = scheme("heading_is_marked")
    assert applies(asked(items, 0, brand=brand), marked)["s"].to_list() == [False]
    assert applies(asked(items, 1, brand=brand), marked)["s"].to_list() == [True]
    withdrawn = [*brand, {**brand[0], "withdrawn": True, "known_at": START + timedelta(days=2)}]
    assert applies(asked(items, 2, brand=withdrawn), marked)["s"].to_list() == [False]


def test_a_code_is_listed_from_the_date_of_its_list() -> None:
    listed = pl.DataFrame({"hs6": ["854231"], "tier": [1], "list_date": [date(2024, 1, 3)]})
    items = [{"item_no": 1, "hs6": "854231"}]
    options = scheme("high_priority_tier <= 2", listed)
    assert applies(asked(items, 1), options)["s"].to_list() == [False]
    assert applies(asked(items, 2), options)["s"].to_list() == [True]


def test_all_scopes_that_cannot_be_used_are_told_at_once() -> None:
    schemes = {
        "a": SchemeOption("hs6 LIKE", "a"),
        "b": SchemeOption("colour = 'red'", "b"),
        "c": SchemeOption("net_kg", "c"),
        "d": SchemeOption("hs6 LIKE '03%'", "d"),
    }
    mistakes = mistakes_in(schemes, load_contract())
    assert [mistake.split(":")[0] for mistake in mistakes] == ["schemes.a.scope", "schemes.b.scope", "schemes.c.scope"]
    assert "needed a yes or no" in mistakes[2]
