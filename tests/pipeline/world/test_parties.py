"""The population: sizes, activity, honesty."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.world.parameters import load_parameters
from pipeline.world.parties import make_parties
from pipeline.world.randomness import streams


@pytest.mark.parametrize(("consignments", "least", "most"), [(10, 300, 360), (8000, 780, 840), (10**6, 2950, 3050)])
def test_the_population_keeps_its_bounds(consignments: int, least: int, most: int) -> None:
    parties = make_parties(streams(1)["party"], load_parameters(), consignments)
    assert least <= len(parties.ids) <= most
    assert len(set(parties.ids)) == len(parties.ids) == len(parties.leaning) == len(parties.name)


def test_few_are_rogues_and_never_the_largest_of_a_group() -> None:
    parameters = load_parameters()
    parties = make_parties(streams(1)["party"], parameters, 8000)
    rogue = parties.leaning > parameters.population.rogue_leaning / 2 + 0.5
    assert 0.04 < rogue.mean() < 0.2
    for group in parties.groups.values():
        assert not rogue[group.first : group.first + parameters.population.honest_largest].any()


def test_partners_of_an_importer_are_exporters_of_its_lane() -> None:
    parties = make_parties(streams(1)["party"], load_parameters(), 8000)
    importers = np.flatnonzero(np.array(parties.role) == "importer")
    for importer in importers:
        for partner in parties.partners[importer]:
            assert (parties.role[partner], parties.lane[partner]) == ("exporter", parties.lane[importer])


def test_a_group_draws_its_own_parties_the_largest_most_often() -> None:
    parties = make_parties(streams(1)["party"], load_parameters(), 8000)
    group = parties.groups["brand_diversion", "importer"]
    drawn = group.draw(np.random.default_rng(1), 20_000) - group.first
    counts = np.bincount(drawn, minlength=len(group.weights))
    assert drawn.min() >= 0
    assert len(counts) == len(group.weights)
    assert counts[0] == counts.max()
