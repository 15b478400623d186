"""Family `route`: by which countries, ports, legs and invoices goods come, and which offices an importer chooses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import Aggregate, WindowPlan, visible_rows, visible_version
from features.catalogue import Family, Indicator
from features.earlier import earlier_consignments, own_and_earlier
from features.evidence import as_evidence, the_consignment, the_declaration
from features.mixes import LEAST, divergence
from features.options import Options

PLACES = {"office": "office", "discharge_port": "port of discharge", "loading_port": "port of loading"}
_CHANNEL = ("brand_id", "party_id", "territory", "route", "valid_from")


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below and what their sentences compare."""
    return pl.concat(
        [_places(asked), _countries(asked), _brand_home(asked), _legs_and_invoices(asked)], how="horizontal"
    )


def _places(asked: Asked) -> pl.DataFrame:
    """Which offices and ports the importer used before, and how the mix of them moved."""
    spans = earlier_consignments(asked.tables)
    questions = asked.questions.hstack(asked.consignment.select("importer_id", *PLACES))
    plan, count = WindowPlan(spans, questions), {"n": Aggregate("count")}
    parts = [plan.windows(["importer_id"], count, [None]).rename({"n_all": "importer_earlier"})]
    for column in PLACES:
        moved = divergence(spans, questions, "importer_id", column)
        earlier = plan.windows(["importer_id", column], count, [None])["n_all"]
        parts.append(
            moved.select(
                pl.col("divergence").alias(f"{column}_mix_shift"),
                pl.col("recent").alias(f"{column}_mix_recent"),
                pl.col("before").alias(f"{column}_mix_before"),
                (earlier == 0).alias(f"{column}_is_new_to_importer"),
                earlier.alias(f"{column}_earlier"),
                questions[column].alias(f"{column}_declared"),
            )
        )
    return pl.concat(parts, how="horizontal")


def _countries(asked: Asked) -> pl.DataFrame:
    """Whether dispatch, origin and port of loading lie in different countries."""
    dispatch, origin = pl.col("dispatch_country"), pl.col("origin_country")
    of_lines = asked.lines.group_by("question", maintain_order=True).agg(
        dispatch_is_not_origin=_any(dispatch != origin), origins_declared=_listed(origin)
    )
    of_consignment = asked.consignment.select(
        dispatch_is_not_loading_country=dispatch != pl.col("loading_port").str.head(2), dispatch_declared=dispatch
    )
    return pl.concat([of_lines.drop("question"), of_consignment], how="horizontal")


def _any(condition: pl.Expr) -> pl.Expr:
    """True where one is, unknown where none is and one is unknown."""
    return condition.any(ignore_nulls=False)


def _listed(column: pl.Expr) -> pl.Expr:
    return column.drop_nulls().unique().sort().str.join(", ")


def _brand_home(asked: Asked) -> pl.DataFrame:
    """Whether a branded line was made at the brand's home and dispatched from elsewhere, not from a hub of the brand.

    Null where no line names a brand. Which countries are hubs is known only once channels are delivered; until then
    what came from elsewhere is unknown, and the rest is certain.
    """
    countries = ("origin_country", "dispatch_country", "destination_country")
    branded = asked.lines.select("question", "consignment_id", "cutoff", "brand_id", *countries).drop_nulls("brand_id")
    home = visible_version(asked.tables["brand"], ["brand_id"], branded, columns=["home_country"])
    origin, dispatch = pl.col("origin_country"), pl.col("dispatch_country")
    branded = branded.hstack(home).with_columns(
        elsewhere=(origin == pl.col("home_country")) & (dispatch != origin),
    )
    found = (
        branded.with_columns(is_hub=_is_hub(asked, branded))
        .group_by("question", maintain_order=True)
        .agg(
            brand_home_goods_from_elsewhere=_any(pl.col("elsewhere") & ~pl.col("is_hub")),
            brand_homes=_listed(pl.col("home_country")),
        )
    )
    everyone = asked.questions.with_row_index("question").select("question")
    return everyone.join(found, on="question", how="left", maintain_order="left").drop("question")


def _is_hub(asked: Asked, branded: pl.DataFrame) -> pl.Series:
    """Per branded line whether the right holder's channels, visible and valid at the cut-off, use its dispatch country.

    A country on the route of any channel is a hub. A channel without a route leaves it open: there, every country is
    one for goods bound for the channel's territory.
    """
    first = asked.tables.delivered_from("brand_channel")
    lines = branded.select("cutoff", "brand_id", "dispatch_country", "destination_country", "elsewhere")
    lines = lines.with_row_index("line")
    open_lines = lines.filter(pl.col("elsewhere").fill_null(True)).drop("elsewhere")
    channels = visible_rows(asked.tables["brand_channel"], _CHANNEL, open_lines, ["brand_id"], ["valid_to"])
    dispatch, territory = pl.col("dispatch_country"), pl.col("territory")
    found = (
        open_lines.with_row_index("question")
        .join(channels.drop("brand_id"), on="question")
        .filter(
            pl.col("valid_from") <= pl.col("cutoff"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("cutoff")),
        )
        .with_columns(
            serves=pl.when(pl.col("route").is_null())
            .then(territory == pl.col("destination_country"))
            .otherwise(pl.when(dispatch.is_not_null()).then(pl.col("route").list.contains(dispatch)))
        )
        .group_by("line")
        .agg(is_hub=_any(pl.col("serves")), channels=pl.len())
    )
    known = pl.col("cutoff") >= pl.lit(first, dtype=asked.questions.schema["cutoff"])
    none_is = pl.col("channels").is_null()
    answer = pl.when(known).then(pl.when(none_is).then(False).otherwise("is_hub"))
    return lines.join(found, on="line", how="left", maintain_order="left").select(is_hub=answer)["is_hub"]


def _legs_and_invoices(asked: Asked) -> pl.DataFrame:
    """Legs, countries and free zones of the declared route, and invoices presented."""
    free_zones, unknown = pl.col("free_zone").sum(), pl.col("free_zone").is_null().any()
    start, end, same = pl.col("from_port"), pl.col("to_port"), pl.col("question") == pl.col("question").shift(1)
    # Where a leg does not begin at the end of the one before, the sentence shows the break.
    break_off = pl.when(same).then(pl.lit("; ")).otherwise(pl.lit(""))
    step = pl.when(same & (start == end.shift(1))).then(" > " + end).otherwise(break_off + start + " > " + end)
    legs = _legs(asked).with_columns(step=step)
    of_legs = (
        legs.group_by("question", maintain_order=True)
        .agg(
            # A stated passage counts though another leg says nothing; none stated is 0 only where every leg says so.
            free_zone_leg_count=pl.when((free_zones > 0) | ~unknown).then(free_zones),
            leg_count=pl.len(),
            steps="step",
            starts=start.str.head(2),
            ends=end.str.head(2),
        )
        .select(
            pl.col("question", "leg_count", "free_zone_leg_count"),
            route_country_count=pl.col("starts").list.concat("ends").list.n_unique(),
            route_declared=pl.col("steps").list.join(""),
        )
    )
    invoices = _invoices(asked).group_by("question").agg(invoice_count=pl.len())
    frame = asked.questions.with_row_index("question").select("question")
    for part in (of_legs, invoices):
        frame = frame.join(part, on="question", how="left", maintain_order="left")
    numbers = frame.select(
        pl.col("leg_count", "invoice_count").fill_null(0),
        "free_zone_leg_count",
        "route_country_count",
        "route_declared",
    )
    further = pl.max_horizontal(pl.col("invoice_count").cast(pl.Int64) - 1, 0)
    return numbers.with_columns(reinvoicing_depth=pl.col("free_zone_leg_count") + further)


def _legs(asked: Asked) -> pl.DataFrame:
    columns = ("from_port", "to_port", "free_zone", "use")
    return visible_rows(asked.tables["leg"], ["consignment_id", "leg_no"], asked.questions, ["consignment_id"], columns)


def _invoices(asked: Asked) -> pl.DataFrame:
    papers = visible_rows(
        asked.tables["document"], ["document_id"], asked.questions, ["consignment_id"], ["kind", "use"]
    )
    return papers.filter(pl.col("kind") == "invoice")


def _route_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and its legs."""
    return pl.concat([the_consignment(asked, options), as_evidence(_legs(asked), "leg", ["consignment_id", "leg_no"])])


def _invoice_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment and its invoices."""
    return pl.concat([the_consignment(asked, options), as_evidence(_invoices(asked), "document", ["document_id"])])


def _chain_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, its legs and its invoices."""
    return pl.concat([_route_rows(asked, options), as_evidence(_invoices(asked), "document", ["document_id"])])


def _brand_rows(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the declaration and the brands of its lines."""
    named = asked.lines.select("question", "cutoff", "brand_id").drop_nulls("brand_id").unique(maintain_order=True)
    rows = visible_version(asked.tables["brand"], ["brand_id"], named, columns=["known_at", "use"])
    known = named.hstack(rows).drop_nulls("known_at")
    return pl.concat([the_declaration(asked, options), as_evidence(known, "brand", ["brand_id"])])


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [*_place_indicators(), *_country_indicators(), *_chain_indicators()]


def _place_indicators() -> list[Indicator]:
    indicator = partial(Indicator, reads=("consignment",), evidence=own_and_earlier("importer_id"), direction=1)
    declared = []
    for column, words in PLACES.items():
        declared += [
            indicator(
                name=f"{column}_mix_shift",
                meaning=f"Divergence (Jensen and Shannon) between the importer's shares by {words} in the last 90 days "
                f"and in the year before, from 0 (equal) to 1 (none in common); null under {LEAST} on either side.",
                unit="divergence",
                officer=f"The importer's shares by {words} moved by {{value:.2f}} of 1: {{{column}_mix_recent:,.0f}} "
                f"consignments in the last 90 days against {{{column}_mix_before:,.0f}} in the year before.",
                check=f"Ask why the importer moved to another {words}; look for what the usual one would have opened.",
                compared=(f"{column}_mix_recent", f"{column}_mix_before"),
                code="XC-04",
            ),
            indicator(
                name=f"{column}_is_new_to_importer",
                meaning=f"Whether no other known consignment of the importer has this {words}.",
                unit="yes/no",
                kind="boolean",
                officer=f"{{{column}_earlier:,.0f}} of the importer's {{importer_earlier:,.0f}} other known "
                f"consignments have the {words} {{{column}_declared}}.",
                check=f"Ask why the importer chose this {words}.",
                compared=(f"{column}_earlier", "importer_earlier", f"{column}_declared"),
                code="XC-04",
            ),
        ]
    return declared


def _country_indicators() -> list[Indicator]:
    yes_no = partial(Indicator, unit="yes/no", kind="boolean")
    return [
        yes_no(
            name="dispatch_is_not_origin",
            meaning="Whether the country of dispatch differs from the origin of any goods line.",
            officer="Dispatched from {dispatch_declared}; declared origin {origins_declared}.",
            check="Compare marks of origin on the goods with the certificate and the route.",
            reads=("consignment", "goods_item"),
            evidence=the_declaration,
            compared=("dispatch_declared", "origins_declared"),
        ),
        yes_no(
            name="dispatch_is_not_loading_country",
            meaning="Whether the country of dispatch differs from that of the port of loading.",
            officer="Dispatched from {dispatch_declared}; loaded at {loading_port_declared}.",
            check="Compare the bill of lading with the declaration.",
            reads=("consignment",),
            evidence=the_consignment,
            compared=("dispatch_declared", "loading_port_declared"),
        ),
        yes_no(
            name="brand_home_goods_from_elsewhere",
            meaning="Whether a branded line originates in the brand's home country but was dispatched from another, "
            "which is no hub on a route that the right holder authorised; null where no brand is named.",
            officer="Dispatched from {dispatch_declared}; declared origin {origins_declared}; home of the brand "
            "{brand_homes}.",
            check="Ask the right holder whether these goods were meant for this market; read the lot numbers.",
            reads=("consignment", "goods_item", "brand"),
            evidence=_brand_rows,
            direction=1,
            compared=("dispatch_declared", "origins_declared", "brand_homes"),
            code="BD-03",
        ),
    ]


def _chain_indicators() -> list[Indicator]:
    of_legs = partial(Indicator, reads=("consignment", "leg"), evidence=_route_rows, compared=("route_declared",))
    bill = "Compare the legs with the bill of lading and the carrier's own record."
    return [
        of_legs(
            name="leg_count",
            meaning="Number of legs of the declared route.",
            unit="legs",
            officer="{value:.0f} legs: {route_declared}.",
            check=bill,
        ),
        of_legs(
            name="route_country_count",
            meaning="Number of countries on the legs of the declared route.",
            unit="countries",
            officer="{value:.0f} countries on the route {route_declared}.",
            check=bill,
        ),
        of_legs(
            name="free_zone_leg_count",
            meaning="Number of legs said to pass through a free zone; null where none is and one leg does not say.",
            unit="legs",
            officer="{value:.0f} legs through a free zone on the route {route_declared}.",
            check="Ask for the free zone's record of entry and exit.",
            direction=1,
        ),
        Indicator(
            name="invoice_count",
            meaning="Number of invoices presented for the consignment.",
            unit="invoices",
            officer="{value:.0f} invoices presented.",
            check="Lay the invoices side by side: sellers, dates, prices.",
            reads=("consignment", "document"),
            evidence=_invoice_rows,
        ),
        Indicator(
            name="reinvoicing_depth",
            meaning="Passages through a free zone, and invoices beyond the first.",
            unit="steps",
            officer="{free_zone_leg_count:.0f} legs through a free zone ({route_declared}); "
            "{invoice_count:.0f} invoices.",
            check="Follow the price from invoice to invoice; ask who owned the goods in the free zone.",
            reads=("consignment", "leg", "document"),
            evidence=_chain_rows,
            direction=1,
            compared=("free_zone_leg_count", "invoice_count", "route_declared"),
            code="BD-18",
        ),
    ]


FAMILY = Family(
    name="route",
    about="By which countries, ports, legs and invoices goods come, and which offices an importer chooses.",
    compute=compute,
    declare=declare,
)
