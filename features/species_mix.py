"""Species beside the gear, area and month of the catch (MR-42): how likely the declared one is, and a regulated one.

What other consignments' papers named for the same gear, area and month of the year is counted, a consignment once for
each species. Regulated are the species for which any rule of reference/document_rules.csv asks for a catch certificate.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import Aggregate, windows
from features.catalogue import Indicator
from features.catch_evidence import paper_rows
from features.certificates import CERTIFICATE, paper_lines
from features.options import Options
from features.peers import LEAST_PEERS
from features.states import holding, states_of
from features.tables import Tables

WINDOW = timedelta(days=730)  # two seasons, as for prices
CATCH = ("gear", "catch_area", "month")


def regulated_species(options: Options) -> tuple[str, ...]:
    """Species for which any rule asks for a catch certificate, in order."""
    rules = options.document_rules.filter(pl.col("kind") == CERTIFICATE)
    return tuple(rules["species"].explode().drop_nulls().unique().sort())


def caught_species(tables: Tables) -> pl.DataFrame:
    """The history of species, gear, area and month by consignment, however many papers and lines name them."""

    def make() -> pl.DataFrame:
        lines = paper_lines(tables).with_columns(month=pl.col("catch_from").dt.month())
        named = lines.drop_nulls([*CATCH, "species"])
        return states_of(named, ["unit", *CATCH, "species"], {})

    return tables.derived("species caught", make)


def species_mix(asked: Asked, options: Options) -> pl.DataFrame:
    """Per question the least share of a declared species, and the greatest of regulated ones where it is not one.

    The gear, area and month of a goods line are those that its papers state for its species, or for any where they do
    not name it. Null under LEAST_PEERS consignments of that gear, area and month; the second also without any rule.
    """
    lines = _with_catch(asked)
    regulated = regulated_species(options)
    spans = caught_species(asked.tables).with_columns(
        regulated=pl.when(pl.col("species").is_in(regulated)).then(pl.lit(1))
    )
    spans = spans.join(lines.select(CATCH).unique(), on=CATCH, how="semi")
    counted = {"n": Aggregate("count"), "regulated": Aggregate("count", "regulated")}
    of_all = windows(spans, lines, CATCH, counted, [WINDOW])
    same = windows(spans, lines, [*CATCH, "species"], {"same": Aggregate("count")}, [WINDOW])
    suffix = f"_{WINDOW.days}d"
    found = lines.hstack(of_all).hstack(same).rename(lambda name: name.removesuffix(suffix))
    found = found.filter(pl.col("n") >= LEAST_PEERS).with_columns(
        species_share=pl.col("same") / pl.col("n"),
        regulated_share=pl.when(~pl.col("species").is_in(regulated))
        .then(pl.col("regulated") / pl.col("n"))
        .otherwise(0.0),
        catch=pl.format("gear {}, area {}, month {}", *CATCH),
    )
    order = ["question", "species", *CATCH]
    rare = found.sort("question", "species_share", *order[1:]).unique("question", keep="first", maintain_order=True)
    free = found.sort(["question", "regulated_share", *order[1:]], descending=[False, True, *[False] * len(order[1:])])
    free = free.unique("question", keep="first", maintain_order=True)
    everyone = asked.questions.with_row_index("question").select("question")
    told = (
        rare.select("question", "species_share", rare_species="species", rare_catch="catch", rare_peers="n"),
        free.select(
            "question",
            regulated_species_share="regulated_share" if regulated else pl.lit(None, pl.Float64),
            free_species="species",
            free_catch="catch",
            free_peers="n",
        ),
    )
    for part in told:
        everyone = everyone.join(part, on="question", how="left", maintain_order="left")
    return everyone.rename({"species_share": "species_share_of_catch"}).drop("question")


def _with_catch(asked: Asked) -> pl.DataFrame:
    """Per question and declared species the gear, area and month of its papers: consignment_id and cutoff too."""
    questions = asked.questions.with_row_index("question")
    goods = asked.items.select("question", "species").drop_nulls().unique()
    told = holding(questions, caught_species(asked.tables), {"consignment_id": "unit"})
    told = told.select("question", "species", *CATCH).unique()
    own = goods.join(told, on=["question", "species"])
    other = goods.join(told.select("question", "species"), on=["question", "species"], how="anti")
    other = other.join(told.select("question", *CATCH).unique(), on="question")
    both = pl.concat([own, other]).join(questions, on="question")
    return both.sort("question", "species", *CATCH)


def species_mix_indicators() -> list[Indicator]:
    """MR-42."""
    indicator = partial(
        Indicator,
        unit="share",
        check="Look at the goods, by species; send a sample to the laboratory where the eye cannot tell.",
        reads=("consignment", "goods_item", "document", "document_line"),
        evidence=paper_rows,
        code="MR-42",
    )
    return [
        indicator(
            name="species_share_of_catch",
            meaning="Share of the declared species among other consignments of the last two years whose papers state "
            f"the same gear, area and month of the catch; the least of the goods' species, null under {LEAST_PEERS} of "
            "them.",
            officer="{rare_species} is declared; of {rare_peers:,.0f} catches with {rare_catch} {value:.1%} were of "
            "it.",
            direction=-1,
            compared=("rare_species", "rare_peers", "rare_catch"),
        ),
        indicator(
            name="regulated_species_share",
            meaning="Share of species that need a catch certificate by any rule among those consignments, where the "
            "declared species needs none; 0 where it needs one.",
            officer="{free_species} is declared; of {free_peers:,.0f} catches with {free_catch} {value:.0%} were of "
            "species that need a certificate.",
            direction=1,
            compared=("free_species", "free_peers", "free_catch"),
        ),
    ]
