"""Weights and species of landings against those of the entries that they presented, lot by lot.

A lot is what papers tie together: landings that share an entry, and entries that share a landing. So a number that
serves two landings is weighed against both of them, and a landing with two entries against both of these. Where the
first landings fit within the entry and a later one does not, that one is named: it presented the entry again.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.division import divided
from features.issuer_weights import TONNES as A_THOUSANDTH
from features.live_weight import GRAMS
from features.reconciled_facts import ENTRY, Facts, joined_uses, whole
from features.reconciled_states import (
    AGREES,
    HIGH,
    MUCH,
    OTHER_SPECIES,
    REUSED,
    TONNES,
    TOO_EARLY,
    UNKNOWN,
    WARN,
    WORTH_A_LOOK,
)
from features.reconciled_tables import as_table


@dataclass(frozen=True)
class Lots:
    """`landings`: lot, consignment_id. `entries`: lot, ENTRY. A lot is named after its first landing by id."""

    landings: pl.DataFrame
    entries: pl.DataFrame


def lots_of(facts: Facts) -> Lots:
    """All lots of all visible claims. O(c) for c claims, but for those that share: a forest of c' in O(c' log c')."""
    claims = facts.claims.with_columns(
        of_landing=pl.len().over("consignment_id"), of_entry=pl.len().over(ENTRY), lot=pl.col("consignment_id")
    )
    alone = claims.filter(pl.col("of_landing") == 1, pl.col("of_entry") == 1)
    shared = claims.filter((pl.col("of_landing") > 1) | (pl.col("of_entry") > 1)).sort("consignment_id", *ENTRY)
    tied = _tied(shared["consignment_id"].to_list(), shared.select(pl.struct(ENTRY).rank("dense"))[ENTRY[0]].to_list())
    tied_claims = shared.with_columns(lot=pl.Series(tied, dtype=pl.String))
    both = pl.concat([alone, tied_claims])
    return Lots(both.select("lot", "consignment_id").unique(), both.select("lot", *ENTRY).unique())


def _tied(landings: list[str], entries: list[int]) -> list[str]:
    """Per claim the first landing, by id, of all that hang together with it."""
    first: dict[str | int, str | int] = {}

    def root(node: str | int) -> str | int:
        while first.setdefault(node, node) != node:
            first[node] = first[first[node]]
            node = first[node]
        return node

    for landing, entry in zip(landings, entries, strict=True):
        first[root(entry)] = root(landing)
    least: dict[str | int, str] = {}
    for landing in landings:
        lot = root(landing)
        least[lot] = min(least.get(lot, landing), landing)
    return [least[root(landing)] for landing in landings]


def weighed(facts: Facts, lots: Lots) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two frames, each as `as_table`: the weights of lots, and the species that stand on one side only.

    Weights have a row per lot of which a landing lies in the span (kg is what was landed; port, exporter and month are
    the first landing's), with `landed_kg`, `entered_kg`, `gap_share`, `landings`, `entry_numbers` and, of several
    landings, `over_from`: the one that took them over the entries. Species have `lot` and `side`: of lots that all have
    landed, whose entries are all known, where the other side names every species.
    """
    lots = _of_span(facts, lots)
    sides = _landed(facts, lots).join(_entered(facts, lots), on="lot", how="left").sort("lot")
    sides = sides.with_columns(use=joined_uses(pl.concat_list("uses", "uses_told")))
    sides = sides.join(_gone_over(facts, lots, sides), on="lot", how="left", maintain_order="left")
    return _weights(sides), _species(facts, lots, sides)


def _of_span(facts: Facts, lots: Lots) -> Lots:
    landed = facts.arrivals.filter("by_vessel", "landed", facts.within("landed_at")).select("consignment_id")
    wanted = lots.landings.join(landed, on="consignment_id", how="semi").select("lot").unique()
    return Lots(lots.landings.join(wanted, on="lot", how="semi"), lots.entries.join(wanted, on="lot", how="semi"))


def _weights(sides: pl.DataFrame) -> pl.DataFrame:
    gap = (pl.col("net_g") - pl.col("entered_g")) / pl.max_horizontal("entered_g", pl.lit(GRAMS))
    judged = sides.with_columns(gap_share=gap.round(6), row="lot").with_columns(_state()).with_columns(_why())
    rows = judged.with_columns(
        landed_kg=divided(pl.col("net_g"), GRAMS), entered_kg=divided(pl.col("entered_g"), GRAMS)
    )
    return as_table(
        rows, "landed_at", ["landed_kg", "entered_kg", "gap_share", "landings", "entry_numbers", "over_from"]
    )


def _landed(facts: Facts, lots: Lots) -> pl.DataFrame:
    """What the landings of each lot of the span say together."""
    held = lots.landings.join(facts.arrivals, on="consignment_id").sort("lot", "landed_at", "consignment_id")
    in_span = (pl.col("by_vessel") & pl.col("landed") & facts.within("landed_at")).fill_null(False)
    return held.group_by("lot", maintain_order=True).agg(
        pl.col("port", "exporter").filter(in_span).first(),
        landed_at=pl.col("landed_at").filter(in_span).first(),
        species=pl.col("species").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        net_g=whole(pl.col("net_g")),
        all_landed=pl.col("landed").all(),
        landings=pl.col("consignment_id").sort().str.join(", "),
        uses=pl.col("use").drop_nulls(),
    )


def _gone_over(facts: Facts, lots: Lots, sides: pl.DataFrame) -> pl.DataFrame:
    """Per lot of several landings the first, by time, that takes what was landed over the entries by more than 5 %;
    none where that is the first landing of all, or a landing's time or weight is not known."""
    several = sides.filter("all_landed", "all_known", pl.col("landings").str.contains(", ", literal=True))
    held = lots.landings.join(several.select("lot", "entered_g"), on="lot").join(
        facts.arrivals.select("consignment_id", "landed_at", "net_g"), on="consignment_id"
    )
    landed = held.sort("lot", "landed_at", "consignment_id").with_columns(
        so_far=pl.col("net_g").cum_sum().over("lot"), place=pl.int_range(pl.len()).over("lot")
    )
    return (
        landed.filter(pl.col("so_far") > pl.col("entered_g") * (1 + WORTH_A_LOOK))
        .unique("lot", keep="first", maintain_order=True)
        .filter(pl.col("place") > 0)
        .select("lot", over_from="consignment_id")
    )


def _entered(facts: Facts, lots: Lots) -> pl.DataFrame:
    """What the entries of each lot say together; `all_known` where the issuer told of each of them."""
    held = lots.entries.join(
        facts.entries.select(*ENTRY, "number", "net_g", use_told="use", is_known=pl.lit(True)), on=ENTRY, how="left"
    )
    return (
        held.sort("lot", *ENTRY)
        .group_by("lot", maintain_order=True)
        .agg(
            all_known=pl.col("is_known").fill_null(False).all(),
            entered_g=whole(pl.col("net_g")),
            entry_numbers=pl.format("{} {}", "issuer_country", pl.coalesce("number", "code")).str.join(", "),
            uses_told=pl.col("use_told").drop_nulls(),
        )
    )


def _state() -> pl.Expr:
    landed, entered, gap = pl.col("net_g"), pl.col("entered_g"), pl.col("gap_share").abs()
    low, high = A_THOUSANDTH
    thousandfold = landed.is_between(entered * low, entered * high) | entered.is_between(landed * low, landed * high)
    return (
        pl.when(~pl.col("all_known") | landed.is_null() | entered.is_null())
        .then(pl.lit(UNKNOWN))
        .when(~pl.col("all_landed"))
        .then(pl.lit(TOO_EARLY))
        .when(thousandfold & (landed > 0) & (entered > 0))
        .then(pl.lit(TONNES))
        .when((pl.col("gap_share") > WORTH_A_LOOK) & pl.col("over_from").is_not_null())
        .then(pl.lit(REUSED))
        .when(gap > MUCH)
        .then(pl.lit(HIGH))
        .when(gap > WORTH_A_LOOK)
        .then(pl.lit(WARN))
        .otherwise(pl.lit(AGREES))
        .alias("state")
    )


def _why() -> pl.Expr:
    kilograms = [divided(pl.col(name), GRAMS).round(1) for name in ("net_g", "entered_g")]
    weights = pl.format("{} kg landed, {} kg entered", *kilograms)
    return (
        pl.when(pl.col("state") == REUSED)
        .then(pl.format("{}; with {} it is more than the entry", weights, "over_from"))
        .when(pl.col("state").is_in([TONNES, HIGH, WARN]))
        .then(weights)
        .when(pl.col("state") == TOO_EARLY)
        .then(pl.lit("a consignment that presented an entry of this lot has not landed yet"))
        .when(~pl.col("all_known"))
        .then(pl.lit("the issuer did not tell of every number"))
        .when(pl.col("state") == UNKNOWN)
        .then(pl.lit("a line states no weight"))
        .alias("why")
    )


def _species(facts: Facts, lots: Lots, sides: pl.DataFrame) -> pl.DataFrame:
    landed = lots.landings.join(facts.goods, on="consignment_id").select("lot", "species", "net_g")
    entered = lots.entries.join(facts.entry_goods, on=ENTRY).select("lot", "species", "net_g")
    lone = pl.concat([_only_on(landed, entered, "landed"), _only_on(entered, landed, "entered")])
    whole_lots = sides.filter("all_landed", "all_known").select("lot", "port", "exporter", "use", "landed_at")
    rows = lone.join(whole_lots, on="lot").with_columns(
        row=pl.format("{} {} {}", "lot", "species", "side"),
        state=pl.lit(OTHER_SPECIES),
        why=pl.format("{} was {} only", "species", "side"),
        species=pl.concat_list("species"),
    )
    return as_table(rows, "landed_at", ["lot", "side"])


def _only_on(one: pl.DataFrame, other: pl.DataFrame, side: str) -> pl.DataFrame:
    """Species of one side that the other, which names a species in each line, has not."""
    unnamed = other.filter(pl.col("species").is_null()).select("lot").unique()
    return (
        one.drop_nulls("species")
        .join(unnamed, on="lot", how="anti")
        .join(other.select("lot", "species").unique(), on=["lot", "species"], how="anti")
        .group_by("lot", "species")
        .agg(net_g=whole(pl.col("net_g")))
        .with_columns(side=pl.lit(side))
    )
