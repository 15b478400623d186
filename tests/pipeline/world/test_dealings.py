"""Dealings: roles, habits, authorised importers, and nobody trades before it begins to."""

from __future__ import annotations

import numpy as np
import polars as pl
from worlds import Drawn

from pipeline.world.bookings import NONE
from pipeline.world.dealings import is_authorised


def test_every_party_has_its_role_and_lane(drawn: Drawn) -> None:
    firms = drawn.backdrop.firms.rows
    for role in ("importer", "exporter", "declarant", "carrier"):
        of = firms[drawn.bookings[role].to_numpy()]
        assert of["role"].unique().to_list() == [role]
        assert (of["lane"] == pl.Series(drawn.backdrop.words.lanes).gather(drawn.bookings["lane"])).all()


def test_hardly_anybody_trades_before_it_begins_to(drawn: Drawn) -> None:
    begins = drawn.backdrop.firms.rows["active_from"].to_numpy()[drawn.bookings["importer"].to_numpy()]
    early = begins > drawn.bookings["declared"].to_numpy()
    # The part of a sending has the importer of its first part, whatever the minute.
    assert early.mean() < 0.01


def test_importers_keep_to_their_habitual_exporters(drawn: Drawn) -> None:
    whole = drawn.bookings.filter((pl.col("voyage") == NONE) & (pl.col("split") == NONE))
    habitual = drawn.backdrop.firms.partners[whole["importer"].to_numpy()]
    kept = (habitual == whole["exporter"].to_numpy()[:, None]).any(axis=1)
    assert kept.mean() > 0.6


def test_a_hull_sells_through_one_exporter_mostly(drawn: Drawn) -> None:
    sea = drawn.backdrop.sea
    landed = drawn.bookings.filter(pl.col("voyage") != NONE)
    landed = landed.filter(sea.voyages["catch"].gather(landed["voyage"]))
    hull = sea.voyages["hull"].gather(landed["voyage"])
    shares = (
        pl.DataFrame({"hull": hull, "exporter": landed["exporter"]})
        .group_by("hull")
        .agg(top=pl.col("exporter").unique_counts().max() / pl.len(), n=pl.len())
    )
    assert shares.filter(pl.col("n") >= 20)["top"].mean() > 0.6


def test_offending_landings_go_to_leaning_importers(drawn: Drawn) -> None:
    backdrop = drawn.backdrop
    landed = drawn.bookings.filter(pl.col("voyage") != NONE)
    leaning = backdrop.leaning[landed["importer"].to_numpy()]
    offends = backdrop.mechanism_of_voyage[landed["voyage"].to_numpy()] != NONE
    assert leaning[offends].mean() > leaning[~offends].mean() + 0.1


def test_an_honest_import_of_a_mark_that_needs_consent_comes_by_an_authorised_importer_mostly(drawn: Drawn) -> None:
    marked = drawn.bookings.filter((pl.col("mark") != NONE) & (pl.col("mechanism") == NONE))
    regime = drawn.backdrop.brands.regime_at(marked["mark"].to_numpy(), marked["declared"].to_numpy())
    authorised = is_authorised(drawn.backdrop, marked)
    assert authorised[regime == "national"].mean() > 0.7
    # Lawful parallel imports of marks that anybody may import come by others as well.
    assert (~authorised[np.isin(regime, ["waived", "international"])]).mean() > 0.2
