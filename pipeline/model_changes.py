"""The verbs `runs` and `compare`: what the models of a home are, and in what two of them differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import against, evaluations, registry


@dataclass(frozen=True)
class Run:
    """A model of a home with its roles; `metrics` by scheme, `untrained` says why a scheme has none."""

    name: str
    as_of: str
    roles: list[str]
    metrics: dict[str, dict[str, Any]]
    untrained: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """Two models: what differs by name, as told of the first and of the second, and the measures of both.

    `columns` holds per scheme what the second has more, has fewer, and has otherwise; `head_to_head` per scheme, as
    against.paired, where the second is the challenger."""

    one: Run
    other: Run
    parameters: dict[str, tuple[str, str]]
    columns: dict[str, dict[str, list[str]]]
    head_to_head: dict[str, dict[str, Any]]


def runs(home: Path) -> list[Run]:
    """All models of a home, by name, which begins with their cut-off."""
    return [run_of(home, name) for name in registry.names(home)]


def run_of(home: Path, name: str) -> Run:
    """One model of a home. Raises Usage for a name that is not one of this home's."""
    manifest = registry.manifest(home, name)
    return Run(
        name=name,
        as_of=manifest["as_of"],
        roles=registry.roles(home, name),
        metrics={scheme: record["metrics"] for scheme, record in manifest["schemes"].items()},
        untrained={scheme: record["reason"] for scheme, record in manifest["untrained"].items()},
    )


def compare(home: Path, one: str, other: str, seed: int) -> Comparison:
    """Two models side by side. The head to head is the one kept where one was trained as challenger of the other, else
    it is taken on the rows that both trainings judged. Raises Usage for an unknown name."""
    manifests = [registry.manifest(home, name) for name in (one, other)]
    first, second = (_parameters(home, name, manifest) for name, manifest in zip((one, other), manifests, strict=True))
    parameters = {
        name: (first.get(name, "not recorded"), second.get(name, "not recorded"))
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    }
    schemes = sorted(manifests[0]["schemes"].keys() & manifests[1]["schemes"].keys())
    return Comparison(
        one=run_of(home, one),
        other=run_of(home, other),
        parameters=parameters,
        columns={scheme: _columns(*(manifest["schemes"][scheme] for manifest in manifests)) for scheme in schemes},
        head_to_head={scheme: _head_to_head(home, one, other, scheme, seed) for scheme in schemes},
    )


def _parameters(home: Path, name: str, manifest: dict[str, Any]) -> dict[str, str]:
    """What a model was trained with, as text; of a model whose evaluation is not kept, what its bundle says."""
    training = evaluations.read(home, name, "training.json")
    told = {"as_of": manifest["as_of"], "feature dictionary": manifest["feature_fingerprint"]}
    told |= {"python": manifest["python"], **manifest["libraries"]}
    told |= {key: training[key] for key in ("configuration",) if key in training}
    told |= {f"code {key}": value for key, value in training.get("code", {}).items()}
    told |= {
        f"{table}: {key}": value for table, facts in training.get("inputs", {}).items() for key, value in facts.items()
    }
    told |= training.get("parameters", {})
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}


def _columns(one: dict[str, Any], other: dict[str, Any]) -> dict[str, list[str]]:
    before, after = ({column["name"]: column for column in record["spec"]["columns"]} for record in (one, other))
    return {
        "more": [name for name in after if name not in before],
        "fewer": [name for name in before if name not in after],
        "otherwise": [name for name in after if name in before and before[name] != after[name]],
    }


def _head_to_head(home: Path, one: str, other: str, scheme: str, seed: int) -> dict[str, Any]:
    kept = evaluations.read(home, other, "against_champion.json")
    if kept.get("champion") == one and scheme in kept["schemes"]:
        found: dict[str, Any] = kept["schemes"][scheme]
        return found
    both = against.in_both(evaluations.judged(home, other), evaluations.judged(home, one), scheme)
    return against.paired(both, against.BY_BOTH, seed)
