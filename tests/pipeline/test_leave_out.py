"""A model that is not shown some indicators stands beside one that is: told, compared, ranked by, explained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from conftest import AS_OF, Demo, tidewaiter

from models.bundle import Bundle
from pipeline import registry
from pipeline.errors import Usage
from pipeline.options import catalogue_of, training_of
from pipeline.settings import Settings, load_settings


def with_training(place: Path, training: str) -> Settings:
    place.mkdir(exist_ok=True)
    (place / "params.yaml").write_text(f"training: {training}\n")
    return load_settings([place])


def test_a_family_is_spelled_out_as_its_indicators(tmp_path: Path) -> None:
    settings = with_training(tmp_path, "{leave_out: [price, invalid_container_count]}")
    catalogue = catalogue_of(settings)
    prices = {indicator.name for indicator in catalogue.declared("price")}
    assert set(training_of(settings, catalogue).leave_out) == {*prices, "invalid_container_count"}


def test_a_family_that_is_not_computed_may_be_left_out_too(tmp_path: Path) -> None:
    (tmp_path / "features.yaml").write_text("leave_out: [price]")
    settings = with_training(tmp_path, "{leave_out: [price]}")
    assert training_of(settings, catalogue_of(settings)).leave_out == ()


def test_names_that_nothing_bears_are_told_with_the_nearest(tmp_path: Path) -> None:
    settings = with_training(tmp_path, "{leave_out: [prize, invalid_container_counts]}")
    with pytest.raises(Usage) as error:
        catalogue_of(settings)
    start = "params.training.leave_out: needed indicators or families, found"
    assert f"{start} 'prize'; the nearest known key is 'price'" in str(error.value)
    assert f"{start} 'invalid_container_counts'; the nearest known key is 'invalid_container_count'" in str(error.value)


def test_what_is_left_out_cannot_bind_the_learner(tmp_path: Path) -> None:
    settings = with_training(
        tmp_path, "{leave_out: [invalid_container_count], learner: {monotone: [invalid_container_count]}}"
    )
    with pytest.raises(
        Usage, match=r"monotone: needed indicators that training\.leave_out leaves in, found invalid_container_count"
    ):
        catalogue_of(settings)


def test_something_must_be_left_to_learn_from(tmp_path: Path) -> None:
    families = [family.name for family in catalogue_of(load_settings()).families]
    with pytest.raises(Usage, match="needed an indicator to learn brand_diversion from, found that all are left out"):
        catalogue_of(with_training(tmp_path, f"{{leave_out: [{', '.join(families)}]}}"))


def test_a_home_holds_models_that_were_shown_different_indicators(demo: Demo, own_home: Path, tmp_path: Path) -> None:
    config = Path(shutil.copytree(demo.config, tmp_path / "config"))
    shown = (config / "params.yaml").read_text()
    (config / "params.yaml").write_text(shown.replace("training: {", "training: {leave_out: [declaration], "))
    where = ["--inputs", str(demo.inputs), "--home", str(own_home), "--config", str(config), "--warnings-ok"]
    trained = tidewaiter("train", "--until", "2024-11-30", *where)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    champion, challenger = (str(registry.alias(own_home, role)) for role in ("champion", "challenger"))
    against = json.loads((own_home / "evaluations" / challenger / "against_champion.json").read_text())
    assert all(found["rows"] > 0 for found in against["schemes"].values())

    settings = load_settings([demo.config])
    catalogue = catalogue_of(settings)
    hidden = {indicator.name for indicator in catalogue.declared("declaration")}
    full, without = (registry.bundle_of(own_home, name, catalogue, settings) for name in (champion, challenger))
    assert all(hidden & names_of(full, scheme) for scheme in full.schemes)
    assert not any(hidden & names_of(without, scheme) for scheme in without.schemes)

    # The house's present settings do not matter: the model knows what it was shown.
    ranked = tidewaiter(
        "rank", "--as-of", AS_OF, "--model", challenger, "--warnings-ok", *demo.arguments(home=own_home)
    )
    assert ranked.returncode == 0, ranked.stdout + ranked.stderr
    table = pl.read_parquet(own_home / "ranked/20241210T2000Z/ranked.parquet")
    reasons = table.explode("reasons").unnest("reasons", separator="_").drop_nulls("reasons_indicator")
    assert reasons.height > 0
    for scheme, indicator in reasons.select("reasons_scheme", "reasons_indicator").unique().iter_rows():
        assert indicator in names_of(without, scheme)


def names_of(bundle: Bundle, scheme: str) -> set[str]:
    return set(bundle.scheme(scheme).spec.names)
