"""The verb `promote`: a model becomes champion where it passes the gates; a former champion comes back without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.bundle import Bundle
from pipeline import against, evaluations, registry, tracking
from pipeline.errors import Refused
from pipeline.house import House


@dataclass(frozen=True)
class Promoted:
    """The champion, the one before it, whether it was champion already or before, and what the operator should read."""

    name: str
    before: str | None
    stood: bool
    came_back: bool
    warnings: tuple[str, ...]


def promote(house: House, name: str) -> Promoted:
    """Makes a model of the home its champion.

    The home's aliases move first and in one step, MLflow's after them: what a crash leaves between the two, the next
    `train`, `promote` or `runs --log` mends. Raises Usage for a name that is not one of this home's, and Refused with
    every gate that the model fails, or where its features or libraries are not those at hand.
    """
    bundle = registry.bundle_of(house.home, name, house.catalogue, house.settings)
    before = registry.alias(house.home, "champion")
    stood, came_back = before == name, name in registry.former(house.home)
    if not stood:
        if not came_back and (failed := list(failed_gates(house, bundle, before))):
            raise Refused(
                f"needed a model that passes every gate of promotion, found that {name} fails {len(failed)}:\n"
                + "\n".join(f"  - {gate}" for gate in failed)
                + f"\nThe champion stays {before}. The gates stand in tidewaiter.yaml under promotion."
            )
        registry.crown(house.home, name)
    fault = tracking.mirror(house.home, house.settings.tracking)
    return Promoted(name, before, stood, came_back and not stood, (fault,) if fault else ())


def failed_gates(house: House, bundle: Bundle, champion: str | None) -> Iterator[str]:
    """Every gate that a model fails, in words, with how to mend it."""
    for scheme in bundle.schemes:
        yield from (f"{scheme}: {gate}" for gate in _own_gates(house, bundle.scheme(scheme).metrics))
    if champion is None:
        return
    for scheme in sorted(set(registry.manifest(house.home, champion)["schemes"]) - set(bundle.schemes)):
        why = bundle.untrained.get(scheme, "it was not asked for")
        yield f"{scheme}: the champion has a model and this one has none ({why})"
    for scheme in bundle.schemes:
        yield from (f"{scheme}: {gate}" for gate in _gates_against(house, bundle.name, champion, scheme))


def _own_gates(house: House, metrics: dict[str, Any]) -> Iterator[str]:
    gates = house.settings.promotion
    later = "Train until a later day, when more findings are mature"
    for name, least in (("rows", gates.least_rows), ("positives", gates.least_positives)):
        if metrics[name] < least:
            title = "rows judged out of time" if name == "rows" else "finds among the rows judged out of time"
            yield f"needed {least} {title}, found {metrics[name]}. {later}, or lower promotion.least_{name}."
    error = metrics["calibration_error"]
    if error is None or error > gates.most_calibration_error:
        found = "none" if error is None else f"{error:.3f}"
        yield (
            f"needed a calibration error of at most {gates.most_calibration_error:g}, found {found}. {later}, or try "
            "another training.calibration."
        )


def _gates_against(house: House, name: str, champion: str, scheme: str) -> Iterator[str]:
    gates = house.settings.promotion
    if scheme not in registry.manifest(house.home, champion)["schemes"]:
        return
    if evaluations.judged(house.home, name).is_empty():
        yield (
            f"needed the rows that judged it, found none in {evaluations.folder_of(house.home, name)}. Restore that "
            "folder from a copy, or move the model's own away and train it again."
        )
        return
    content = evaluations.read(house.home, name, "against_champion.json")
    again = "Train it again, with the same --until and --config, to hold it against this champion"
    if content.get("champion") != champion:
        yield f"needed a head to head with the champion {champion}, found {content.get('champion') or 'none'}. {again}."
        return
    found = content["schemes"].get(scheme, {})
    if not against.enough(found, gates):
        yield (
            f"needed {gates.least_rows} rows with {gates.least_positives} finds to hold it against the champion, found "
            f"{found.get('rows', 0)} with {found.get('positives', 0)}. Train it until a later day, or train a model "
            "until the champion's day, so that both judge the same rows."
        )
        return
    lost = -found["average_precision"]["difference"]
    if lost > gates.most_lost_average_precision:
        figures = found["average_precision"]
        yield (
            f"needed an average precision at most {gates.most_lost_average_precision:g} below the champion's, found "
            f"{figures['challenger']:.3f} against {figures['champion']:.3f} on {found['rows']} {found['rows_from']}. "
            "Change its features or parameters and train again."
        )
