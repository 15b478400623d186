"""The verb `rank`: the list of one night, published whole, or the word that it stands already."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from models.bundle import Bundle
from pipeline import one_night, registry
from pipeline.compare import differences
from pipeline.errors import Refused, Usage
from pipeline.house import House
from pipeline.one_night import Made
from pipeline.runs import folder_name, scratch


@dataclass(frozen=True)
class Ranked:
    """A published night: its folder, what was made, and whether an equal one stood already."""

    folder: Path
    made: Made
    stood: bool

    @property
    def warnings(self) -> list[str]:
        """What the operator should read: what the rows say, and what the files say."""
        return [*self.made.run["warnings"], *self.made.notices]


def rank(house: House, as_of: datetime, model: str | None = None, force: bool = False) -> Ranked:
    """Makes the list of one night: by the champion where no `model` is named, by rules where there is no model.

    A night that stands is never overwritten: made again and equal it stays, different it is refused (Refused), unless
    `force` moves it to `<home>/superseded/` first.
    """
    bundle = _bundle(house, as_of, model)
    with scratch(house.home) as draft:
        made = one_night.make(house, as_of, bundle, draft)
        if not house.night(as_of).exists():
            _publish(house, as_of, draft)
            return Ranked(house.night(as_of), made, stood=False)
        found = differences(house, as_of, draft)
        if not found:
            return Ranked(house.night(as_of), made, stood=True)
        if not force:
            raise Refused(
                f"the night {folder_name(as_of)} stands and differs from what would be made now:\n"
                + "\n".join(f"  - {difference}" for difference in found)
                + "\nIt was left as it is. Use --force to move it to superseded/ and publish the new one."
            )
        _supersede(house, as_of)
        _publish(house, as_of, draft)
        return Ranked(house.night(as_of), made, stood=False)


def nights(first: datetime, last: datetime) -> list[datetime]:
    """Every daily cut-off from the first to the last."""
    if last < first:
        raise Usage(f"needed --to at or after --as-of, found {last.isoformat()} before {first.isoformat()}")
    return [first + timedelta(days=days) for days in range((last - first).days + 1)]


def _bundle(house: House, as_of: datetime, model: str | None) -> Bundle | None:
    if model is None:
        return registry.champion(house.home, as_of, house.catalogue, house.settings)
    return registry.not_after(registry.bundle_of(house.home, model, house.catalogue, house.settings), as_of)


def _publish(house: House, as_of: datetime, draft: Path) -> None:
    """Moves a draft into place. The list comes last: a night without its list is no night and is made anew."""
    quarantine, place = house.quarantine(as_of), house.night(as_of)
    shutil.rmtree(quarantine, ignore_errors=True)
    if (draft / "quarantine").exists():
        quarantine.parent.mkdir(parents=True, exist_ok=True)
        (draft / "quarantine").rename(quarantine)
    place.parent.mkdir(parents=True, exist_ok=True)
    (draft / "ranked").rename(place)


def _supersede(house: House, as_of: datetime) -> None:
    attic = house.home / "superseded" / folder_name(as_of)
    attic.mkdir(parents=True, exist_ok=True)
    place = attic / str(1 + max((int(old.name) for old in attic.iterdir() if old.name.isdigit()), default=0))
    place.mkdir()
    if house.quarantine(as_of).exists():
        house.quarantine(as_of).rename(place / "quarantine")
    house.night(as_of).rename(place / "ranked")
