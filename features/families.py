"""The families, in the order in which their indicators stand. A new family is a file here and a line below."""

from __future__ import annotations

from features import (
    calls,
    catch,
    declaration,
    descriptions,
    documents,
    findings,
    identity,
    parcels,
    party,
    price,
    route,
    timing,
    voyage,
)
from features.catalogue import Family

FAMILIES: tuple[Family, ...] = (
    declaration.FAMILY,
    descriptions.FAMILY,
    timing.FAMILY,
    parcels.FAMILY,
    party.FAMILY,
    route.FAMILY,
    identity.FAMILY,
    calls.FAMILY,
    voyage.FAMILY,
    price.FAMILY,
    findings.FAMILY,
    catch.FAMILY,
    documents.FAMILY,
)
