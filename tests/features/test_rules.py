from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from features.catalogue import Catalogue
from features.declaration import FAMILY
from features.options import Options
from features.rules import Rule, apply_rules, mistakes_in

CUTOFF = datetime(2024, 6, 1, 20, tzinfo=UTC)
FEATURES = pl.DataFrame({"kg": [5.0, 50.0, None], "code": ["A", "B", None]})


def test_referrals_are_the_mandatory_rules_met_and_the_share_is_of_all_weight() -> None:
    rules = {
        "z-heavy": Rule("kg > 10", weight=3, mandatory=True),
        "a-coded": Rule("code = 'B'", weight=1, mandatory=True),
        "light": Rule("kg < 10", weight=4),
    }
    assert apply_rules(FEATURES, rules, CUTOFF).to_dicts() == [
        {"referrals": [], "rule_share": 0.5},
        {"referrals": ["a-coded", "z-heavy"], "rule_share": 0.5},
        {"referrals": [], "rule_share": 0.0},
    ]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (None, None, True),
        (date(2024, 6, 1), None, True),
        (date(2024, 6, 2), None, False),
        (None, date(2024, 6, 1), False),
        (None, date(2024, 6, 2), True),
    ],
)
def test_a_rule_holds_on_its_own_days(valid_from: date | None, valid_to: date | None, holds: bool) -> None:
    rules = {"heavy": Rule("kg > 10", 1, True, valid_from, valid_to)}
    referrals = apply_rules(FEATURES, rules, CUTOFF)["referrals"].to_list()
    assert referrals == ([[], ["heavy"], []] if holds else [[], [], []])


def test_no_rule_and_no_row() -> None:
    assert apply_rules(FEATURES, {}, CUTOFF).to_dicts() == [{"referrals": [], "rule_share": 0.0}] * 3
    empty = apply_rules(FEATURES.clear(), {"heavy": Rule("kg > 10", 1, True)}, CUTOFF)
    assert empty.schema == {"referrals": pl.List(pl.String), "rule_share": pl.Float64}
    assert empty.height == 0


def test_all_rules_that_cannot_be_used_are_told_at_once() -> None:
    catalogue = Catalogue([FAMILY], Options(schemes={}))
    rules = {
        "a": Rule("declared_net_kg >", 1),
        "b": Rule("colour = 'red'", 1),
        "c": Rule("declared_net_kg", 1),
        "d": Rule("declared_net_kg > 5 AND mode_code = 'sea'", 1),
    }
    mistakes = mistakes_in(rules, catalogue)
    assert [mistake.split(":")[0] for mistake in mistakes] == ["rules.a.when", "rules.b.when", "rules.c.when"]
