"""What the importer and the exporter declared before: how much, since when, what is new to them, and what is unlike.

A part of the family `party`. All counts are of other consignments whose first version became known in the window, with
the values of the version that counts at the cut-off. The count 0 is a fact: none is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import polars as pl

from features.asked import Asked, with_headings
from features.asof import Aggregate, WindowPlan
from features.catalogue import Indicator
from features.contract import INSTANT
from features.division import divided
from features.earlier import earlier_consignments, earlier_lines, own_and_earlier
from features.mixes import LEAST, cosine_distance
from features.ranks import count_below

QUARTER, YEAR = timedelta(days=90), timedelta(days=365)
NEW_DAYS = 183  # six months
HIGH_PERCENT = 90  # a high value exceeds so many of a hundred like lines
LEAST_LINES = 20  # fewer lines have no ninth decile worth the name
NOVELTIES = {  # indicator -> (column that is new, table of the windows, the column in words)
    "heading_is_new_to_importer": ("hs4", "lines", "the HS heading of the main line"),
    "exporter_is_new_to_importer": ("exporter_id", "consignments", "this exporter"),
    "dispatch_is_new_to_importer": ("dispatch_country", "consignments", "this country of dispatch"),
}
_MICROSECONDS_PER_DAY = 86_400_000_000


def trading(asked: Asked) -> pl.DataFrame:
    """A row per question: the indicators declared below and what their sentences compare."""
    questions = _questions(asked)
    plan = WindowPlan(earlier_consignments(asked.tables), questions)
    plans = {"consignments": plan, "lines": plan.beside(earlier_lines(asked.tables))}
    importer = _of_party(plan, questions, "importer", exporters="exporter_id", offices="office")
    return pl.concat(
        [
            importer,
            _goods_of_importer(plans["lines"]),
            _of_party(plan, questions, "exporter", importers="importer_id"),
            *[_novelty(plans[table], name, column) for name, (column, table, _) in NOVELTIES.items()],
            _high_value(asked, questions, plans["lines"], importer),
            _pivot(asked, questions, importer),
        ],
        how="horizontal",
    )


def _questions(asked: Asked) -> pl.DataFrame:
    """The questions with the keys of their consignment, and heading and value of its main line."""
    main = with_headings(asked.main_item)
    keys = asked.consignment.select("importer_id", "exporter_id", "dispatch_country")
    return pl.concat([asked.questions, keys, main.select("hs4", "value_usd")], how="horizontal")


def _of_party(plan: WindowPlan, questions: pl.DataFrame, role: str, **partners: str) -> pl.DataFrame:
    """How many consignments of one party in the windows, how long ago, with how many different partners."""
    key, count = [f"{role}_id"], {f"{role}_consignments": Aggregate("count")}
    different = {f"{role}_{name}": Aggregate("distinct", column) for name, column in partners.items()}
    ends = {"first": Aggregate("min", "first_at"), "last": Aggregate("since_last")}
    is_new = pl.col(f"{role}_consignments_all") == 0
    first_day = pl.col("first_all").cast(pl.Int64).cast(INSTANT).dt.to_string("%Y-%m-%d")
    return pl.concat(
        [
            plan.windows(key, count, [QUARTER, YEAR]),
            plan.windows(key, different, [YEAR]),
            plan.windows(key, {**count, **ends}, [None]),
        ],
        how="horizontal",
    ).select(
        pl.all().exclude("first_all", "last_all"),
        divided(questions["cutoff"].to_physical() - pl.col("first_all"), _MICROSECONDS_PER_DAY).alias(
            f"{role}_days_since_first"
        ),
        pl.col("last_all").alias(f"{role}_days_since_last"),
        pl.when(is_new).then(pl.lit("this consignment")).otherwise(first_day).alias(f"{role}_known_since"),
        is_new.alias(f"{role}_is_new"),
    )


def _goods_of_importer(lines: WindowPlan) -> pl.DataFrame:
    cents = Aggregate("sum", "value_usd", scale=100)
    different = Aggregate("distinct", "hs4")
    return lines.windows(["importer_id"], {"importer_value_usd": cents, "importer_headings": different}, [YEAR])


def _novelty(plan: WindowPlan, name: str, column: str) -> pl.DataFrame:
    """Whether nothing that the importer declared before has the value of the column; null where either is empty."""
    earlier = plan.windows(["importer_id", column], {"n": Aggregate("count")}, [None])["n_all"]
    return pl.DataFrame({name: earlier == 0, f"importer_{column}_earlier": earlier})


def _high_value(asked: Asked, questions: pl.DataFrame, lines: WindowPlan, importer: pl.DataFrame) -> pl.DataFrame:
    """Whether the importer is new and the value of the main line exceeds nine tenths of those of its heading.

    An unknown part leaves the whole unknown only where it decides: old importers and low values are certain.
    """
    peers = lines.windows(["hs4"], {"peers": Aggregate("count", "value_usd")}, [YEAR])["peers_365d"]
    below = count_below(earlier_lines(asked.tables), questions, "hs4", "value_usd", YEAR)
    frame = pl.DataFrame({"is_new": _is_new(asked, importer), "peers": peers, "below": below})
    enough = pl.col("peers") >= LEAST_LINES
    # More than the nearest-rank percentile: at least ceil(0.9 n) of the n lines are smaller.
    is_high = pl.when(enough).then(pl.col("below") * 100 >= pl.col("peers") * HIGH_PERCENT)
    return frame.select(
        new_importer_high_value=pl.col("is_new") & is_high,
        heading_lines_below="below",
        heading_lines_365d="peers",
        main_line_value_usd=questions["value_usd"],
    )


def _is_new(asked: Asked, importer: pl.DataFrame) -> pl.Series:
    """Whether the importer's first consignment became known less than NEW_DAYS ago, or none did.

    Where the tables themselves do not reach back that far, everybody looks new, and nobody can be said to be.
    """
    first = asked.tables.delivered_from("consignment")
    reach = (asked.questions["cutoff"] - first).dt.total_days() if first is not None else pl.lit(0)
    frame = importer.select("importer_days_since_first", known="importer_consignments_all", reach=reach)
    is_old = pl.col("importer_days_since_first") >= NEW_DAYS
    answer = (
        pl.when(pl.col("known").is_null())
        .then(None)
        .when(is_old.fill_null(False))
        .then(False)
        .when(pl.col("reach") >= NEW_DAYS)
        .then(True)
    )
    return frame.select(is_new=answer)["is_new"]


def _pivot(asked: Asked, questions: pl.DataFrame, importer: pl.DataFrame) -> pl.DataFrame:
    """How far the headings of the lines lie from those of an importer with enough other consignments to tell."""
    enough = importer["importer_consignments_365d"] >= LEAST
    known = questions.with_columns(importer_id=pl.when(enough).then("importer_id"))
    own = with_headings(asked.items).select("question", "hs4")
    distance = cosine_distance(earlier_lines(asked.tables), known, own, "importer_id", "hs4")
    return pl.DataFrame({"heading_pivot_distance": distance})


def declare_trading() -> Sequence[Indicator]:
    """The indicators of this part; they serve every scheme."""
    return [*_volumes(), *_ages(), *_novelties(), *_unlike()]


def _volumes() -> list[Indicator]:
    """Counts and sums over windows: name, what is counted, unit, the role whose consignments they are."""
    rows = [
        ("importer_consignments_90d", "Other consignments of the importer", "consignments", "importer"),
        ("importer_consignments_365d", "Other consignments of the importer", "consignments", "importer"),
        ("importer_exporters_365d", "Different exporters in other consignments of the importer", "parties", "importer"),
        ("importer_offices_365d", "Different offices of other consignments of the importer", "offices", "importer"),
        ("importer_headings_365d", "Different HS headings in other consignments of the importer", "headings", "lines"),
        ("importer_value_usd_365d", "Value, as far as stated, of other consignments of the importer", "USD", "lines"),
        ("exporter_consignments_90d", "Other consignments of the exporter", "consignments", "exporter"),
        ("exporter_consignments_365d", "Other consignments of the exporter", "consignments", "exporter"),
        ("exporter_importers_365d", "Different importers in other consignments of the exporter", "parties", "exporter"),
    ]
    declared = []
    for name, what, unit, base in rows:
        role = "exporter" if base == "exporter" else "importer"
        when = f"that became known in the last {name.rsplit('_', 1)[1].removesuffix('d')} days"
        declared.append(
            Indicator(
                name=name,
                meaning=f"{what} {when}.",
                unit=unit,
                officer=f"{what} {when}: {{value:,.0f}}{' USD' if unit == 'USD' else ''}.",
                check=f"Compare the goods with what the {role} usually trades.",
                reads=("consignment", "goods_item") if base == "lines" else ("consignment",),
                evidence=own_and_earlier(f"{role}_id"),
            )
        )
    return declared


def _ages() -> list[Indicator]:
    declared = []
    for role in ("importer", "exporter"):
        indicator = partial(
            Indicator,
            unit="days",
            check=f"Compare with when the {role} was registered; ask what it did before.",
            reads=("consignment",),
            evidence=own_and_earlier(f"{role}_id"),
            compared=(f"{role}_consignments_all", f"{role}_known_since"),
        )
        known = f"of {{{role}_consignments_all:,.0f}} other consignments of the {role}"
        declared += [
            indicator(
                name=f"{role}_days_since_first",
                meaning=f"Days since the first other consignment of the {role} became known; null if there is none.",
                officer=f"The first {known} became known on {{{role}_known_since}}, {{value:,.0f}} days ago.",
            ),
            indicator(
                name=f"{role}_days_since_last",
                meaning=f"Days since the newest other consignment of the {role} became known; null if there is none.",
                officer=f"The newest {known} became known {{value:,.0f}} days ago.",
            ),
        ]
    return declared


def _novelties() -> list[Indicator]:
    yes_no = partial(Indicator, unit="yes/no", kind="boolean", direction=1)
    first = [
        yes_no(
            name=f"{role}_is_new",
            meaning=f"Whether no other consignment of the {role} is known.",
            officer=f"{{{role}_consignments_all:,.0f}} other consignments of the {role} are known.",
            check=f"Verify that the {role} exists and deals in these goods.",
            reads=("consignment",),
            evidence=own_and_earlier(f"{role}_id"),
            compared=(f"{role}_consignments_all",),
        )
        for role in ("importer", "exporter")
    ]
    pairs = [
        yes_no(
            name=name,
            meaning=f"Whether no other {table[:-1]} known of the importer has {words}.",
            officer=f"Known of the importer: {{importer_consignments_all:,.0f}} other consignments; "
            f"{{importer_{column}_earlier:,.0f}} {table} with {words}.",
            check="Ask the importer why it trades outside its custom.",
            reads=("consignment", "goods_item") if table == "lines" else ("consignment",),
            evidence=own_and_earlier("importer_id"),
            compared=("importer_consignments_all", f"importer_{column}_earlier"),
        )
        for name, (column, table, words) in NOVELTIES.items()
    ]
    return first + pairs


def _unlike() -> list[Indicator]:
    indicator = partial(
        Indicator, reads=("consignment", "goods_item"), direction=1, evidence=own_and_earlier("importer_id")
    )
    return [
        indicator(
            name="new_importer_high_value",
            meaning=f"Whether the importer's first consignment became known less than {NEW_DAYS} days ago and the main "
            f"line is dearer than {HIGH_PERCENT} % of the lines of its HS heading in the last year; null where the "
            f"tables do not reach back so far or there are fewer than {LEAST_LINES} lines.",
            unit="yes/no",
            kind="boolean",
            officer="Importer known since {importer_known_since}; {heading_lines_below:,.0f} of the last year's "
            "{heading_lines_365d:,.0f} lines of the heading are below the main line's {main_line_value_usd:,.2f} USD.",
            check="Verify the importer's premises, its funds and who the goods are for.",
            compared=("importer_known_since", "heading_lines_below", "heading_lines_365d", "main_line_value_usd"),
            code="BD-06",
        ),
        indicator(
            name="heading_pivot_distance",
            meaning="Cosine distance between the HS headings of the goods lines and those of the importer's other "
            f"lines of the last year, from 0 (as ever) to 1 (none in common); null under {LEAST} other consignments.",
            unit="distance",
            officer="{value:.2f} (0 as ever, 1 nothing in common) from the headings of the importer's "
            "{importer_consignments_365d:,.0f} other consignments of the last year.",
            check="Ask why the importer changed its line of goods; verify the buyer.",
            compared=("importer_consignments_365d",),
            code="BD-08",
        ),
    ]
