"""The table party: what the register says of every firm, in versions, as it becomes known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, HOUR, SECOND, Span, in_seconds
from pipeline.world.firms.addresses import firm_addresses
from pipeline.world.firms.firms import Firms, LaneOfFirms
from pipeline.world.randomness import Booleans, between, stream
from pipeline.world.scenario.firms import FirmsOfWorld, Sign

# A second role that goes with the first, where a firm has two.
SECOND_ROLE = {
    "importer": "exporter",
    "exporter": "importer",
    "declarant": "forwarder",
    "carrier": "operator",
    "forwarder": "declarant",
    "owner": "operator",
}
OPTIONAL = ("incorporated_on", "activity", "address", "address_kind", "roles", "trusted")


def party_table(
    seed: int, scenario: FirmsOfWorld, lanes: Mapping[str, LaneOfFirms], firms: Firms, span: Span
) -> pl.DataFrame:
    """The versions of the table party; what becomes known after the end of the span is left in.

    Columns: party_id, name, country, incorporated_on, activity, address, address_kind, roles, trusted, known_at
    (microseconds). The first version says how the firm was first listed; later ones change its address, the writing of
    its name, or its authorisation as a trusted trader, each at most once.
    """
    listed = pl.concat(
        [
            firms.rows.select("party_id", "country", incorporated_on=_day(pl.col("founded"))),
            pl.DataFrame({"known_at": first_known(seed, scenario, firms, span)}),
            _names(stream(seed, "party", 1), scenario, firms),
            pl.DataFrame({"activity": _activities(stream(seed, "party", 2), scenario, lanes, firms)}),
            pl.DataFrame({"roles": _roles(stream(seed, "party", 3), scenario, firms)}),
            *_places(stream(seed, "party", 4), scenario, firms),
            _trust(stream(seed, "party", 5), scenario, firms),
        ],
        how="horizontal",
    )
    listed = _with_changes(stream(seed, "party", 6), listed, span)
    listed = _with_gaps(stream(seed, "party", 7), scenario, listed)
    return _versions(listed)


def first_known(seed: int, scenario: FirmsOfWorld, firms: Firms, span: Span) -> pl.Series:
    """When each firm becomes known (microseconds), never before the day after it was founded.

    Firms that begin to trade within the span become known about then, some only after their first declarations.
    """
    generator, listing, rows = stream(seed, "party", 0), scenario.listing, firms.rows
    count, begins = rows.height, rows["active_from"].to_numpy()
    before = span.start - in_seconds(between(generator, listing.known_before_days, count), DAY)
    early = begins - in_seconds(between(generator, listing.known_early_days, count), DAY)
    late = begins + HOUR + in_seconds(generator.exponential(listing.known_late_days, count), DAY)
    about = np.where(shows(generator, listing.known_late, rows), late, early)
    known = np.where(begins > span.start, about, before)
    return pl.Series("known_at", np.maximum(known, rows["founded"].to_numpy() + DAY))


def shows(generator: np.random.Generator, sign: Sign, rows: pl.DataFrame) -> Booleans:
    """Which firms show a sign, by what they are."""
    share = pl.when("shell").then(sign.shell).when("rogue").then(sign.rogue).otherwise(sign.honest)
    return np.asarray(generator.random(rows.height) < rows.select(share).to_series().to_numpy())


def _day(instant: pl.Expr) -> pl.Expr:
    return (instant // DAY).cast(pl.Int32).cast(pl.Date)


def _names(generator: np.random.Generator, scenario: FirmsOfWorld, firms: Firms) -> pl.DataFrame:
    """name as first listed and new_name, which corrects it: Latin where it was not, else spelled otherwise."""
    drawn, listing = generator.random(firms.rows.height), scenario.listing
    native = pl.Series(drawn < listing.other_script)
    otherwise = pl.Series(drawn >= 1 - listing.other_spelling)
    return firms.rows.select(
        name=pl.when(native).then("name_native").when(otherwise).then("name_other").otherwise("name"),
        new_name=pl.when(native | otherwise).then("name").otherwise("name_other"),
    )


def _activities(
    generator: np.random.Generator, scenario: FirmsOfWorld, lanes: Mapping[str, LaneOfFirms], firms: Firms
) -> pl.Series:
    """The activity code of each firm: of its own trade, or of another where it strays."""
    of_roles = scenario.listing.activities
    codes = [code for lane in lanes.values() for code in lane["activities"]]
    every = list(dict.fromkeys([*codes, *(code for own in of_roles.values() for code in own)]))
    stray = shows(generator, scenario.listing.stray_activity, firms.rows)
    drawn = generator.random(firms.rows.height)
    told = np.empty(firms.rows.height, dtype=object)
    for (lane, role), group in firms.rows.group_by("lane", "role", maintain_order=True):
        own = [code for name, fits in of_roles.items() if name == role for code in fits]
        own = own or list(lanes[str(lane)]["activities"])
        others = [code for code in every if code not in own] or own
        party = group["party"].to_numpy()
        for codes, mine in ((own, party[~stray[party]]), (others, party[stray[party]])):
            told[mine] = np.array(codes, dtype=object)[(drawn[mine] * len(codes)).astype(np.int64)]
    return pl.Series("activity", told.tolist(), dtype=pl.String)


def _roles(generator: np.random.Generator, scenario: FirmsOfWorld, firms: Firms) -> pl.Series:
    """The listed roles of each firm; some importers are listed as forwarders alone."""
    rows = firms.rows
    alone = shows(generator, scenario.listing.only_forwarder, rows) & (rows["role"] == "importer").to_numpy()
    two = generator.random(rows.height) < scenario.listing.second_role
    second = pl.when(pl.Series(two)).then(pl.col("role").replace_strict(SECOND_ROLE, return_dtype=pl.String))
    roles = pl.concat_list("role", second).list.drop_nulls().list.sort()
    forwarder = pl.lit(["forwarder"], dtype=pl.List(pl.String))
    return rows.select(roles=pl.when(pl.Series(alone)).then(forwarder).otherwise(roles)).to_series()


def _places(generator: np.random.Generator, scenario: FirmsOfWorld, firms: Firms) -> tuple[pl.DataFrame, pl.DataFrame]:
    """address, address_kind; and new_address, new_kind, will_move of those who move within the span."""
    listing, rows = scenario.listing, firms.rows

    def drawn() -> pl.DataFrame:
        shared = shows(generator, listing.shared_address, rows)
        unlikely = shows(generator, listing.unlikely_address, rows)
        return firm_addresses(generator, scenario, rows["country"], shared, unlikely)

    first, second = drawn(), drawn().rename({"address": "new_address", "address_kind": "new_kind"})
    return first, second.with_columns(will_move=pl.Series(shows(generator, listing.moved, rows)))


def _trust(generator: np.random.Generator, scenario: FirmsOfWorld, firms: Firms) -> pl.DataFrame:
    """trusted, will_turn (it is granted or lost within the span), will_rename. Only the honest are granted it."""
    listing, count = scenario.listing, firms.rows.height
    trusted = shows(generator, listing.trusted, firms.rows)
    granted = ~firms.rows["rogue"].to_numpy() & (generator.random(count) < listing.trust_granted)
    lost = generator.random(count) < listing.trust_lost
    turns, renames = np.where(trusted, lost, granted), generator.random(count) < listing.renamed
    return pl.DataFrame({"trusted": trusted, "will_turn": turns, "will_rename": renames})


def _with_changes(generator: np.random.Generator, listed: pl.DataFrame, span: Span) -> pl.DataFrame:
    """moves, renames, turns: the instant of each change within the span and after the first version, or null."""
    begins = np.maximum(listed["known_at"].to_numpy(), span.start) + SECOND
    rest = (span.end - begins) / DAY

    def instants(will: str) -> pl.Series:
        drawn = begins + in_seconds(generator.random(listed.height) * rest, DAY)
        return pl.Series(drawn).set(pl.Series(rest <= 0) | ~listed[will], None)

    return listed.with_columns(
        moves=instants("will_move"), renames=instants("will_rename"), turns=instants("will_turn")
    )


def _with_gaps(generator: np.random.Generator, scenario: FirmsOfWorld, listed: pl.DataFrame) -> pl.DataFrame:
    """Empties a share of the optional cells, for all versions of a firm alike."""
    empty = generator.random((listed.height, len(OPTIONAL))) < scenario.listing.missing
    gaps = {name: pl.Series(empty[:, place]) for place, name in enumerate(OPTIONAL)}
    pairs = {**gaps, "new_address": gaps["address"], "new_kind": gaps["address_kind"]}
    return listed.with_columns(pl.when(~gap).then(name).alias(name) for name, gap in pairs.items())


def _versions(listed: pl.DataFrame) -> pl.DataFrame:
    """A row per firm and instant at which anything of it changes, with all that holds by then."""
    instants = [listed.with_columns(at=pl.col(name)) for name in ("known_at", "moves", "renames", "turns")]
    rows = pl.concat(instants).filter(pl.col("at").is_not_null()).unique(["party_id", "at"])

    def by_then(change: str) -> pl.Expr:
        return (pl.col(change) <= pl.col("at")).fill_null(False)

    return rows.select(
        "party_id",
        "country",
        "incorporated_on",
        "activity",
        "roles",
        name=pl.when(by_then("renames")).then("new_name").otherwise("name"),
        address=pl.when(by_then("moves")).then("new_address").otherwise("address"),
        address_kind=pl.when(by_then("moves")).then("new_kind").otherwise("address_kind"),
        trusted=pl.col("trusted") ^ by_then("turns"),
        known_at="at",
    ).sort("party_id", "known_at")
