"""Symptoms: met at the stated shares, and each from a stream of its own."""

from __future__ import annotations

import polars as pl
import pytest
from paper_frames import near, scenario

from pipeline.world.papers.symptoms import paper_symptoms
from pipeline.world.scenario.papers import PaperSymptoms

MECHANISMS = (None, "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "B1", "B3", "T1", "R2")


@pytest.mark.parametrize("section", ["symptoms", "voyage_symptoms", "notices", "rights"])
def test_each_symptom_is_met_at_its_share(section: str) -> None:
    part = getattr(scenario(), section)
    tables = part if section.endswith("symptoms") else part.symptoms
    mechanisms = pl.Series([mechanism for mechanism in MECHANISMS for _ in range(4000)], dtype=pl.String)
    for name, shown in paper_symptoms(3, "test", 0, tables, mechanisms).items():
        chances = tables.model_dump(by_alias=True)[name]
        for place, mechanism in enumerate(MECHANISMS):
            wanted = chances.get(mechanism or "honest", chances["honest"])
            assert near(shown[place * 4000 : (place + 1) * 4000].mean(), wanted, 4000), (name, mechanism)


def test_a_changed_rate_leaves_the_other_symptoms_alone() -> None:
    mechanisms = pl.Series(["M1", None] * 500, dtype=pl.String)
    raw = scenario().symptoms.model_dump(by_alias=True)
    raw["unsent"] = {"honest": 0.9}
    changed = paper_symptoms(3, "test", 0, PaperSymptoms.model_validate(raw), mechanisms)
    for name, shown in paper_symptoms(3, "test", 0, scenario().symptoms, mechanisms).items():
        assert (changed[name] == shown).all() == (name != "unsent")
