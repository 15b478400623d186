"""The scenario of a world: the sections of `configs/world/north_west_pacific/`, or others laid over them."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.errors import Usage
from pipeline.settings import laid_over, nearest, read_keys
from pipeline.world.firms.firms import LaneOfFirms
from pipeline.world.scenario.ais import Ais
from pipeline.world.scenario.bounds import Frozen
from pipeline.world.scenario.brands import BrandsOfWorld
from pipeline.world.scenario.firms import FirmsOfWorld
from pipeline.world.scenario.inspection import Inspection
from pipeline.world.scenario.offences import Offences, WorldScheme
from pipeline.world.scenario.papers import PapersScenario
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.scenario.signals import Signals
from pipeline.world.scenario.trade import Trade

SHIPPED = Path(__file__).resolve().parents[3] / "configs" / "world" / "north_west_pacific"


class Scenario(Frozen):
    """Everything that a world is drawn from, beside the seed and the number of consignments."""

    trade: Trade
    offences: Offences
    inspection: Inspection
    firms: FirmsOfWorld
    brands: BrandsOfWorld
    sea: SeaScenario
    ais: Ais
    papers: PapersScenario
    signals: Signals

    def looked_for(self) -> dict[str, WorldScheme]:
        """The schemes that officers look for: those named like their lane."""
        return {name: scheme for name, scheme in self.offences.schemes.items() if name == scheme.lane}

    def lanes_of_firms(self) -> dict[str, LaneOfFirms]:
        """What the firms of each lane depend on."""
        return {
            name: {
                "share": lane.share,
                "destination": lane.destination,
                "origins": {country: origin.share for country, origin in lane.origins.items()},
                "activities": lane.activities,
                "relays": tuple(lane.relays),
            }
            for name, lane in self.trade.lanes.items()
        }


def load_scenario(overlay: Path | None = None) -> Scenario:
    """The shipped scenario, with the sections of a file (or of a folder of such files) laid over it key by key.

    Raises Usage that tells every mistake at once.
    """
    mistakes: list[str] = []
    content = _sections(SHIPPED, mistakes)
    if overlay is not None:
        if not overlay.exists():
            raise Usage(f"needed a scenario, found nothing at {overlay}: name a YAML file or a folder of them")
        content = laid_over(content, _sections(overlay, mistakes))
    if mistakes:
        raise Usage("the scenario cannot be read:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        faults = [_in_words(detail) for detail in error.errors()]
        raise Usage("the scenario is not one:\n" + "\n".join(f"  - {fault}" for fault in faults)) from None
    faults = list(_cross_faults(scenario))
    if faults:
        raise Usage("the scenario does not fit together:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return scenario


def _sections(path: Path, mistakes: list[str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        content = laid_over(content, read_keys(file, mistakes))
    return content


def _in_words(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown key{nearest(str(detail['loc'][-1]), _siblings(detail['loc'][:-1]))}"
    return f"{place}: {detail['msg']}, found {str(detail['input'])[:80]!r}"


def _siblings(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that are known at a place of the scenario."""
    models: list[type[BaseModel]] = [Scenario]
    for part in location:
        fields = [model.model_fields[str(part)].annotation for model in models if str(part) in model.model_fields]
        models = [model for field in fields for model in _models_in(field)] or models
    return tuple(name for model in models for name in model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _cross_faults(scenario: Scenario) -> Iterator[str]:
    """What no section can tell by itself."""
    lanes, offences = scenario.trade.lanes, scenario.offences
    ports = set(scenario.sea.ports)
    for name, lane in lanes.items():
        for office in lane.offices:
            if office not in ports:
                yield f"trade.lanes.{name}.offices: {office} is not among sea.ports; add it there, or take another"
        if lane.relay_of is not None and lane.relay_of not in lane.origins:
            yield f"trade.lanes.{name}.relay_of: {lane.relay_of} is not among its origins; add the origin"
        if lane.marked and not {goods.hs6 for goods in lane.goods} & {h for m in scenario.brands.marks for h in m.hs6}:
            yield f"trade.lanes.{name}: marked, but no mark of the section brands is for any of its goods; add one"
    for name, scheme in offences.schemes.items():
        if scheme.lane not in lanes:
            yield f"offences.schemes.{name}.lane: {scheme.lane!r} is no lane{nearest(scheme.lane, tuple(lanes))}"
    for mechanism in offences.mechanisms():
        if mechanism not in offences.scheme_of():
            yield f"offences.of_voyages: {mechanism} is missing; name the scheme whose cases its voyages are"
    for name in lanes:
        if name not in scenario.papers.strands:
            yield f"papers.strands: the lane {name} is missing; name the papers that go with its goods"
    known = {"honest", *offences.mechanisms()}
    for symptom, shares in offences.symptoms.items():
        for name in shares:
            if name not in known:
                yield f"offences.symptoms.{symptom}: {name!r} is no mechanism{nearest(name, tuple(sorted(known)))}"
        if "honest" not in shares:
            yield f"offences.symptoms.{symptom}: needed a share of the honest; add `honest`"
    missing = set(typing.get_args(typing.get_args(type(offences).model_fields["symptoms"].annotation)[0]))
    for symptom in sorted(missing - set(offences.symptoms)):
        yield f"offences.symptoms: {symptom} is missing; add it, with the share of the honest"
    for change in offences.changes:
        if change.lane not in lanes:
            yield f"offences.changes: {change.lane!r} is no lane{nearest(change.lane, tuple(lanes))}"
