"""MLflow as a mirror of a home: a run and a model version per bundle, and the aliases of champion and challenger.

The home is the truth: models are scored, promoted and compared where MLflow is absent or down. `mirror` makes MLflow
say what the home says, whatever was missed before. MLflow is imported inside it: that takes seconds.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline import evaluations, registry
from pipeline.runs import scratch
from pipeline.settings_parts import Tracking
from pipeline.tracking_uri import redacted

NAME = "tidewaiter"
BUNDLE, HOME = "tidewaiter.bundle", "tidewaiter.home"
_MOST_AT_ONCE = 500  # metrics of a batch; MLflow takes 1000


def mirror(home: Path, tracking: Tracking) -> str | None:
    """Logs every bundle of the home that MLflow lacks and gives its aliases to the bundles that have them at home.

    Returns None, or where the store failed the warning that says so; the home is left as it is in either case.
    """
    if tracking.off or not registry.names(home):
        return None
    uri = tracking.uri.get_secret_value() if tracking.uri else _own_store(home)
    try:
        with _silent():
            _Mirror(home, uri).bring_up_to_date()
    except Exception as error:  # whatever a store, a driver or a server raises, the models of the home stand
        return (
            "MLflow was not brought up to date: needed the store of tracking.uri, found "
            f"{_without_secrets(error, uri)}. The models stand in {home / 'models'}; {_mending(error)} and run "
            "`tidewaiter runs --log` with the same --home and --config, or set tracking.uri to off."
        )
    return None


def _mending(error: Exception) -> str:
    missing = isinstance(error, ModuleNotFoundError)
    return "install the store's driver (for PostgreSQL the extra tidewaiter[postgres])" if missing else "mend the store"


def _own_store(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{home.resolve() / 'mlflow.db'}"


def _without_secrets(error: Exception, uri: str) -> str:
    """The first line of an error without the password, however the driver repeats it."""
    told = (str(error).strip() or type(error).__name__).splitlines()[0]
    try:
        password = urlsplit(uri).password
    except ValueError:
        password = None
    for secret in filter(None, (uri, password, unquote(password or ""))):
        told = told.replace(secret, "***")
    return f"{type(error).__name__}: {redacted(told)}"


@contextmanager
def _silent() -> Iterator[None]:
    """MLflow without its chatter, without its reports of use to its makers, and without minutes of retries."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "alembic.runtime.migration")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


class _Mirror:
    """A home and a store. Only clients with an address of their own are used: a notebook's active run stays its own."""

    def __init__(self, home: Path, uri: str) -> None:
        from mlflow import MlflowClient

        self._home = home
        self._place = str(home.resolve())
        self._database = not uri.startswith("http")
        if self._database:
            _probe(uri)
        self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def bring_up_to_date(self) -> None:
        name, experiment = self._experiment()
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name, tags={HOME: self._place})
        found = self._client.search_model_versions(f"name = '{name}'")
        versions = {version.tags.get(BUNDLE): str(version.version) for version in found}
        for bundle in registry.names(self._home):
            if bundle not in versions:
                versions[bundle] = self._log(name, experiment, bundle)
        self._move_aliases(name, versions)

    def _experiment(self) -> tuple[str, str]:
        """The name and id of this home's experiment: `tidewaiter`, or where another home has that name in this store
        (or the home has moved, and with it its artifacts), `tidewaiter-` and a digest of the home's place."""
        own = f"{NAME}-{sha256(self._place.encode()).hexdigest()[:8]}"
        for name in (NAME, own):
            experiment = self._client.get_experiment_by_name(name)
            if experiment is None:
                # A server keeps artifacts where it was told to; beside a database the home keeps them.
                place = (self._home / "mlartifacts").resolve().as_uri() if self._database else None
                return name, str(self._client.create_experiment(name, place, tags={HOME: self._place}))
            if experiment.tags.get(HOME) == self._place:
                return name, str(experiment.experiment_id)
        raise ValueError(f"needed the experiment {own} to be of this home, found it without the tag {HOME}")

    def _log(self, name: str, experiment: str, bundle: str) -> str:
        """Logs a bundle as a run and a version of the registered model; a run that was broken off is taken out."""
        for run in self._client.search_runs([experiment], f"tags.`{BUNDLE}` = '{bundle}'"):
            self._client.delete_run(run.info.run_id)
        manifest = registry.manifest(self._home, bundle)
        training = evaluations.read(self._home, bundle, "training.json")
        tags = tags_of(bundle, manifest, training)
        run = self._client.create_run(experiment, run_name=bundle, tags=tags)
        run_id = run.info.run_id
        try:
            self._log_figures(run_id, manifest, training)
            self._log_files(run_id, bundle, list(manifest["schemes"]))
            made = self._client.create_model_version(
                name, f"{run.info.artifact_uri}/bundle", run_id=run_id, tags={BUNDLE: bundle}, await_creation_for=60
            )
        except BaseException:
            self._client.set_terminated(run_id, "FAILED")
            raise
        self._client.set_terminated(run_id, "FINISHED")
        return str(made.version)

    def _log_figures(self, run_id: str, manifest: Mapping[str, Any], training: Mapping[str, Any]) -> None:
        from mlflow.entities import Metric, Param

        told = {"as_of": manifest["as_of"]} | training.get("parameters", {})
        params = [Param(key, value if isinstance(value, str) else json.dumps(value)) for key, value in told.items()]
        self._client.log_batch(run_id, params=params)
        figures = {
            f"{scheme}/{name}": value
            for scheme, record in manifest["schemes"].items()
            for name, value in metrics_of(record["metrics"]).items()
        }
        metrics = [Metric(name, value, 0, 0) for name, value in figures.items()]
        for begin in range(0, len(metrics), _MOST_AT_ONCE):
            self._client.log_batch(run_id, metrics=metrics[begin : begin + _MOST_AT_ONCE])

    def _log_files(self, run_id: str, bundle: str, schemes: list[str]) -> None:
        self._client.log_artifacts(run_id, str(registry.model_folder(self._home, bundle)), "bundle")
        if (evaluation := evaluations.folder_of(self._home, bundle)).is_dir():
            self._client.log_artifacts(run_id, str(evaluation), "evaluation")
        with scratch(self._home) as draft:
            for scheme in schemes:
                _save_booster(registry.model_folder(self._home, bundle) / f"{scheme}.lgb.txt", draft / scheme)
            self._client.log_artifacts(run_id, str(draft), "boosters")

    def _move_aliases(self, name: str, versions: Mapping[str | None, str]) -> None:
        has = self._client.get_registered_model(name).aliases
        for role in ("champion", "challenger"):
            wanted = versions.get(registry.alias(self._home, role) or "")
            if wanted is None and role in has:
                self._client.delete_registered_model_alias(name, role)
            elif wanted is not None and str(has.get(role)) != wanted:
                self._client.set_registered_model_alias(name, role, wanted)


def _probe(uri: str) -> None:
    """Connects once: MLflow itself would try a database that is down for minutes."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    with engine.connect():
        pass
    engine.dispose()


def _save_booster(text: Path, folder: Path) -> None:
    """A LightGBM text model in MLflow's own flavour. Its requirements are stated, since MLflow would take seconds to
    infer them. Raises ValueError should that flavour ever write anything that has to be unpickled."""
    import lightgbm
    import mlflow.lightgbm

    pinned = [f"{library}=={version(library)}" for library in ("lightgbm", "numpy", "pandas", "scikit-learn")]
    mlflow.lightgbm.save_model(lightgbm.Booster(model_file=text), str(folder), pip_requirements=pinned)
    unknown = {path.suffix for path in folder.rglob("*")} - {"", ".lgb", ".yaml", ".txt"}
    if unknown or not (folder / "model.lgb").read_bytes().startswith(b"tree"):
        raise ValueError(
            f"needed a booster as LightGBM's own text, found {sorted(unknown)} in what mlflow {version('mlflow')} "
            "saved. Install the locked requirements."
        )


def tags_of(bundle: str, manifest: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, str]:
    """What a run is found by: its bundle, fingerprints of features, configuration and inputs, code, novelty flags."""
    inputs = training.get("inputs")
    tags = {
        BUNDLE: bundle,
        "tidewaiter.features": manifest["feature_fingerprint"],
        "tidewaiter.configuration": training.get("configuration"),
        "tidewaiter.inputs": inputs and sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest(),
        **{f"tidewaiter.code.{key}": value for key, value in training.get("code", {}).items()},
    }
    for scheme, record in manifest["schemes"].items():
        flags = (record["metrics"].get("novelty") or {}).get("flags", [])
        tags[f"novelty.{scheme}"] = " ".join(flags) if flags else "no flag"
    return {name: str(value) for name, value in tags.items() if value}


def metrics_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The figures of one scheme, flat: `auc`, `auc_low`, `auc_high`, `at_share_0.05/precision`, `new_goods/auc`, ...

    What is undefined is left out, since null is not zero.
    """
    found: dict[str, Any] = {name: metrics.get(name) for name in ("rows", "positives", "base_rate")}
    found |= _measures(metrics)
    points = {f"at_share_{share}": entry for share, entry in metrics.get("at_share", {}).items()}
    points["at_capacity"] = metrics.get("at_capacity") or {}
    for place, entry in points.items():
        for name in ("precision", "recall"):
            if figure := entry.get(name):
                found |= _with_limits(f"{place}/{name}", figure["expected"], figure.get("interval"))
    for key, report in (metrics.get("novelty") or {}).get("keys", {}).items():
        prefix = f"new_{key.replace(' ', '_')}"
        found[f"{prefix}/rows"] = report["new"]["rows"]
        found[f"{prefix}/positives"] = report["new"]["positives"]
        found |= {f"{prefix}/{name}": value for name, value in _measures(report["new"]).items()}
    return {name: float(value) for name, value in found.items() if value is not None}


def _measures(metrics: Mapping[str, Any]) -> dict[str, Any]:
    limits = metrics.get("intervals", {})
    found: dict[str, Any] = {}
    for name in ("auc", "average_precision", "brier", "calibration_error"):
        if metrics.get(name) is not None:
            found |= _with_limits(name, metrics[name], limits.get(name))
    return found


def _with_limits(name: str, value: Any, limits: list[float] | None) -> dict[str, Any]:
    return {name: value} | ({f"{name}_low": limits[0], f"{name}_high": limits[1]} if limits else {})
