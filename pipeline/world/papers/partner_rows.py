"""What the exporting state's customs send about cleared exports: a row per line, as they recorded it."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, SECOND, in_seconds
from pipeline.world.papers.documents import ENTRY, ORIGIN
from pipeline.world.papers.numbers import serials, written
from pipeline.world.papers.transmitted_names import transmitted
from pipeline.world.randomness import between, stream
from pipeline.world.scenario.papers import PapersScenario

SUBJECT = "partner_export"
COLUMNS = (
    *("issuer_country", "number", "line_no", "office", "cleared_at", "exporter", "consignee", "vessel_id"),
    *("destination_port", "hs6", "species", "product_form", "net_kg", "value_usd", "known_at", "withdrawn", "use"),
)


def partner_rows(
    seed: int, scenario: PapersScenario, chunk: int, facts: pl.DataFrame, papers: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """The table partner_export, with second and withdrawn versions."""
    generator = stream(seed, SUBJECT, chunk)
    sent = pl.concat(
        [
            _of_entries(scenario, generator, facts),
            _of_origin(scenario, generator, papers),
            _of_relays(seed, scenario, generator, facts),
        ]
    )
    sent = sent.join(facts.drop("number", "cleared"), on="row", how="left", maintain_order="left")
    sent = sent.with_columns(
        destination_port=_destination(scenario, generator, sent),
        exporter=_name(scenario, generator, sent, _exporter(sent)),
        consignee=_name(scenario, generator, sent, _consignee(sent)),
        office=_office(scenario, generator, sent),
        known_at=_known(scenario, generator, sent),
    )
    rows = _with_goods(scenario, generator, sent, lines)
    return _versions(scenario, generator, rows)


def _sent_between(scenario: PapersScenario, sender: str, receiver: str) -> pl.Expr:
    """Whether the state in `sender` tells the one in `receiver`."""
    told = pl.lit(False)
    for state, receivers in scenario.partner.sends.items():
        told |= (pl.col(sender) == state) & pl.col(receiver).is_in(receivers)
    return told


def _of_entries(scenario: PapersScenario, generator: np.random.Generator, facts: pl.DataFrame) -> pl.DataFrame:
    """The entries that were truly made and sent: presented or not."""
    share = facts["strand"].replace_strict(scenario.partner.share, return_dtype=pl.Float64).to_numpy()
    there = pl.Series(generator.random(facts.height) < share)
    lawful = facts.filter(
        there
        & (pl.col("regime") == "import")
        & _sent_between(scenario, "entry_country", "destination_country")
        & ~(pl.col("unsent") | pl.col("reused_entry"))
    )
    return lawful.select(
        "row", issuer_country="entry_country", number="entry_number", cleared_at="cleared", away=pl.lit(False)
    )


def _of_origin(scenario: PapersScenario, generator: np.random.Generator, papers: pl.DataFrame) -> pl.DataFrame:
    """Origin certificates that their state tells the number of."""
    rules = scenario.partner
    certificates = papers.filter((pl.col("kind") == ORIGIN) & (pl.col("regime") == "import"))
    there = pl.Series(generator.random(certificates.height) < rules.register_share)
    known = certificates.filter(there & pl.col("issuer_country").is_in(rules.origin_registers) & ~pl.col("unsent"))
    return known.select("row", "issuer_country", number="recorded_number", cleared_at="issued_at", away=pl.lit(False))


def _of_relays(
    seed: int, scenario: PapersScenario, generator: np.random.Generator, facts: pl.DataFrame
) -> pl.DataFrame:
    """Exports of the certifying state to the country that the goods are said to come from, as that one tells."""
    relayed = facts.filter(
        (pl.col("strand") == scenario.other_sea_strand)
        & (pl.col("destination_country") == scenario.importing_state)
        & pl.col("sent_elsewhere")
    )
    rows = relayed.with_columns(
        kind=pl.lit(ENTRY),
        country=pl.lit(scenario.certifying_state),
        port=pl.lit(None, pl.String),
        day="cleared",
        serial=pl.Series(serials(seed, ENTRY, relayed["number"].to_numpy(), generator)),
    )
    return rows.select(
        "row", issuer_country="country", number=written(scenario, rows), cleared_at="cleared", away=pl.lit(True)
    )


def _destination(scenario: PapersScenario, generator: np.random.Generator, sent: pl.DataFrame) -> pl.Expr:
    """The port of destination as cleared: of arrival, by its second code at times; another where sent elsewhere."""
    rules = scenario.partner
    draw = pl.Series(generator.random(sent.height))
    second = pl.Series(generator.random(sent.height) < rules.alias_share)
    empty = pl.Series(generator.random(sent.height) < rules.missing)
    port = pl.col("discharge_port")
    told = pl.when(second).then(port.replace(rules.aliases)).otherwise(port)
    for state, ports in rules.elsewhere.items():
        instead = (draw * len(ports)).cast(pl.Int64).replace_strict(dict(enumerate(ports)), return_dtype=pl.String)
        told = (
            pl.when((pl.col("destination_country") == state) & pl.col("sent_elsewhere")).then(instead).otherwise(told)
        )
    told = pl.when("away").then(pl.coalesce("loading_port", told)).otherwise(told)
    return pl.when(~empty).then(told)


def _exporter(sent: pl.DataFrame) -> pl.Series:
    """The exporter; of goods that went to a third country first, whoever sent them there."""
    return sent.select(name=pl.when("away").then("another_exporter").otherwise("exporter_name"))["name"]


def _consignee(sent: pl.DataFrame) -> pl.Series:
    other = pl.when(pl.col("other_consignee")).then("another_name").otherwise("importer_name")
    return sent.select(name=pl.when("away").then("exporter_name").otherwise(other))["name"]


def _name(scenario: PapersScenario, generator: np.random.Generator, sent: pl.DataFrame, names: pl.Series) -> pl.Expr:
    told = transmitted(generator, scenario.names, names, sent["issuer_country"])
    there = pl.Series(generator.random(sent.height) >= scenario.partner.missing)
    return pl.when(there).then(told)


def _office(scenario: PapersScenario, generator: np.random.Generator, sent: pl.DataFrame) -> pl.Expr:
    there = pl.Series(generator.random(sent.height) >= scenario.partner.missing)
    return pl.when(there & (pl.col("issuer_country") == scenario.certifying_state)).then(
        pl.col("port_of_clearing").replace_strict(scenario.posts, default=scenario.other_post, return_dtype=pl.String)
    )


def _known(scenario: PapersScenario, generator: np.random.Generator, sent: pl.DataFrame) -> pl.Expr:
    rules, count = scenario.partner, sent.height
    late = generator.random(count) < rules.late_share
    days = np.where(late, between(generator, rules.late, count), between(generator, rules.lag, count))
    return pl.col("cleared_at") + pl.Series(in_seconds(days, DAY)) + SECOND


def _with_goods(
    scenario: PapersScenario, generator: np.random.Generator, sent: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """The lines as recorded: kilograms, value at the border of export, species and code."""
    rules, weights, count = scenario.partner, scenario.weights, sent.height
    noise = np.exp(generator.normal(0, rules.noise, count))
    factor = np.where(generator.random(count) < rules.exact, 1.0, noise)
    factor = np.where(sent["short_partner"].to_numpy(), between(generator, weights.short, count), factor)
    fob = between(generator, rules.free_on_board, count) * np.exp(generator.normal(0, rules.noise, count))
    uses = pl.Series(generator.random(count) < rules.use_share)
    sent = sent.with_columns(
        factor=pl.Series(factor),
        fob=pl.Series(fob),
        use=pl.when(uses & _sent_between(scenario, "issuer_country", "destination_country")).then(pl.lit(rules.use)),
    )
    whole = sent.join(lines, on="row", how="inner", maintain_order="left_right")
    differs = (pl.col("true_species") != pl.col("species")) | (pl.col("true_form") != pl.col("product_form"))
    mistaken = pl.col("species").replace(scenario.look_alikes)
    other = pl.col("other_species_at_partner")
    value = pl.when("true_value_at_partner").then("true_usd").otherwise("value_usd")
    return whole.with_columns(
        line_no="item_no",
        hs6=pl.when("other_code_at_partner").then(pl.col("hs6").replace(rules.other_codes)).otherwise("hs6"),
        species=pl.when(other).then(pl.when(differs).then("true_species").otherwise(mistaken)).otherwise("species"),
        product_form=pl.when(other & differs).then("true_form").otherwise("product_form"),
        net_kg=(pl.col("net_kg") * pl.col("factor")).round(1),
        value_usd=(value * pl.col("fob") * pl.col("factor")).round(2),
        withdrawn=pl.lit(False),
    )


def _versions(scenario: PapersScenario, generator: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """First versions, corrected kilograms, withdrawn rows: all at base rates."""
    rules, count = scenario.partner, rows.height
    later = [pl.Series(in_seconds(between(generator, rules.lag, count), DAY)) + SECOND for _ in range(2)]
    change = pl.Series(np.exp(generator.normal(0, rules.noise, count)))
    amended = pl.Series(generator.random(count) < rules.amended)
    withdrawn = pl.Series(generator.random(count) < rules.withdrawn)
    mended = rows.with_columns(
        net_kg=(pl.col("net_kg") * change).round(1), known_at=pl.col("known_at") + later[0]
    ).filter(amended)
    recalled = rows.with_columns(known_at=pl.col("known_at") + later[0] + later[1], withdrawn=pl.lit(True)).filter(
        withdrawn
    )
    return pl.concat([part.select(COLUMNS) for part in (rows, mended, recalled)])
