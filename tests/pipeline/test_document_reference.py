"""Reference files about papers: what ships, and what is told of a mistake in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.document_reference import DOCUMENT_RULES, PORT_GROUPS, SPECIES_HS
from pipeline.document_reference import document_rules, port_groups, species_hs
from pipeline.errors import Usage
from pipeline.options import catalogue_of, rules_of
from pipeline.settings import Settings, load_settings

RULE_COLUMNS = ",".join(DOCUMENT_RULES)


def settings_with(place: Path, name: str, text: str) -> Settings:
    (place / "reference").mkdir()
    (place / "reference" / name).write_text(text, encoding="utf-8")
    return load_settings([place])


def rule_line(**cells: str) -> str:
    filled = {"rule": "a-rule", "kind": "export_entry", "legal_basis": "law", "source": "assumed", **cells}
    return ",".join(filled.get(name, "") for name in DOCUMENT_RULES)


def test_the_shipped_files_hold() -> None:
    settings = load_settings()
    rules = document_rules(settings)
    assert rules.schema == DOCUMENT_RULES
    assert rules["rule"].n_unique() == 11
    assert port_groups(settings).schema == PORT_GROUPS
    assert species_hs(settings).schema == SPECIES_HS
    assert dict(port_groups(settings).select("unlocode", "group").rows())["RUFIP"] == "vladivostok"


def test_a_rule_without_territory_is_kept_and_the_union_is_its_members_of_the_day() -> None:
    rules = document_rules(load_settings())
    assert rules.filter(rule="ccamlr-toothfish")["territory"].to_list() == [[]]
    of_union = rules.filter(rule="eu-catch-certificate-2010")

    def holds(country: str, day: date) -> bool:
        begins, ends = pl.col("valid_from"), pl.col("valid_to")
        return of_union.filter(pl.col("territory").list.contains(country), begins <= day, day < ends).height == 1

    assert [holds("HR", date(2012, 1, 1)), holds("HR", date(2014, 1, 1))] == [False, True]
    assert [holds("GB", date(2019, 1, 1)), holds("GB", date(2021, 1, 1))] == [True, False]
    assert holds("FR", date(2019, 1, 1))
    assert not holds("EU", date(2019, 1, 1))


def test_an_administration_brings_its_own_rules(tmp_path: Path) -> None:
    line = rule_line(species="KCD|CRQ", route="RU>JP|KR>JP", accepted_forms="original", valid_from="2024-01-01")
    rule = document_rules(settings_with(tmp_path, "document_rules.csv", f"{RULE_COLUMNS}\n{line}\n")).row(0, named=True)
    assert rule["species"] == ["KCD", "CRQ"]
    assert rule["route"] == ["RU>JP", "KR>JP"]
    assert rule["origin"] == []
    assert (rule["valid_from"], rule["valid_to"]) == (date(2024, 1, 1), None)


def test_an_empty_file_is_no_rule(tmp_path: Path) -> None:
    assert document_rules(settings_with(tmp_path, "document_rules.csv", f"{RULE_COLUMNS}\n")).height == 0


def test_every_mistake_is_told_with_its_line_and_reason(tmp_path: Path) -> None:
    lines = [
        rule_line(species="KCD|crab", kind="passport", territory="Japan"),
        rule_line(rule="b", hs_prefix="030", route="RU-JP", valid_from="2024-13-01", accepted_forms="fax"),
        rule_line(rule="b", valid_from="2024-02-01", valid_to="2024-02-01", legal_basis=""),
        rule_line(rule="c", substitutes="export_entry|invoice"),
    ]
    with pytest.raises(Usage) as error:
        document_rules(settings_with(tmp_path, "document_rules.csv", "\n".join([RULE_COLUMNS, *lines])))
    text = str(error.value)
    for part in (
        "document_rules.csv holds mistakes:",
        "line 2: needed species of three capital letters in species, found 'crab'; correct it",
        "line 2: needed countries of two capital letters, or EU in territory, found 'Japan'",
        "line 2: needed one of export_entry, harbour_clearance,",
        "line 3: needed 2, 4 or 6 digits in hs_prefix, found '030'",
        "line 3: needed pairs of countries as RU>JP in route, found 'RU-JP'",
        "line 3: needed a day as 2024-12-31 in valid_from, found '2024-13-01'",
        "in accepted_forms, found 'fax'",
        "line 4: needed legal_basis, found an empty cell; fill it",
        "line 4: needed one row of the same rule, found another in line 3; leave one out",
        "line 4: needed valid_to after valid_from, found 2024-02-01 and 2024-02-01",
        "line 5: needed substitutes other than the kind itself, found 'export_entry'; leave it out",
    ):
        assert part in text, text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("port_groups.csv", "group,unlocode\na,RUVVO\nb,RUVVO\n", "line 3: needed one row of the same unlocode"),
        ("port_groups.csv", "group,unlocode\na,RUVV\n", "line 2: needed a UN/LOCODE of five letters and digits"),
        ("port_groups.csv", "group\na\n", "needed the columns group, unlocode in .*port_groups.csv, found"),
        (
            "species_hs.csv",
            "species,scientific_name,english_name,product_form,hs6,exclusive\nKCD,,,frozen,30614,perhaps\n",
            "line 2: needed six digits in hs6, found '30614'; correct it\n.*line 2: needed one of yes, no in "
            "exclusive, found 'perhaps'; correct it\n.*line 2: needed a scientific or an English name, found neither",
        ),
        (
            "territories.csv",
            "territory,country,valid_from,valid_to\nEU,XX,2020-01-01,2019-01-01\n",
            "territories.csv holds mistakes:\n.*line 2: needed valid_to after valid_from, found 2019-01-01",
        ),
    ],
)
def test_a_mistake_in_another_file_is_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    settings = settings_with(tmp_path, name, text)
    with pytest.raises(Usage, match=message):
        {"port_groups.csv": port_groups, "species_hs.csv": species_hs, "territories.csv": document_rules}[name](
            settings
        )


def test_the_shipped_rules_of_officers_rest_on_the_family_and_refer_a_banned_paper() -> None:
    settings = load_settings()
    assert catalogue_of(settings)
    rules = rules_of(settings)
    assert rules["banned-paper-on-ruled-route"].mandatory
    assert rules["banned-paper-on-ruled-route"].when == "banned_kind_presented"
