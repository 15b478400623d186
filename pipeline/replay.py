"""The verb `replay`: a past night made again from the tables and compared byte for byte."""

from __future__ import annotations

import json
from datetime import datetime

from pipeline import one_night, registry
from pipeline.compare import differences
from pipeline.errors import Refused, Usage
from pipeline.house import House
from pipeline.runs import folder_name, scratch


def replay(house: House, as_of: datetime) -> list[str]:
    """What differs when the night is made again with the model that its run.json names; empty where all is equal."""
    stands = house.night(as_of)
    if not stands.is_dir():
        made = sorted(path.name for path in (house.home / "ranked").glob("[!.]*"))
        raise Usage(
            f"needed a night that was made, found none at {folder_name(as_of)}; "
            + (
                f"the newest of {len(made)} is {made[-1]}"
                if made
                else f"{house.home} holds none: run `tidewaiter rank`"
            )
        )
    run = json.loads((stands / "run.json").read_text(encoding="utf-8"))
    named = run["model"]
    bundle = None if named is None else registry.bundle_of(house.home, named["name"], house.catalogue, house.settings)
    with scratch(house.home) as draft:
        one_night.make(house, as_of, bundle, draft)
        return differences(house, as_of, draft)


def refuse(as_of: datetime, found: list[str]) -> None:
    """Raises Refused with what differs, where anything does."""
    if found:
        raise Refused(
            f"the night {folder_name(as_of)} cannot be made again as it stands:\n"
            + "\n".join(f"  - {d}" for d in found)
        )
