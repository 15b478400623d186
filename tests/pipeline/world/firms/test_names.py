"""Names: parts of the country, in three writings, some borne twice."""

from __future__ import annotations

import numpy as np
import polars as pl
from firm_frames import firms_scenario, near

from pipeline.world.firms.names import firm_names

COUNTRIES = pl.Series(["RU", "JP", "KZ"] * 2000)


def _named(repeated: float) -> pl.DataFrame:
    scenario = firms_scenario()
    listing = scenario.listing.model_copy(update={"repeated_name": repeated})
    return firm_names(np.random.default_rng(5), scenario.names, COUNTRIES, listing)


def test_the_writings_of_a_name_hold_the_same_parts() -> None:
    written = {
        tuple(part.split("|")) for parts in (firms_scenario().names["RU"],) for part in (*parts.stems, *parts.fields)
    }
    latin = {part[0]: part for part in written}
    row = _named(0.0).row(0, named=True)
    stem, field = row["name"].split()[0], row["name"].split()[-2]
    assert row["name_other"].startswith(latin[stem][1])
    assert row["name_native"].startswith(latin[stem][2])
    assert latin[field][2] in row["name_native"]


def test_a_country_without_its_own_parts_takes_the_others() -> None:
    stems = {part.split("|")[0] for part in firms_scenario().names["other"].stems}
    named = _named(0.0)["name"].to_list()
    assert all(name.split()[0] in stems for name in named[2::3])


def test_no_name_says_a_stem_twice() -> None:
    assert not any(name.split()[0] == name.split()[1] for name in _named(0.0)["name"])


def test_the_stated_share_bears_the_name_of_another_firm_of_its_country() -> None:
    own, taken = _named(0.0), _named(0.2)
    changed = (own["name"] != taken["name"]).to_numpy()
    assert near(int(changed.sum()), len(COUNTRIES), 0.2)
    for country in ("RU", "JP", "KZ"):
        here = COUNTRIES.eq(country).to_numpy()
        assert set(taken["name"].filter(here & changed)) <= set(own["name"].filter(here))
