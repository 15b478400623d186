"""Bundles: equal after a trip through the disk, whole or absent, and refused with every difference named."""

import json
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from pydantic import ValidationError

import models.bundle
from models.bundle import BundleMismatch, load, save
from models.learner import LearnerParams, raw_scores
from models.matrix import Column, MatrixMismatch, MatrixSpec, conform
from models.training import NotTrainable, TrainingParams, train_scheme

AS_OF = datetime(2024, 6, 1, 20, tzinfo=UTC)
PARAMS = TrainingParams(learner=LearnerParams(rounds=30, early_stopping=5, negative_share=0.7), maturity_days=2)
REFUSED = NotTrainable("too few", {"rows": 3, "positives": 0, "negatives": 3})


@pytest.fixture(scope="module")
def trained(table_of):
    table = table_of(800, seed=9)
    return train_scheme(table.frame, table.labels, table.when, table.columns, PARAMS)


def keep(path, trained):
    return save(path, {"marine": trained, "brand": REFUSED}, name="m1", as_of=AS_OF, feature_fingerprint="f00")


@pytest.fixture
def path(tmp_path, trained):
    keep(tmp_path / "m1", trained)
    return tmp_path / "m1"


def test_load_predicts_bit_for_bit_what_was_trained(path, trained, small):
    bundle = load(path)
    frame = conform(small.frame, trained.spec).frame
    expected = trained.calibration.probabilities(raw_scores(trained.booster, frame, trained.spec))
    assert np.array_equal(bundle.predict("marine", small.frame), expected)
    assert bundle.scheme("marine").calibration == trained.calibration
    assert bundle.scheme("marine").metrics == trained.metrics


def test_contributions_add_up_to_the_log_odds_of_the_prediction(path, small):
    bundle = load(path)
    explained = bundle.contributions("marine", small.frame)
    p = bundle.predict("marine", small.frame)
    assert np.abs(explained.base + explained.values.sum(axis=1) - np.log(p / (1 - p))).max() < 1e-9


def test_bundle_looks_past_what_its_training_left_out(tmp_path, table_of, small):
    params = PARAMS.model_copy(update={"leave_out": ("age_days",)})
    table = table_of(800, seed=9)
    trained = train_scheme(table.frame, table.labels, table.when, table.columns, params)
    keep(tmp_path / "m1", trained)
    bundle = load(tmp_path / "m1", expect={"marine": small.columns})
    narrow = small.frame.drop(columns="age_days")
    load(tmp_path / "m1", expect={"marine": [column for column in small.columns if column.name != "age_days"]})
    assert np.array_equal(bundle.predict("marine", small.frame), bundle.predict("marine", narrow))
    assert bundle.contributions("marine", small.frame).values.shape == (len(narrow), 4)
    with pytest.raises(BundleMismatch, match="scheme marine: column surplus is not known"):
        load(tmp_path / "m1", expect={"marine": [*small.columns, Column(name="surplus", kind="number")]})
    with pytest.raises(MatrixMismatch, match="column surplus is not known"):
        bundle.predict("marine", small.frame.assign(surplus=1.0))


def test_bundle_says_what_it_holds(path):
    bundle = load(path, feature_fingerprint="f00")
    assert (bundle.name, bundle.as_of, bundle.feature_fingerprint) == ("m1", AS_OF, "f00")
    assert bundle.schemes == ["marine"]
    assert bundle.untrained == {"brand": "too few"}
    with pytest.raises(KeyError, match="the bundle m1 has marine"):
        bundle.predict("brand", None)


def test_save_twice_is_equal_to_the_byte_also_in_another_zone(path, tmp_path, trained):
    zone = AS_OF.astimezone(timezone(timedelta(hours=9)))
    schemes = {"brand": REFUSED, "marine": trained}
    other = save(tmp_path / "other", schemes, name="m1", as_of=zone, feature_fingerprint="f00")
    for file in sorted(path.iterdir()):
        assert (tmp_path / "other" / file.name).read_bytes() == file.read_bytes()
    assert other.fingerprint == load(path).fingerprint
    assert sorted(file.name for file in path.iterdir()) == ["bundle.json", "marine.lgb.txt"]
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["m1", "other"]


def test_saved_again_after_loading_nothing_names_this_machine(path, tmp_path):
    for file in path.iterdir():
        assert str(tmp_path) not in file.read_text()


def test_save_interrupted_leaves_nothing(tmp_path, trained, monkeypatch):
    def fail(file, text):
        if file.name == "bundle.json":
            raise OSError("disk full")
        file.write_bytes(text)

    monkeypatch.setattr(models.bundle, "_write", fail)
    with pytest.raises(OSError, match="disk full"):
        keep(tmp_path / "m1", trained)
    assert list(tmp_path.iterdir()) == []


def test_save_refuses_a_place_that_is_taken(path, trained):
    with pytest.raises(FileExistsError, match=r"Found that m1 exists\. Choose another name"):
        keep(path, trained)


def test_save_refuses_names_and_times_that_cannot_stand(tmp_path):
    with pytest.raises(ValueError, match=r"Found '\.\./x', 'Marine'\. Rename them"):
        save(tmp_path / "m", {"../x": REFUSED, "Marine": REFUSED}, name="m", as_of=AS_OF, feature_fingerprint="f")
    with pytest.raises(ValidationError, match="as_of"):
        save(tmp_path / "m", {}, name="m", as_of=AS_OF.replace(tzinfo=None), feature_fingerprint="f")


def test_predict_refuses_a_matrix_that_differs(path, small):
    with pytest.raises(MatrixMismatch, match="column origin is missing"):
        load(path).predict("marine", small.frame.drop(columns="origin"))


def test_load_lists_every_difference_at_once(path, small):
    manifest = json.loads((path / "bundle.json").read_text())
    manifest["libraries"]["lightgbm"] = "3.0.0"
    manifest["python"] = "2.7.1"
    (path / "bundle.json").write_text(json.dumps(manifest))
    with (path / "marine.lgb.txt").open("a") as model:
        model.write("\n")
    spec = small.spec
    columns = [*spec.columns[1:], Column(name="surplus", kind="number")]
    given = MatrixSpec(columns=columns, categories={"origin": ("CN", "XX")})
    with pytest.raises(BundleMismatch) as caught:
        load(path, expect={"marine": given}, feature_fingerprint="f01", fingerprint="abc")
    text = str(caught.value)
    for difference in (
        "file marine.lgb.txt was altered",
        "python is ",
        "where 2.7.1 is needed",
        "lightgbm is ",
        "where 3.0.0 is needed",
        "scheme marine: column price_gap is missing",
        "scheme marine: column surplus is not known",
        "column origin lacks the categories ['JP', 'RU', 'VN'] and has the unknown categories ['XX']",
        "the feature dictionary is f01 where f00 is needed",
        "where abc is needed",
        "Found 8 differences",
        "Install the locked requirements",
    ):
        assert difference in text
    assert len(caught.value.differences) == 8


def test_load_compares_columns_in_names_order_and_kind(path, small):
    load(path, expect={"marine": small.columns, "unheard": ()})
    turned = [small.columns[1], small.columns[0], *small.columns[2:4], Column(name="origin", kind="number")]
    with pytest.raises(BundleMismatch, match="the order differs from place 1 on: age_days stands where price_gap") as e:
        load(path, expect={"marine": turned})
    assert "column origin is number where category is needed" in str(e.value)


def test_load_names_a_missing_file_and_a_broken_manifest(path):
    (path / "marine.lgb.txt").unlink()
    with pytest.raises(BundleMismatch, match=r"file marine\.lgb\.txt is missing"):
        load(path)
    (path / "bundle.json").write_text('{"name": 3, "surplus": 1}')
    with pytest.raises(BundleMismatch, match=r"bundle\.json, name: .*bundle\.json, surplus"):
        load(path)
    (path / "bundle.json").write_text("{")
    with pytest.raises(BundleMismatch, match="Invalid JSON"):
        load(path)


def test_load_does_not_leave_the_folder(path):
    manifest = json.loads((path / "bundle.json").read_text())
    manifest["files"]["../m1/marine.lgb.txt"] = manifest["files"]["marine.lgb.txt"]
    (path / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleMismatch, match=r"file \.\./m1/marine\.lgb\.txt is missing"):
        load(path)


def test_load_without_a_bundle(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"A bundle is a folder with bundle\.json\. Found none at nothing"):
        load(tmp_path / "nothing")


def test_save_of_untrained_schemes_alone(tmp_path):
    bundle = save(tmp_path / "m0", {"brand": REFUSED}, name="m0", as_of=AS_OF, feature_fingerprint="f")
    assert bundle.schemes == []
    assert bundle.untrained == {"brand": "too few"}
