"""The house: where inputs and results lie, and under which settings the verbs work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from features.catalogue import Catalogue
from features.voyage_runs import REACH
from pipeline.inputs import Inputs, read_inputs
from pipeline.options import catalogue_of
from pipeline.runs import folder_name
from pipeline.settings import Settings


@dataclass(frozen=True)
class House:
    """Inputs are read; results go under home: `ranked/`, `quarantine/`, `matrix/`, `models/`, `superseded/`."""

    inputs: Path
    home: Path
    settings: Settings

    @cached_property
    def catalogue(self) -> Catalogue:
        """The indicators under these settings."""
        return catalogue_of(self.settings)

    def read(self, as_of: datetime | None, needs: str | None) -> Inputs:
        """The tables that anything rests on, held against the contract, up to a cut-off; of positions, a night reads
        as far back as it looks. Raises InputsRefused."""
        labels = {scheme.label for scheme in self.settings.schemes.values()}
        not_delivered = set(self.settings.not_delivered)
        since = {"position": as_of - timedelta(microseconds=REACH)} if as_of is not None and needs == "rank" else {}
        return read_inputs(self.inputs, as_of, labels, not_delivered, needs, self._read_tables, since)

    @cached_property
    def _read_tables(self) -> set[str]:
        """What indicators, scopes, labels and histories read."""
        indicators = {table for indicator in self.catalogue.indicators for table in indicator.reads}
        return {"consignment", "goods_item", "inspection", "party", "brand", *indicators}

    def night(self, as_of: datetime) -> Path:
        """The folder of a night's list."""
        return self.home / "ranked" / folder_name(as_of)

    def quarantine(self, as_of: datetime) -> Path:
        """The folder of a night's quarantined rows."""
        return self.home / "quarantine" / folder_name(as_of)
