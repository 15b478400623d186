"""Reference files about papers, as families read them: document rules, port groups, species to HS, checked by line."""

from __future__ import annotations

import polars as pl

from features.contract import load_contract
from features.document_reference import DOCUMENT_RULES, PORT_GROUPS, SPECIES_HS
from pipeline.reference_rows import DAY, TEXT, Row, backwards, checked_rows, matching, one_of, typed
from pipeline.settings import Settings, reference_file

_COUNTRY = "[A-Z]{2}"
_DOCUMENT = load_contract()["document"].columns
_KINDS, _FORMS = _DOCUMENT["kind"].allowed, _DOCUMENT["form"].allowed
_PRODUCT_FORMS = load_contract()["goods_item"].columns["product_form"].allowed
_SPECIES = "[A-Z]{3}"


def document_rules(settings: Settings) -> pl.DataFrame:
    """The rules, those of a territory of several countries as dated rows for its members.

    Columns of DOCUMENT_RULES. Raises Usage with every mistake and its line.
    """
    path = reference_file(settings.directories, "document_rules.csv")
    cells = {
        "rule": matching("a name of small letters, digits and dashes", "[a-z][a-z0-9-]*", filled=True),
        "species": matching("species of three capital letters", _SPECIES, listed=True),
        "hs_prefix": matching("2, 4 or 6 digits", "[0-9]{2}([0-9]{2}){0,2}", listed=True),
        "forms": one_of(_PRODUCT_FORMS, listed=True),
        "origin": matching("countries of two capital letters", _COUNTRY, listed=True),
        "flag": matching("countries of two capital letters", _COUNTRY, listed=True),
        "route": matching("pairs of countries as RU>JP", f"{_COUNTRY}>{_COUNTRY}", listed=True),
        "territory": matching("countries of two capital letters, or EU", _COUNTRY, listed=True),
        "kind": one_of(_KINDS, filled=True),
        "accepted_forms": one_of(_FORMS, listed=True),
        "substitutes": one_of(_KINDS, listed=True),
        "valid_from": DAY,
        "valid_to": DAY,
        "legal_basis": matching("words", ".+", filled=True),
        "source": matching("sources, assumed or definition", ".+", filled=True),
    }
    rows = typed(checked_rows(path, cells, ("rule",), _of_rule), DOCUMENT_RULES)
    return _by_members(rows, territories(settings))


def _of_rule(row: Row) -> list[str]:
    faults = backwards(row)
    if row["kind"] in (row["substitutes"] or "").split("|"):
        faults.append(f"needed substitutes other than the kind itself, found {row['kind']!r}; leave it out")
    return faults


def territories(settings: Settings) -> pl.DataFrame:
    """The members of territories that have several: territory, country, valid_from, valid_to."""
    path = reference_file(settings.directories, "territories.csv")
    cells = {
        "territory": matching("two capital letters", _COUNTRY, filled=True),
        "country": matching("a country of two capital letters", _COUNTRY, filled=True),
        "valid_from": DAY,
        "valid_to": DAY,
    }
    rows = checked_rows(path, cells, ("territory", "country", "valid_from"), backwards)
    day = pl.Date()
    return typed(rows, {"territory": pl.String(), "country": pl.String(), "valid_from": day, "valid_to": day})


def _by_members(rules: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Rules whose territory has members, a row per span of days with the same members; other rules as they are."""
    groups = members["territory"].unique().to_list()
    told = rules.with_row_index("order").explode("territory", empty_as_null=True)
    plain = told.filter(~pl.col("territory").is_in(groups).fill_null(False))
    joined = (
        told.filter(pl.col("territory").is_in(groups))
        .join(members, on="territory", suffix="_of_member")
        .with_columns(
            territory=pl.col("country"),
            valid_from=pl.max_horizontal("valid_from", "valid_from_of_member"),
            valid_to=pl.min_horizontal("valid_to", "valid_to_of_member"),
        )
        .filter(
            pl.col("valid_from").is_null() | pl.col("valid_to").is_null() | (pl.col("valid_from") < pl.col("valid_to"))
        )
        .select(plain.columns)
    )
    return (
        pl.concat([plain, joined])
        .group_by("order", "valid_from", "valid_to", maintain_order=True)
        .agg(pl.col("territory").drop_nulls().unique().sort(), pl.all().exclude("territory").first())
        .sort("order", "valid_from", "valid_to", nulls_last=False)
        .select(*DOCUMENT_RULES)
    )


def port_groups(settings: Settings) -> pl.DataFrame:
    """Which codes name one port: `group`, `unlocode`. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "port_groups.csv")
    cells = {
        "group": matching("a name", ".+", filled=True),
        "unlocode": matching("a UN/LOCODE of five letters and digits", f"{_COUNTRY}[A-Z2-9]{{3}}", filled=True),
    }
    return typed(checked_rows(path, cells, ("unlocode",)), PORT_GROUPS)


def species_hs(settings: Settings) -> pl.DataFrame:
    """Under which codes a species stands, by form. Raises Usage with every mistake and its line."""
    path = reference_file(settings.directories, "species_hs.csv")
    cells = {
        "species": matching("a species of three capital letters", _SPECIES, filled=True),
        "scientific_name": TEXT,
        "english_name": TEXT,
        "product_form": one_of(_PRODUCT_FORMS, filled=True),
        "hs6": matching("six digits", "[0-9]{6}", filled=True),
        "exclusive": one_of(("yes", "no"), filled=True),
    }
    rows = checked_rows(path, cells, ("species", "product_form", "hs6"), _of_species)
    return typed(rows, SPECIES_HS)


def _of_species(row: Row) -> list[str]:
    if row["scientific_name"] or row["english_name"]:
        return []
    return ["needed a scientific or an English name, found neither; give one"]
