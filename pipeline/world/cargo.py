"""What is in the consignments: lines of goods with mass and value, packing and containers."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY
from pipeline.world.containers import container_numbers
from pipeline.world.parameters import Cargo, Goods, Parameters
from pipeline.world.parties import Parties
from pipeline.world.randomness import Floats, Integers, pick
from pipeline.world.trade import words

YEAR = 365.25


def make_lines(
    generator: np.random.Generator, parameters: Parameters, parties: Parties, cases: pl.DataFrame
) -> pl.DataFrame:
    """A row per line of goods: `row` (place of its consignment in `cases`), item_no, and what is declared of it.

    Beside the columns of goods_item: `true_kg` and `true_usd`, which no table shows.
    """
    cargo = parameters.cargo
    shares = list(cargo.line_shares.values())
    drawn = pick(generator, (cargo.lines[name] for name in cargo.line_shares), cases.height)
    counts = np.array([len(share) for share in shares], dtype=np.int64)[drawn]
    row = np.repeat(np.arange(cases.height), counts)
    item_no = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    share = np.concatenate([np.array(shares[place]) for place in drawn]) if len(drawn) else np.zeros(0)
    goods = _goods(generator, parameters, cases, row, item_no)
    return pl.DataFrame({"row": row, "item_no": item_no}).hstack(
        [
            *_described(generator, parameters, cases["lane"].gather(row).to_list(), goods),
            *_measured(generator, parameters, parties, cases[row], goods, share),
        ]
    )


def _goods(
    generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame, row: Integers, item_no: Integers
) -> list[tuple[int, Goods]]:
    """The goods of each line with their place in the lane: of the first as the trade drew them, of the others anew."""
    first = cases["goods"].to_numpy()[row]
    lanes = cases["lane"].gather(row).to_list()
    draws = generator.random(len(row))
    places = [
        int(place if number == 1 else draw * len(parameters.lanes[lane].goods))
        for place, number, draw, lane in zip(first, item_no, draws, lanes, strict=True)
    ]
    return [(place, parameters.lanes[lane].goods[place]) for place, lane in zip(places, lanes, strict=True)]


def _described(
    generator: np.random.Generator, parameters: Parameters, lanes: list[str], goods: list[tuple[int, Goods]]
) -> list[pl.Series]:
    cargo = parameters.cargo
    count = len(goods)
    draws = generator.random((count, 5)).tolist()
    species, forms, areas, brands, models = [], [], [], [], []
    for lane_name, (place, item), (which, form, area, brand, model) in zip(lanes, goods, draws, strict=True):
        lane = parameters.lanes[lane_name]
        species.append(_one_of(list(item.species), which))
        forms.append(_one_of(item.forms, form))
        areas.append(next((name for name, share in lane.catch_areas.items() if (area := area - share) < 0), None))
        own = lane.brands // len(lane.goods)
        # The square makes some marks of a heading far more frequent than others.
        number = place * own + int(brand * brand * own) + 1
        stated = own > 0 and which < cargo.brand_stated
        brands.append(f"B{number:03d}" if stated else None)
        models.append(f"M{int(model * cargo.models) + 1}" if stated else None)
    texts = {"species": species, "product_form": forms, "catch_area": areas, "brand_id": brands, "model": models}
    return [
        pl.Series("hs6", [item.hs6 for _, item in goods], dtype=pl.String),
        pl.Series("national_code", [f"{item.hs6}000" for _, item in goods], dtype=pl.String),
        pl.Series("description", [item.description for _, item in goods], dtype=pl.String),
        pl.Series("duty_rate", [item.duty_rate for _, item in goods], dtype=pl.Float64),
        pl.Series("duty_regime", words(generator, cargo.duty_regimes, count), dtype=pl.String),
        pl.Series("origin_mark", words(generator, cargo.origin_marks, count), dtype=pl.String),
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
    ]


def _one_of(choices: list[str] | tuple[str, ...], draw: float) -> str | None:
    return choices[int(draw * len(choices))] if choices else None


def _measured(
    generator: np.random.Generator,
    parameters: Parameters,
    parties: Parties,
    cases: pl.DataFrame,
    goods: list[tuple[int, Goods]],
    share: Floats,
) -> list[pl.Series]:
    cargo = parameters.cargo
    count = len(goods)
    usual = np.array([item.kg for _, item in goods], dtype=np.float64)
    unit_kg = np.array([item.unit_kg or np.nan for _, item in goods], dtype=np.float64)
    price = np.array([item.usd_per_kg for _, item in goods], dtype=np.float64)
    season = cargo.season * np.sin(2 * np.pi * cases["declared"].to_numpy() / DAY / YEAR)
    habit = parties.price_habit[cases["importer"].to_numpy()]
    price = price * np.exp(habit + season + generator.normal(0, cargo.price_spread, count))
    true_kg = usual * share * np.exp(generator.normal(0, cargo.mass_spread, count))
    true_kg = np.where(np.isnan(unit_kg), true_kg, np.maximum(1, np.round(true_kg / unit_kg)) * unit_kg)
    net_kg = true_kg * np.exp(cases["mass_log"].to_numpy())
    value = net_kg * price * np.exp(cases["price_log"].to_numpy())
    quantity = pl.Series("quantity", np.round(net_kg / unit_kg), nan_to_null=True).clip(lower_bound=1)
    return [
        pl.Series("net_kg", np.round(net_kg, 1)),
        pl.Series("value_usd", np.round(value, 2)),
        pl.Series("true_kg", true_kg),
        pl.Series("true_usd", np.round(true_kg * price, 2)),
        quantity,
        pl.Series("unit", ["H87" if item.unit_kg else None for _, item in goods], dtype=pl.String),
    ]


def with_packing(
    generator: np.random.Generator, parameters: Parameters, cases: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """The cases with gross_kg, packages, containers, value_usd (declared) and true_usd, over all their lines."""
    cargo = parameters.cargo
    sums = lines.group_by("row", maintain_order=True).agg(pl.col("true_kg", "value_usd", "true_usd").sum())
    gross = sums["true_kg"].to_numpy() * (1 + _packing(generator, cargo, cases.height))
    in_box = generator.random(cases.height) < np.array(
        [parameters.lanes[lane].container_share for lane in cases["lane"]], dtype=np.float64
    )
    in_box &= (cases["mode"] == "sea").to_numpy()
    boxes = np.clip(np.ceil(gross / cargo.container_kg), 1, cargo.most_containers).astype(np.int64)
    counts = np.where(in_box, boxes, 0)
    containers = container_numbers(generator, counts, cases["bad_container"].to_numpy())
    return cases.with_columns(
        gross_kg=pl.Series(np.round(gross, 1)),
        packages=pl.Series(np.ceil(gross / cargo.package_kg).astype(np.int64)),
        containers=pl.Series(containers, dtype=pl.List(pl.String)),
        value_usd=sums["value_usd"],
        true_usd=sums["true_usd"],
    )


def _packing(generator: np.random.Generator, cargo: Cargo, count: int) -> Floats:
    spread = generator.normal(cargo.packing_share, cargo.packing_spread, count)
    return np.asarray(np.maximum(spread, cargo.packing_spread / 10), dtype=np.float64)
