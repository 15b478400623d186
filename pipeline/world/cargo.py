"""What is in the consignments: lines of goods with mass and value, as they are and as they are declared."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.backdrop import NONE, Backdrop
from pipeline.world.calendar import DAY
from pipeline.world.goods import goods_of_lines, identities
from pipeline.world.randomness import Floats, Integers, between, pick, stream
from pipeline.world.words import one_of, where, words

YEAR = 365.25


def make_lines(backdrop: Backdrop, chunk: int, rows: pl.DataFrame) -> pl.DataFrame:
    """A row per line of goods of a chunk of bookings with symptoms: `row`, item_no, and what is declared of it.

    Beside the columns of goods_item: true_kg, true_usd, true_species, true_form, which no table shows, and usual_usd,
    the value of what is declared at usual prices, by which officers judge.
    """
    draw = stream(backdrop.seed, "cargo", chunk)
    row, item_no, share = _numbered(draw, backdrop, rows)
    of = rows[row]
    goods = goods_of_lines(draw, backdrop, of, item_no)
    lines = pl.DataFrame({"row": row, "item_no": item_no}).hstack(identities(draw, backdrop, of, goods))
    lines = lines.hstack(_measured(draw, backdrop, of, goods, lines, share))
    return lines.drop("_unit_kg", "_unit_usd").hstack(_described(draw, backdrop, of, goods))


def _numbered(draw: np.random.Generator, backdrop: Backdrop, rows: pl.DataFrame) -> tuple[Integers, Integers, Floats]:
    """The row, the number within it and the share of its mass of each line."""
    cargo = backdrop.scenario.trade.cargo
    shares = [np.array(cargo.line_shares[name]) for name in cargo.lines]
    which = pick(draw, cargo.lines.values(), rows.height)
    which[rows["split"].to_numpy() != NONE] = 0
    sizes = np.array([len(share) for share in shares])
    counts = sizes[which]
    row = np.repeat(np.arange(rows.height), counts)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.cumsum(sizes) - sizes
    return row, place + 1, np.concatenate(shares)[first[which][row] + place]


def _measured(
    draw: np.random.Generator,
    backdrop: Backdrop,
    of: pl.DataFrame,
    goods: Integers,
    lines: pl.DataFrame,
    share: Floats,
) -> list[pl.Series]:
    """Mass, value and quantity, true and declared; a symptom shifts what is declared, never what is true."""
    cargo, strengths = backdrop.scenario.trade.cargo, backdrop.scenario.offences.strengths
    count = len(goods)

    def shift(symptom: str, span: tuple[float, float]) -> Floats:
        return np.where(of[symptom].to_numpy(), between(draw, span, count), 0.0)

    unit_kg = lines["_unit_kg"].to_numpy()
    own_unit = np.array([one.unit_kg or np.nan for one in backdrop.words.goods])[goods]
    unit_kg = np.where(np.isnan(unit_kg), own_unit, unit_kg)
    usual = _usual_price(backdrop, goods, lines["true_species"], lines["_unit_usd"].to_numpy() / unit_kg)
    habit = backdrop.price_habit[of["importer"].to_numpy()]
    season = cargo.season * np.sin(2 * np.pi * of["declared"].to_numpy() / DAY / YEAR)
    price = usual * np.exp(habit + season + draw.normal(0, cargo.price_spread, count))
    true_kg = _true_kg(draw, backdrop, of, goods, lines["true_form"], share, usual)
    # A landing is what was caught, whatever the importer.
    larger = shift("high_value", strengths.high_value_log)
    true_kg *= np.exp(np.where(backdrop.landed(of["voyage"].to_numpy()), 0.0, larger))
    units = np.maximum(1, np.round(true_kg / unit_kg))
    whole = ~np.isnan(unit_kg)
    true_kg = np.where(whole, units * unit_kg, true_kg)
    sign = np.where(draw.random(count) < 0.5, -1.0, 1.0)
    spec = draw.normal(0, cargo.unit_spread, count) + sign * shift("off_spec", strengths.off_spec_log)
    net_kg = true_kg * np.exp(shift("light", strengths.light_log) + np.where(whole, spec, 0.0))
    gap = shift("cheap", strengths.cheap_log) + shift("dear", strengths.dear_log)
    value = np.where(whole, true_kg, net_kg) * price * np.exp(gap)
    said = _usual_price(backdrop, goods, lines["species"], lines["_unit_usd"].to_numpy() / unit_kg)
    return [
        pl.Series("net_kg", np.round(np.maximum(net_kg, 0.1), 1)),
        pl.Series("value_usd", np.round(value, 2)),
        pl.Series("quantity", np.where(whole, units, np.nan), nan_to_null=True),
        pl.Series("true_kg", true_kg),
        pl.Series("true_usd", np.round(true_kg * price, 2)),
        pl.Series("usual_usd", net_kg * said),
    ]


def _usual_price(backdrop: Backdrop, goods: Integers, species: pl.Series, of_model: Floats) -> Floats:
    """USD per kilogram: of the model where it is known, else of the goods and the species."""
    known = backdrop.words.goods
    factors = {(place, name): factor for place, one in enumerate(known) for name, factor in one.species.items()}
    table = pl.DataFrame(
        {"goods": [k[0] for k in factors], "species": [k[1] for k in factors], "factor": list(factors.values())},
        schema={"goods": pl.Int64, "species": pl.String, "factor": pl.Float64},
    )
    asked = pl.DataFrame({"goods": goods, "species": species})
    factor = asked.join(table, on=["goods", "species"], how="left", maintain_order="left")["factor"].fill_null(1.0)
    plain = np.array([one.usd_per_kg for one in known])[goods] * factor.to_numpy()
    return np.where(np.isnan(of_model), plain, of_model)


def _true_kg(
    draw: np.random.Generator,
    backdrop: Backdrop,
    of: pl.DataFrame,
    goods: Integers,
    form: pl.Series,
    share: Floats,
    price: Floats,
) -> Floats:
    """Net mass: of a landing its part of the catch, in the weight of its form; of a part of a sending by its value."""
    trade = backdrop.scenario.trade
    usual = np.array([one.kg for one in backdrop.words.goods])[goods]
    spread = np.exp(draw.normal(0, trade.cargo.mass_spread, len(goods)))
    voyage = of["voyage"].to_numpy()
    live = backdrop.sea.voyages["live_kg"].to_numpy()[np.maximum(voyage, 0)] * of["part"].to_numpy()
    factor = (
        form.replace_strict(trade.cargo.live_per_net, default=1.0, return_dtype=pl.Float64).fill_null(1.0).to_numpy()
    )
    landed = backdrop.landed(of["voyage"].to_numpy())
    in_parts = of["split"].to_numpy() != NONE
    kg = np.where(in_parts, trade.dealing.split_usd / price * spread, usual * share * spread)
    return np.maximum(np.where(landed, live * share / factor, kg), 0.1)


def _described(draw: np.random.Generator, backdrop: Backdrop, of: pl.DataFrame, goods: Integers) -> list[pl.Series]:
    cargo, known = backdrop.scenario.trade.cargo, backdrop.words.goods
    count = len(goods)
    vague = of["vague"].to_numpy().astype(np.int64)
    texts = [dict.fromkeys(one.descriptions, 1.0) for one in known]
    texts.append(dict.fromkeys(cargo.vague_descriptions, 1.0))
    text = one_of(texts, np.where(vague == 1, len(known), goods), draw.random(count))
    # A symptom of radioactive goods: nothing but the tariff line tells of the source.
    told = ~of["untold_source"].to_numpy()

    def of_source(column: str) -> pl.Series:
        values = pl.Series(column, [getattr(one, column) for one in known])
        return where(told, values.gather(goods))

    serial = pl.Series("source_serial", draw.integers(10**6, 10**7, count)).cast(pl.String)
    return [
        text.alias("description"),
        pl.Series("duty_rate", np.array([one.duty_rate for one in known])[goods]),
        words(draw, cargo.duty_regimes, count).alias("duty_regime"),
        words(draw, cargo.origin_marks, count).alias("origin_mark"),
        pl.Series("unit", [one.unit if one.unit_kg else None for one in known], dtype=pl.String).gather(goods),
        _catch_areas(draw, backdrop, of),
        of_source("un_no"),
        of_source("activity_bq"),
        of_source("transport_index"),
        where(told & np.array([one.activity_bq is not None for one in known])[goods], serial),
    ]


def _catch_areas(draw: np.random.Generator, backdrop: Backdrop, of: pl.DataFrame) -> pl.Series:
    """The area of the voyage; of goods that no landing brings, one by the shares of the lane."""
    lanes = [lane.catch_areas for lane in backdrop.scenario.trade.lanes.values()]
    anyhow = one_of(lanes, of["lane"].to_numpy(), draw.random(of.height))
    voyage = of["voyage"].to_numpy()
    landed = backdrop.landed(of["voyage"].to_numpy())
    return where(landed, backdrop.sea.voyages["catch_area"].gather(np.maximum(voyage, 0)), anyhow).alias("catch_area")
