"""The verb `train`: learn each scheme from findings known at a cut-off, judge it out of time, register a bundle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features.asked import Asked
from features.tables import Tables
from models import bundle as bundles
from models.bundle import Bundle
from models.training import NotTrainable, TrainedScheme, train_scheme
from pipeline import evaluations, registry, tracking
from pipeline.against import against_champion
from pipeline.errors import Refused
from pipeline.house import House
from pipeline.inputs import Inputs
from pipeline.matrix import Matrix, training_matrix
from pipeline.novelty import beside
from pipeline.options import policy_of, training_of
from pipeline.runs import folder_name
from pipeline.score import matrix_of


@dataclass(frozen=True)
class Training:
    """A registered bundle, its role, the champion that it is held against, and how (against.against_champion)."""

    bundle: Bundle
    role: str
    stood: bool
    out_of_scope: dict[str, int]
    warnings: tuple[str, ...]
    champion: str | None
    against: dict[str, Any]


def train(house: House, until: datetime) -> Training:
    """Learns from findings known at `until` and mature by then, registers the bundle and logs it in MLflow.

    The same rows, settings and code give the same bundle under the same name. Raises InputsRefused, and Refused when
    no scheme can be learned.
    """
    inputs = house.read(until, "train")
    before = registry.alias(house.home, "champion")
    name = _name(house, until, inputs)
    matrix = training_matrix(house, inputs.tables, until)
    if name in registry.names(house.home):
        bundle, stood = registry.bundle_of(house.home, name, house.catalogue, house.settings), True
    else:
        bundle, stood = _learn(house, until, name, inputs, matrix), False
    role = registry.register(house.home, name)
    champion = None if before == name else before
    against = {} if champion is None else against_champion(house, name, champion, matrix)
    warnings = [str(violation) for violation in (*inputs.violations, *inputs.notices)]
    warnings += [f"{scheme} has no model: {why}" for scheme, why in bundle.untrained.items()]
    if fault := tracking.mirror(house.home, house.settings.tracking):
        warnings.append(fault)
    return Training(bundle, role, stood, matrix.out_of_scope, tuple(warnings), champion, against)


def _name(house: House, until: datetime, inputs: Inputs) -> str:
    """A name that says until when, and by a fingerprint what was learned from."""
    rests_on = [house.catalogue.fingerprint, house.settings.fingerprint, inputs.fingerprints()]
    digest = hashlib.sha256(json.dumps(rests_on, sort_keys=True).encode()).hexdigest()
    return f"{folder_name(until)}-{digest[:8]}"


def _learn(house: House, until: datetime, name: str, inputs: Inputs, matrix: Matrix) -> Bundle:
    learned = {scheme: learn_scheme(house, inputs.tables, matrix, scheme) for scheme in house.settings.schemes}
    missing = {scheme: result.reason for scheme, result in learned.items() if isinstance(result, NotTrainable)}
    if len(missing) == len(learned):
        raise Refused(
            "needed at least one scheme with enough findings to learn from, found none:\n"
            + "\n".join(f"  - {scheme}: {why}" for scheme, why in missing.items())
            + "\nTrain --until a later day, lower maturity_days or training.min_positives, or deliver more findings."
        )
    # The evaluation comes first: a model without one could be neither compared nor promoted.
    evaluations.write(house, name, until, inputs, learned, matrix)
    (house.home / "models").mkdir(parents=True, exist_ok=True)
    return bundles.save(
        house.home / "models" / name,
        learned,
        name=name,
        as_of=until,
        feature_fingerprint=house.catalogue.fingerprint,
    )


def learn_scheme(house: House, tables: Tables, matrix: Matrix, scheme: str) -> TrainedScheme | NotTrainable:
    """Trains one scheme on the rows of the matrix that have its label."""
    rows = matrix.of(scheme)
    return train_scheme(
        matrix_of(rows, house.catalogue, scheme),
        rows[f"label_{scheme}"].cast(int).to_numpy().astype(np.int64),
        rows["cutoff"].to_physical().to_numpy(),
        registry.columns_of(house.catalogue, house.settings)[scheme],
        training_of(house.settings, house.catalogue),
        groups=rows["consignment_id"].to_numpy(),
        label_known_at=rows[f"label_known_at_{scheme}"].to_physical().to_numpy(),
        beside=beside(Asked(tables, rows), policy_of(house.settings)),
    )
