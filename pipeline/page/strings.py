"""Every text of the page, by language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

LANGUAGE = "en"


@cache
def strings(language: str = LANGUAGE) -> dict[str, str]:
    """The texts of a language by key."""
    content = yaml.safe_load((Path(__file__).parent / f"strings_{language}.yaml").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in content.items()}
