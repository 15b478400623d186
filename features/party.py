"""Family `party`: who stands behind a consignment, what they declared before, and what is new or unlike about it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from features.asked import Asked
from features.asof import Aggregate, history, visible_rows, visible_version, windows
from features.catalogue import Evidence, Family, Indicator
from features.evidence import SHOWN_FINDINGS, as_evidence, the_consignment
from features.options import Options
from features.tables import Tables
from features.trading import declare_trading, trading

UNLIKELY_ADDRESSES = ("residential", "po_box")
CROWDED = 5  # from so many importers on an address is called crowded
_STATED = ("incorporated_on", "address", "address_kind", "roles", "trusted")


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below and in features/trading.py."""
    return pl.concat([_parties(asked), trading(asked)], how="horizontal")


def _parties(asked: Asked) -> pl.DataFrame:
    """What the table of parties says of importer and declarant; null where it does not know them."""
    importer = _party(asked, "importer_id", _STATED)
    declarant = _party(asked, "declarant_id", ("trusted",))
    roles = pl.col("roles")
    forwards = roles.list.contains("forwarder") & roles.list.contains("importer").not_()
    # A date of incorporation after the cut-off is kept as a negative age: a slip or a firm that trades before it
    # exists, and both are worth a look.
    age = (asked.questions["cutoff"].dt.date() - importer["incorporated_on"]).dt.total_days()
    return importer.select(
        importer_is_trusted="trusted",
        importer_authorisation=_authorisation("trusted"),
        declarant_is_trusted=declarant["trusted"],
        declarant_authorisation=declarant.select(_authorisation("trusted")).to_series(),
        importer_address_is_unlikely=pl.col("address_kind").is_in(UNLIKELY_ADDRESSES),
        importer_address_kind="address_kind",
        importer_is_forwarder=pl.when(roles.list.len() > 0).then(forwards),
        importer_roles=roles.list.sort().list.join(", "),
        importer_age_days=age.cast(pl.Float64),
        importer_incorporated_on=pl.col("incorporated_on").dt.to_string("%Y-%m-%d"),
        importers_at_address=_importers_at_address(asked, importer["address"]),
        importer_address="address",
    )


def _authorisation(trusted: str) -> pl.Expr:
    status = {True: "is authorised", False: "is not authorised"}
    return pl.col(trusted).replace_strict(status, return_dtype=pl.String)


def _party(asked: Asked, role: str, columns: Sequence[str]) -> pl.DataFrame:
    """Per question the columns of the party in a role, as visible at the cut-off."""
    questions = asked.questions.with_columns(asked.consignment[role])
    return visible_version(asked.tables["party"], ["party_id"], questions, {role: "party_id"}, columns)


def _importers_at_address(asked: Asked, address: pl.Series) -> pl.Series:
    """How many importers the table of parties has at the address; the consignment's own is one whatever its roles."""
    # The windows leave out what belongs to the question's own unit, which is the importer here.
    questions = asked.questions.select("cutoff", consignment_id=asked.consignment["importer_id"], address=address)
    others = windows(_importers(asked.tables), questions, ["address"], {"n": Aggregate("count")}, [None])
    return others["n_all"] + 1


def _importers(tables: Tables) -> pl.DataFrame:
    """The history of parties that may import: by their roles, or because none is stated."""

    def make() -> pl.DataFrame:
        spans = history(tables["party"], ["party_id"], "party_id", ["address", "roles", "use"])
        return spans.filter(_may_import())

    return tables.derived("importers", make)


def _may_import() -> pl.Expr:
    roles = pl.col("roles")
    return roles.is_null() | (roles.list.len() == 0) | roles.list.contains("importer")


def _row_of(role: str) -> Evidence:
    """Evidence: the consignment and the row of the party in a role."""

    def fetch(asked: Asked, options: Options) -> pl.DataFrame:
        row = _party(asked, role, ["known_at", "use"])
        found = asked.questions.with_row_index("question").hstack(row).with_columns(party_id=asked.consignment[role])
        party = as_evidence(found.filter(pl.col("known_at").is_not_null()), "party", ["party_id"])
        return pl.concat([the_consignment(asked, options), party])

    return fetch


def _importers_there(asked: Asked, options: Options) -> pl.DataFrame:
    """Evidence: the consignment, its importer's row, and the first few other importers at the address."""
    address = _party(asked, "importer_id", ["address"])
    others = visible_rows(
        asked.tables["party"], ["party_id"], asked.questions.hstack(address), ["address"], ["roles", "use"]
    )
    own = asked.consignment["importer_id"][others["question"]]
    shown = (
        others.filter(_may_import() & (pl.col("party_id") != own))
        .group_by("question", maintain_order=True)
        .head(SHOWN_FINDINGS)
    )
    return pl.concat([_row_of("importer_id")(asked, options), as_evidence(shown, "party", ["party_id"])])


def declare(options: Options) -> Sequence[Indicator]:
    """All indicators of the family; they serve every scheme."""
    return [*_identities(), *_addresses(), *declare_trading()]


def _identities() -> list[Indicator]:
    indicator = partial(Indicator, reads=("consignment", "party"))
    yes_no = partial(indicator, unit="yes/no", kind="boolean")
    of_importer = _row_of("importer_id")
    trusted = [
        yes_no(
            name=f"{role}_is_trusted",
            meaning=f"Whether the {role} is an authorised economic operator at the cut-off.",
            officer=f"The {role} {{{role}_authorisation}} as an economic operator.",
            check="Look the authorisation up in the register of operators.",
            evidence=_row_of(f"{role}_id"),
            direction=-1,
            compared=(f"{role}_authorisation",),
            code="XC-06",
        )
        for role in ("importer", "declarant")
    ]
    return [
        *trusted,
        yes_no(
            name="importer_is_forwarder",
            meaning="Whether the importer is registered as a forwarder and not as an importer.",
            officer="The consignee's registered roles: {importer_roles}.",
            check="Ask for whom the goods are and where they go from the consignee.",
            evidence=of_importer,
            direction=1,
            compared=("importer_roles",),
            code="BD-23",
        ),
        indicator(
            name="importer_age_days",
            meaning="Days from the importer's incorporation to the cut-off; negative where it is dated after it.",
            unit="days",
            officer="The importer was incorporated on {importer_incorporated_on}, {value:,.0f} days before this list.",
            check="Look the firm up in the commercial register.",
            evidence=of_importer,
            compared=("importer_incorporated_on",),
        ),
    ]


def _addresses() -> list[Indicator]:
    indicator = partial(Indicator, reads=("consignment", "party"), direction=1)
    return [
        indicator(
            name="importers_at_address",
            meaning="Number of importers registered at the importer's address, itself included; a party without stated "
            "roles counts as an importer.",
            unit="importers",
            officer="{value:.0f} importers, this one included, at {importer_address}.",
            check=f"Above {CROWDED}, visit the address or ask for a lease.",
            evidence=_importers_there,
            compared=("importer_address",),
            code="BD-21",
        ),
        indicator(
            name="importer_address_is_unlikely",
            meaning="Whether the importer's address is a dwelling or a post-office box.",
            unit="yes/no",
            kind="boolean",
            officer="The importer's address is of the kind {importer_address_kind}: {importer_address}.",
            check="Ask where the goods are stored and who receives them.",
            evidence=_row_of("importer_id"),
            compared=("importer_address_kind", "importer_address"),
            code="BD-22",
        ),
    ]


FAMILY = Family(
    name="party",
    about="Who stands behind a consignment, what they declared before, and what is new or unlike about it.",
    compute=compute,
    declare=declare,
)
