"""The tables that do not hang on a consignment: firms, marks, ships, rights, lists and restrictions."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.world.backdrop import Backdrop
from pipeline.world.firms.brand_tables import brand_channel_table, brand_spec_table, brand_table, regime_table
from pipeline.world.firms.party_link_table import party_link_table
from pipeline.world.firms.party_table import party_table
from pipeline.world.papers.notices import notices
from pipeline.world.papers.rights import fishing_rights, transhipments
from pipeline.world.sea.observed_calls import observed_calls
from pipeline.world.sea.vessel_table import vessel_table
from pipeline.world.signals.alerts import earlier_alerts
from pipeline.world.signals.licences import licences
from pipeline.world.signals.restrictions import restrictions
from pipeline.world.signals.watchlists import watchlist


def standing_tables(backdrop: Backdrop) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each table by name, one at a time; port_call and alert come in several pieces or get more later."""
    seed, span, scenario = backdrop.seed, backdrop.span, backdrop.scenario
    firms, brands, sea = backdrop.firms, backdrop.brands, backdrop.sea
    yield "party", party_table(seed, scenario.firms, scenario.lanes_of_firms(), firms, span)
    yield "party_link", party_link_table(seed, scenario.firms, firms, span)
    yield "brand", brand_table(seed, scenario.brands, brands, span)
    yield "brand_spec", brand_spec_table(seed, scenario.brands, brands, span)
    yield "brand_channel", brand_channel_table(seed, scenario.brands, brands, firms)
    yield "parallel_import_regime", regime_table(seed, scenario.brands, brands)
    yield "vessel", vessel_table(seed, scenario.sea, sea, firms.rows)
    yield "port_call", observed_calls(seed, scenario.sea, sea)
    yield "port_call", notices(seed, scenario.papers, sea.voyages, sea.hulls, span)
    yield "fishing_right", fishing_rights(seed, scenario.papers, sea.voyages, sea.hulls, firms.rows, span)
    yield "transhipment", transhipments(seed, scenario.papers, sea.meetings, sea.voyages, sea.hulls, span)
    yield "watchlist", watchlist(seed, scenario.signals.watchlists, firms.rows, sea.hulls, sea.voyages, span)
    yield "strategic_licence", licences(seed, scenario.signals.licences, firms.rows, span)
    yield "use_restriction", restrictions(scenario.signals.restrictions)
    yield "alert", earlier_alerts(seed, scenario.signals.alerts, firms.rows, sea.hulls, span)
