"""Alerts: what offices, partners and right holders tell of consignments, firms and vessels; mostly it is not so."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, Span, in_seconds
from pipeline.world.randomness import Booleans, Floats, Integers, Texts, between, stream
from pipeline.world.scenario.signals import OTHERS, Alerts, SubjectKind

# Lanes that are named like a scheme of the product; an alert about another states no scheme.
SCHEMES = ("marine_smuggling", "brand_diversion", "strategic_goods")
KINDS: tuple[SubjectKind, ...] = ("vessel", "party", "hs_prefix", "route", "container", "document")


def alerts(
    seed: int,
    scenario: Alerts,
    chunk: int,
    cases: pl.DataFrame,
    lines: pl.DataFrame,
    firm_rows: pl.DataFrame,
    hulls: pl.DataFrame,
    documents: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The alerts that a chunk of consignments gives rise to: versions of the table alert, instants in microseconds.

    A chunk tells as many untrue things as `scenario.right` asks for, of honest consignments drawn evenly. Each alert is
    issued after the declaration that it was told of, and names its vessel, importer or exporter, tariff prefix, route,
    container (where the cases have `containers`) or document (consignment_id and number of `documents`).
    """
    generator = stream(seed, "alert", chunk)
    about = cases[_told(generator, scenario, cases)]
    heads = pl.DataFrame(
        {
            "issued_at": about["declared"].to_numpy() + _days(generator, scenario.learned_days, about.height),
            "right": about["mechanism"].is_not_null(),
            "lane": about["lane"],
        }
    )
    digits = np.array(scenario.hs_digits)[generator.integers(0, len(scenario.hs_digits), about.height)]
    role = pl.Series(np.where(generator.random(about.height) < 0.5, "importer", "exporter"))
    party = pl.select(pl.when(role == "importer").then(about["importer"]).otherwise(about["exporter"])).to_series()
    goods = lines.filter(pl.col("item_no") == 1).select("row", "hs6").unique("row", keep="any")
    subjects = {
        "vessel": _looked_up(about["hull"], hulls.select("hull", "vessel_id")),
        "party": _looked_up(party, firm_rows.select("party", "party_id")),
        "hs_prefix": _looked_up(about["row"], goods).str.head(pl.Series(digits)),
        "route": about.select(pl.concat_str("dispatch_country", "destination_country", separator=">")).to_series(),
    }
    if "containers" in about.columns:
        subjects["container"] = about["containers"].list.first()
    if documents is not None:
        numbers = documents.group_by("consignment_id").agg(pl.col("number").min())
        subjects["document"] = _looked_up(about["consignment_id"], numbers)
    return _issued(generator, scenario, f"A{chunk:05d}", heads, subjects)


def earlier_alerts(
    seed: int, scenario: Alerts, firm_rows: pl.DataFrame, hulls: pl.DataFrame, span: Span
) -> pl.DataFrame:
    """The alerts issued before the world begins, of the same form: about firms that traded by then, and vessels."""
    generator = stream(seed, "alert", 0, 1)
    earlier = scenario.earlier
    begin = span.start - round(earlier.days) * DAY
    traders = firm_rows.filter(pl.col("role").is_in(["importer", "exporter"]) & (pl.col("active_from") < begin))
    firms = _drawn(generator, scenario.right, traders["rogue"].to_numpy(), earlier.rogue_firms)
    ships = _drawn(generator, scenario.right, hulls["launders"].to_numpy(), earlier.launderers)
    named = pl.concat(
        [
            traders[firms].select(right="rogue", lane="lane", party="party_id", vessel=pl.lit(None, dtype=pl.String)),
            hulls[ships].select(
                right="launders", lane=pl.lit(SCHEMES[0]), party=pl.lit(None, dtype=pl.String), vessel="vessel_id"
            ),
        ]
    )
    within = in_seconds(between(generator, (0, (span.start - begin) / DAY), named.height), DAY)
    heads = named.select("right", pl.col("lane").fill_null(""), issued_at=pl.Series(begin + within))
    return _issued(generator, scenario, "A", heads, {"vessel": named["vessel"], "party": named["party"]})


def _told(generator: np.random.Generator, scenario: Alerts, cases: pl.DataFrame) -> Integers:
    """The places of the consignments that somebody tells of."""
    mechanism = cases["mechanism"]
    chance = mechanism.replace_strict(scenario.told, default=scenario.told[OTHERS], return_dtype=pl.Float64).to_numpy()
    honest = mechanism.is_null().to_numpy()
    untrue = chance[~honest].sum() * (1 - scenario.right) / scenario.right / max(honest.sum(), 1)
    return np.flatnonzero(generator.random(cases.height) < np.where(honest, untrue, chance))


def _drawn(generator: np.random.Generator, right: float, offends: Booleans, share: float) -> Integers:
    """Places of a share of those that offend, and of as many others as make the whole right in the share `right`."""
    others = share * offends.sum() * (1 - right) / right / max((~offends).sum(), 1)
    return np.flatnonzero(generator.random(len(offends)) < np.where(offends, share, others))


def _days(generator: np.random.Generator, span: tuple[float, float], count: int) -> Integers:
    """Lags within a span of days, early ones far more frequent: the square of an even draw."""
    return in_seconds(span[0] + (span[1] - span[0]) * generator.random(count) ** 2, DAY)


def _looked_up(keys: pl.Series, table: pl.DataFrame) -> pl.Series:
    """For each key the second column of the row of `table` that has it in the first, null where there is none."""
    key, value = table.columns
    return keys.alias(key).to_frame().join(table, on=key, how="left", maintain_order="left")[value]


def _origins(generator: np.random.Generator, scenario: Alerts, lanes: pl.Series) -> Texts:
    """Who sends each alert: in proportion to the shares of those who tell of its lane, of all where nobody does."""
    shares = np.array([origin.share for origin in scenario.origins.values()])
    known = sorted(set(lanes.to_list()))
    tells = np.array([[lane in origin.lanes for origin in scenario.origins.values()] for lane in known], dtype=np.bool_)
    tells = tells.reshape(len(known), len(shares))
    weights = np.cumsum(shares * (tells | ~tells.any(axis=1, keepdims=True)), axis=1)
    own = weights[np.searchsorted(known, lanes.to_numpy())] if known else weights
    draw = generator.random(len(lanes))[:, None] * own[:, -1:]
    sent: Texts = np.array(list(scenario.origins), dtype=np.str_)[(own <= draw).sum(axis=1)]
    return sent


def _issued(
    generator: np.random.Generator, scenario: Alerts, series: str, heads: pl.DataFrame, subjects: dict[str, pl.Series]
) -> pl.DataFrame:
    """The table's rows: per alert of `heads` (issued_at, right, lane) a row for each thing named, and withdrawals."""
    count = heads.height
    origin = _origins(generator, scenario, heads["lane"])

    def of_origin(field: str, end: int) -> Floats:
        known = {name: getattr(one, field)[end] for name, one in scenario.origins.items()}
        return np.array([known[name] for name in origin], dtype=np.float64)

    def spread(field: str) -> Floats:
        low, high = of_origin(field, 0), of_origin(field, 1)
        return low + (high - low) * generator.random(count)

    right = heads["right"].to_numpy()
    issued = heads["issued_at"].to_numpy()
    known = issued + in_seconds(spread("sent_hours"), HOUR)
    ends = issued + _days(generator, scenario.valid_days, count)
    stated = generator.random(count) < scenario.scheme_stated
    withdrawn = generator.random(count) < np.where(right, scenario.withdrawn.offends, scenario.withdrawn.honest)
    uses = {name: one.use for name, one in scenario.origins.items() if one.use is not None}
    schemes = heads["lane"].replace_strict({lane: lane for lane in SCHEMES}, default=None, return_dtype=pl.String)
    first = heads.select(
        "issued_at",
        valid_to=pl.when(pl.Series(generator.random(count) >= scenario.open_ended)).then(pl.Series(ends)),
        origin=pl.Series(origin, dtype=pl.String),
        scheme=pl.when(pl.Series(stated)).then(schemes),
        weight=pl.Series(np.minimum(np.round(spread("weight") + scenario.weight_gain * right, 2), 1.0)),
        use=pl.Series(origin, dtype=pl.String).replace_strict(uses, default=None, return_dtype=pl.String),
        known_at=pl.Series(known),
        withdrawn=pl.lit(False),
        again=pl.Series(known + _days(generator, scenario.withdrawn_days, count)),
        revoked=pl.Series(withdrawn),
        **_named(generator, scenario, origin, subjects),
    ).sort("issued_at", *KINDS)
    numbered = first.with_row_index("serial").with_columns(
        alert_id=pl.format("{}-{}", pl.lit(series), (pl.col("serial") + 1).cast(pl.String).str.zfill(4))
    )
    rows = numbered.unpivot(
        KINDS,
        index=[name for name in numbered.columns if name not in (*KINDS, "serial")],
        variable_name="subject_kind",
        value_name="subject",
    ).filter(pl.col("subject").is_not_null())
    later = rows.filter("revoked").with_columns(known_at=pl.col("again"), withdrawn=pl.lit(True))
    order = ("known_at", "alert_id", "subject_kind", "subject")
    return pl.concat([rows, later]).drop("again", "revoked").sort(order)


def _named(
    generator: np.random.Generator, scenario: Alerts, origin: Texts, subjects: dict[str, pl.Series]
) -> dict[str, pl.Series]:
    """By kind what each alert names of it, null where it names none; its party, if it would name nothing at all."""
    count = len(origin)
    named: dict[str, pl.Series] = {}
    for kind in KINDS:
        share = {name: one.names.get(kind, 0.0) for name, one in scenario.origins.items()}
        wanted = generator.random(count) < np.array([share[name] for name in origin], dtype=np.float64)
        known = subjects.get(kind, pl.repeat(None, count, dtype=pl.String, eager=True))
        named[kind] = pl.select(pl.when(pl.Series(wanted)).then(known)).to_series()
    nothing = pl.DataFrame(named).select(pl.all_horizontal(pl.all().is_null())).to_series()
    for kind in ("party", "vessel"):
        named[kind] = pl.select(pl.when(nothing).then(subjects[kind]).otherwise(named[kind])).to_series()
    return named
