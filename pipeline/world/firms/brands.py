"""The marks of the world: their models, who may bring them in, and which of them anybody may import at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span, in_seconds, microseconds
from pipeline.world.firms.firms import Firms
from pipeline.world.randomness import Integers, Texts, between, pick, stream
from pipeline.world.scenario.brands import BrandsOfWorld, Channels


@dataclass(frozen=True)
class Brands:
    """Marks and what trade needs to know of them. Row i of `marks` is the mark with mark = i.

    marks: mark, brand_id, name, holder, home, production (list, in truth), hs6 (list), weight (how often traded).
    models: mark, model, hs6, unit_kg, usd (middle price of one unit), all in truth.
    authorised: mark, party, grant (one per mark and party), route (list of countries, null for any), valid_from,
    valid_to (microseconds, null while it lasts); a row per route.
    regimes: mark (null for all), regime, valid_from, published; a later row of a mark takes the place of the earlier.
    """

    marks: pl.DataFrame
    models: pl.DataFrame
    authorised: pl.DataFrame
    regimes: pl.DataFrame

    def regime_at(self, mark: Integers | int, instants: Integers) -> Texts:
        """The regime (national, regional, international, waived) of each mark, or of the one, at its instant."""
        told = sorted(set(self.regimes["regime"]))
        state = np.zeros(len(instants), dtype=np.int64)
        # General rows first, then by time: each row overwrites what held before it.
        order = self.regimes.sort("mark", "valid_from", nulls_last=False)
        for own, regime, begins in order.select("mark", "regime", "valid_from").iter_rows():
            holds = instants >= begins if own is None else (mark == own) & (instants >= begins)
            state = np.where(holds, told.index(regime), state)
        return np.asarray(told)[state]


def make_brands(seed: int, scenario: BrandsOfWorld, firms: Firms, span: Span) -> Brands:
    """The marks of a scenario with models, authorised importers among the firms, and regimes."""
    marks = pl.DataFrame(
        [
            {
                "mark": number,
                "brand_id": f"B{number + 1:03d}",
                "name": mark.name,
                "holder": mark.holder,
                "home": mark.home,
                "production": list(mark.factories),
                "hs6": list(mark.hs6),
                "weight": mark.weight,
            }
            for number, mark in enumerate(scenario.marks)
        ]
    )
    return Brands(
        marks=marks,
        models=_models(stream(seed, "models"), scenario),
        authorised=_authorised(stream(seed, "channels"), scenario, marks, firms, span),
        regimes=_regimes(scenario),
    )


def _models(generator: np.random.Generator, scenario: BrandsOfWorld) -> pl.DataFrame:
    """So many models of every mark and line; masses and prices vary about the line's."""
    each, spreads = scenario.models.of_line, scenario.models
    rows = []
    for number, mark in enumerate(scenario.marks):
        initials = "".join(word[:2] for word in mark.name.split()).upper()
        for line, hs6 in enumerate(mark.hs6):
            usual = scenario.lines[hs6]
            mass, price = generator.normal(0, 1, (2, each)) * [[spreads.mass_spread], [spreads.price_spread]]
            for model in range(each):
                rows.append(
                    {
                        "mark": number,
                        "model": f"{initials}-{(line + 1) * 100 + (model + 1) * 7}",
                        "hs6": hs6,
                        "unit_kg": round(usual.unit_kg * float(np.exp(mass[model])), 3),
                        "usd": round(usual.usd * mark.price * float(np.exp(price[model])), 2),
                    }
                )
    return pl.DataFrame(rows)


def _authorised(
    generator: np.random.Generator, scenario: BrandsOfWorld, marks: pl.DataFrame, firms: Firms, span: Span
) -> pl.DataFrame:
    """A row per mark, party and route."""
    importers = firms.rows.filter((pl.col("lane") == scenario.lane) & (pl.col("role") == "importer"))
    grants = _grants(generator, scenario.channels, marks, importers)
    grants = grants.join(importers.select("party", "active_from"), on="party", maintain_order="left")
    grants = _with_validity(generator, scenario.channels, grants, span).with_row_index("grant")
    return _with_routes(generator, scenario, marks, grants.cast({"grant": pl.Int64})).select(
        "mark", "party", "grant", "route", "valid_from", "valid_to"
    )


def _grants(
    generator: np.random.Generator, channels: Channels, marks: pl.DataFrame, importers: pl.DataFrame
) -> pl.DataFrame:
    """mark, party: which importers hold which marks; every mark has some."""
    shares, count = channels.authorised, importers.height
    shell, rogue = importers["shell"].to_numpy(), importers["rogue"].to_numpy()
    share = np.where(shell, shares.shell, np.where(rogue, shares.rogue, shares.honest))
    numbers = np.array(list(channels.marks_each))
    held = np.where(generator.random(count) < share, numbers[pick(generator, channels.marks_each.values(), count)], 0)
    # The largest of log weight plus Gumbel noise are a draw without replacement in proportion to the weights.
    liking = np.log(marks["weight"].to_numpy()) + generator.gumbel(size=(count, marks.height))
    place = np.argsort(np.argsort(-liking, axis=1, kind="stable"), axis=1, kind="stable")
    holds = place < held[:, None]
    largest = np.argsort(-np.where(rogue, 0.0, importers["weight"].to_numpy()), kind="stable")
    for column in holds.T:
        lacking = channels.fewest_of_mark - int(column.sum())
        fresh = largest[~column[largest]]
        column[fresh[: max(lacking, 0)]] = True
    party, mark = np.nonzero(holds)
    return pl.DataFrame({"mark": mark, "party": importers["party"].to_numpy()[party]}).sort("mark", "party")


def _with_validity(
    generator: np.random.Generator, channels: Channels, grants: pl.DataFrame, span: Span
) -> pl.DataFrame:
    """valid_from and valid_to: most begin before the world does, never before the party trades."""
    draws = generator.random((grants.height, 3))
    old = span.start - in_seconds(between(generator, channels.known_before_days, grants.height), DAY)
    length = (span.end - span.start) / DAY
    given = span.start + in_seconds(draws[:, 1] * length, DAY)
    begins = np.where(draws[:, 0] < channels.given_within, given, old)
    begins = np.maximum(begins, grants["active_from"].to_numpy())
    rest = (span.end - np.maximum(begins, span.start)) / DAY
    ends = np.maximum(begins, span.start) + in_seconds(generator.random(grants.height) * rest, DAY)
    withdrawn = pl.Series((draws[:, 2] < channels.withdrawn_within) & (ends > begins))
    return grants.with_columns(valid_from=pl.Series(begins), valid_to=pl.Series(ends).set(~withdrawn, None))


def _with_routes(
    generator: np.random.Generator, scenario: BrandsOfWorld, marks: pl.DataFrame, grants: pl.DataFrame
) -> pl.DataFrame:
    """A row per route of a grant: from factories to the territory, at times by a hub, or a null route for any way."""
    channels, count = scenario.channels, grants.height
    hubs = np.array(channels.hubs)[generator.integers(0, len(channels.hubs), count)]
    drawn = grants.join(marks.select("mark", "production"), on="mark", maintain_order="left").with_columns(
        stated=pl.Series(generator.random(count) < channels.stated_route),
        hub=pl.when(pl.Series(generator.random(count) < channels.hub_route)).then(pl.Series(hubs.tolist())),
        first=pl.col("production").list.first(),
    )
    territory = pl.lit(scenario.territory)
    none = pl.lit(None, dtype=pl.List(pl.String))
    any_way = drawn.filter(~pl.col("stated")).with_columns(route=none)
    direct = drawn.filter("stated").explode("production")
    covered = pl.Series(generator.random(direct.height) < channels.factory_covered)
    direct = direct.filter(covered | (pl.col("production") == pl.col("first"))).with_columns(
        route=pl.concat_list("production", territory)
    )
    by_hub = drawn.filter(pl.col("stated") & (pl.col("hub") != pl.col("first"))).with_columns(
        route=pl.concat_list("first", "hub", territory)
    )
    rows = [frame.drop("production") for frame in (any_way, direct, by_hub)]
    return pl.concat(rows).sort("grant", maintain_order=True)


def _regimes(scenario: BrandsOfWorld) -> pl.DataFrame:
    regimes = scenario.regimes
    numbers = {mark.name: number for number, mark in enumerate(scenario.marks)}
    default = regimes.default
    rows: list[tuple[int | None, str, date, date]] = [(None, default.regime, default.valid_from, default.published)]
    rows += [(numbers[name], "waived", regimes.waived_from, regimes.waived_published) for name in regimes.waived]
    rows += [(numbers[change.mark], change.regime, change.at, change.published) for change in regimes.changes]
    return pl.DataFrame(
        [(mark, regime, _midnight(begins), _midnight(published)) for mark, regime, begins, published in rows],
        schema={"mark": pl.Int64, "regime": pl.String, "valid_from": pl.Int64, "published": pl.Int64},
        orient="row",
    )


def _midnight(day: date) -> int:
    return microseconds(datetime.combine(day, time(), UTC))
