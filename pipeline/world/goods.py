"""What the lines of goods are, and what they are declared to be: line, species, form, mark and model."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.adaptation import MOVES
from pipeline.world.backdrop import NONE, Backdrop
from pipeline.world.randomness import Booleans, Floats, Integers
from pipeline.world.scenario.trade import Goods
from pipeline.world.words import one_of, swapped, where


def goods_of_lines(draw: np.random.Generator, backdrop: Backdrop, of: pl.DataFrame, item_no: Integers) -> Integers:
    """The goods of each line: of the first as booked; of the others of an unmarked lane, any that travel with it."""
    goods, vocabulary = of["goods"].to_numpy().copy(), backdrop.words
    strays = draw.random(len(goods)) < backdrop.scenario.trade.cargo.by_catch
    chance, lanes = draw.random(len(goods)), of["lane"].to_numpy()
    for place, name in enumerate(vocabulary.lanes):
        lane, first = backdrop.scenario.trade.lanes[name], vocabulary.first_goods[name]
        if lane.marked:
            continue  # all lines of a marked consignment are of its mark and heading
        kinds = np.array([_kind(one) for one in lane.goods])
        mine = np.flatnonzero((lanes == place) & (item_no > 1))
        landed = backdrop.landed(of["voyage"].to_numpy()[mine])
        kept = mine[landed & ~strays[mine]]
        goods[kept] = _of_the_same_species(lane.goods, goods[kept] - first, chance[kept]) + first
        mine = mine[~landed | strays[mine]]
        own = kinds[goods[mine] - first]
        for kind in np.unique(own):
            alike = np.flatnonzero(kinds == kind)
            where_so = mine[own == kind]
            goods[where_so] = first + alike[(chance[where_so] * len(alike)).astype(np.int64)]
    return goods


def _of_the_same_species(known: tuple[Goods, ...], booked: Integers, chance: Floats) -> Integers:
    """Of a landing, goods in which what was caught comes too: crab alive and crab frozen, pollock and its roe."""
    chosen = booked.copy()
    for place in np.unique(booked):
        akin = np.array([i for i, one in enumerate(known) if set(one.species) & set(known[place].species)] or [place])
        mine = np.flatnonzero(booked == place)
        chosen[mine] = akin[(chance[mine] * len(akin)).astype(np.int64)]
    return chosen


def _kind(goods: Goods) -> str:
    """What travels together: goods of one chapter in a ship of their own; what is radioactive goes by itself."""
    return goods.hs6[:2] if goods.vessels or goods.activity_bq else "other"


def identities(draw: np.random.Generator, backdrop: Backdrop, of: pl.DataFrame, goods: Integers) -> list[pl.Series]:
    """true_species, true_form, species, product_form, hs6, brand_id, model, and _unit_kg and _unit_usd of the model."""
    known, swaps = backdrop.words.goods, backdrop.scenario.offences.swaps
    chance = draw.random((len(goods), 7))
    species = _true_species(backdrop, of, goods, chance[:, 0])
    form = one_of([one.forms for one in known], goods, chance[:, 1]).alias("true_form")
    mechanism, move = of["mechanism"].to_numpy(), of["move"].to_numpy()
    substituted = mechanism == _place(backdrop, "M6")
    by_form = chance[:, 2] < swaps.form_share
    moved = move == 1 + MOVES.index("form")
    forms = {one: (other,) for one, other in swaps.forms.items()}
    hs6 = pl.Series([one.hs6 for one in known], dtype=pl.String).gather(goods)
    lines = {one.hs6: (one.swapped_for,) for one in known if one.swapped_for}
    return [
        species,
        form,
        swapped(species, swaps.species, chance[:, 3], substituted & ~by_form).alias("species"),
        swapped(form, forms, chance[:, 3], (substituted & by_form) | moved).alias("product_form"),
        swapped(hs6, lines, chance[:, 3], mechanism == _place(backdrop, "T2")).alias("hs6"),
        *_marks(backdrop, of, goods, chance[:, 4:]),
    ]


def _place(backdrop: Backdrop, mechanism: str) -> int:
    """The place of a mechanism; one that no booking has where the scenario does not know it."""
    names = backdrop.words.mechanisms
    return names.index(mechanism) if mechanism in names else len(names)


def _true_species(backdrop: Backdrop, of: pl.DataFrame, goods: Integers, chance: Floats) -> pl.Series:
    """Of a landing the species that the voyage went for, where the goods can be of it; else any that they can be of."""
    anyone = one_of([dict.fromkeys(one.species, 1.0) for one in backdrop.words.goods], goods, chance)
    voyage = of["voyage"].to_numpy()
    caught = where(voyage != NONE, backdrop.sea.voyages["species"].gather(np.maximum(voyage, 0)))
    pairs = pl.DataFrame({"goods": goods, "species": caught})
    able = pl.DataFrame(
        [(place, species) for place, one in enumerate(backdrop.words.goods) for species in one.species],
        schema={"goods": pl.Int64, "species": pl.String},
        orient="row",
    ).with_columns(able=pl.lit(True))
    fits = pairs.join(able, on=["goods", "species"], how="left", maintain_order="left")["able"].fill_null(False)
    return where(fits.to_numpy(), caught, anyone).alias("true_species")


def _marks(backdrop: Backdrop, of: pl.DataFrame, goods: Integers, chance: Floats) -> list[pl.Series]:
    cargo, mark = backdrop.scenario.trade.cargo, of["mark"].to_numpy()
    stated = (mark != NONE) & (chance[:, 0] < cargo.brand_stated) & ~of["unmarked"].to_numpy()
    brand = backdrop.brands.marks.sort("mark")["brand_id"].gather(np.maximum(mark, 0))
    model, unit_kg, unit_usd = _models(backdrop, mark, goods, chance[:, 1])
    told = stated & (chance[:, 2] < cargo.model_stated)
    return [
        where(stated, brand).alias("brand_id"),
        where(told, model).alias("model"),
        pl.Series("_unit_kg", unit_kg),
        pl.Series("_unit_usd", unit_usd),
    ]


def _models(backdrop: Backdrop, mark: Integers, goods: Integers, chance: Floats) -> tuple[pl.Series, Floats, Floats]:
    """A model of the mark in this tariff line: its name, mass and usual price of a unit (not a number: none)."""
    known = backdrop.brands.models.sort("mark", "hs6", "model")
    lines = pl.Series([one.hs6 for one in backdrop.words.goods]).gather(goods)
    groups = (
        known.with_row_index("first")
        .group_by("mark", "hs6", maintain_order=True)
        .agg(pl.col("first").first().cast(pl.Int64), size=pl.len().cast(pl.Int64))
    )
    asked = pl.DataFrame({"mark": mark, "hs6": lines})
    found = asked.join(groups, on=["mark", "hs6"], how="left", maintain_order="left")
    size = found["size"].fill_null(0).to_numpy()
    place = found["first"].fill_null(0).to_numpy() + (chance * size).astype(np.int64)
    chosen = known[np.minimum(place, known.height - 1)]
    has: Booleans = size > 0

    def number(column: str) -> Floats:
        return np.where(has, chosen[column].cast(pl.Float64).to_numpy(), np.nan)

    return where(has, chosen["model"]), number("unit_kg"), number("usd")
