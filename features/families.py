"""The families, in the order in which their indicators stand. A new family is a file here and a line below."""

from __future__ import annotations

from features import declaration, findings, price
from features.catalogue import Family

FAMILIES: tuple[Family, ...] = (declaration.FAMILY, price.FAMILY, findings.FAMILY)
