"""The certificate ledger: live weight certified by number and species, drawn down by every consignment that cited it.

Consignments stand in a ledger in the order in which it was first known that they draw on it. A question is answered
with the versions that were visible at its cut-off: what all known consignments drew, and what was drawn up to and with
its own. The events of all ledgers are gone through once, in order, for all questions together.
"""

from __future__ import annotations

import polars as pl

from features.asof import Aggregate, windows
from features.certificates import LEDGER, draws, presented
from features.live_weight import told_factors
from features.options import Options
from features.range_sums import range_sums
from features.states import ROWS, holding, states_of
from features.tables import Tables
from features.windows_keys import IntArray


def entries(tables: Tables, options: Options) -> pl.DataFrame:
    """The history of the ledgers: a row per certificate, species and consignment, with `draw_g` and `unknown` lines.

    `first_known_at` is when it was first known that the consignment draws on the certificate: its turn.
    """

    def make() -> pl.DataFrame:
        said = {"draw_g": pl.col("draw_g"), "unknown": pl.col("unknown")}
        return states_of(draws(tables, options), [*LEDGER, "unit"], said).drop(ROWS)

    return tables.derived(("entries of ledgers", told_factors(options)), make)


def balances(tables: Tables, options: Options, questions: pl.DataFrame) -> pl.DataFrame:
    """A row per question (its row number as `question`) and ledger that its consignment draws on at the cut-off.

    Columns: issuer_country, number, species, `own_g`, `unknown` (own lines of unknown weight), `drawn_g` by all that
    are known, `in_turn_g` by those whose turn came no later than the own, `citing` consignments, and `certified_g`:
    the most that any of the papers presented says, `least_certified_g` the least; null where none says it.
    O(n log n) for n entries, papers and questions, however many consignments cite one number.
    """
    asked = questions.with_row_index("question").select("question", unit="consignment_id", cutoff="cutoff")
    ledger = entries(tables, options)
    own = holding(asked, ledger, ["unit"]).sort("question", *LEDGER)
    own = own.rename({"draw_g": "own_g"})
    if not own.height:
        nothing = [pl.lit(None, pl.Int64).alias(name) for name in ("drawn_g", "in_turn_g", "citing")]
        return own.with_columns(*nothing, *[pl.lit(None, pl.Int64).alias(name) for name in _CERTIFIED])
    return pl.concat([own, _drawn(ledger, own), _certified(tables, own)], how="horizontal")


_CERTIFIED = ("certified_g", "least_certified_g")


def _drawn(ledger: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Per row of `own` the sums over its ledger at its cut-off.

    A place is an entry's beginning or end, in order of ledger and turn; its rank is the first cut-off that sees it.
    """
    ledgers = own.select(LEDGER).unique().with_row_index("ledger")
    live = ledger.filter(~pl.col("withdrawn")).join(ledgers, on=LEDGER)
    places = pl.concat(
        [
            live.select("ledger", turn="first_known_at", at="known_at", grams="draw_g", count=pl.lit(1)),
            live.filter(pl.col("until").is_not_null()).select(
                "ledger", turn="first_known_at", at="until", grams=-pl.col("draw_g"), count=pl.lit(-1)
            ),
        ]
    )
    cutoffs, turns = own["cutoff"].unique().sort(), places["turn"].unique().sort()
    size = len(turns) + 1
    keys = _numbers(places["ledger"]) * size + _numbers(turns.search_sorted(places["turn"]))
    order = keys.argsort(kind="stable")
    keys = keys[order]
    ranks = _numbers(cutoffs.search_sorted(places["at"], "left"))[order]
    weights = {name: _numbers(places[name])[order] for name in ("grams", "count")}
    asked = own.join(ledgers, on=LEDGER, maintain_order="left")
    base = _numbers(asked["ledger"]) * size
    begin, end = keys.searchsorted(base), keys.searchsorted(base + size)
    own_turn = keys.searchsorted(base + _numbers(turns.search_sorted(asked["first_known_at"])), side="right")
    below = _numbers(cutoffs.search_sorted(asked["cutoff"])) + 1
    of_all = range_sums(ranks, weights, begin, end, below)
    in_turn = range_sums(ranks, {"grams": weights["grams"]}, begin, own_turn, below)
    return pl.DataFrame({"drawn_g": of_all["grams"], "in_turn_g": in_turn["grams"], "citing": of_all["count"]})


def _numbers(values: pl.Series) -> IntArray:
    numbers: IntArray = values.cast(pl.Int64).to_numpy()
    return numbers


def _certified(tables: Tables, own: pl.DataFrame) -> pl.DataFrame:
    """Per row of `own` the most and the least that papers of its certificate say, of whichever consignment."""
    nobody = own.select("cutoff", *LEDGER, consignment_id=pl.lit(None, pl.String))
    said = {"certified_g": Aggregate("max", "certified_g"), "least_certified_g": Aggregate("min", "certified_g")}
    papers = presented(tables).join(own.select(LEDGER).unique(), on=LEDGER, how="semi")
    found = windows(papers, nobody, LEDGER, said, [None])
    return found.select(pl.col(f"{name}_all").cast(pl.Int64).alias(name) for name in _CERTIFIED)
