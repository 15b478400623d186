"""A likelihood in words that an officer can weigh."""

from __future__ import annotations

from collections.abc import Mapping


def in_words(probability: float, strings: Mapping[str, str]) -> str:
    """ "about 1 in 6 like this were confirmed": calibrated probabilities say what share of such rows was confirmed."""
    if probability < 0.01:
        return strings["words_rare"]
    if probability > 0.9:
        return strings["words_certain"]
    if probability <= 0.5:
        return strings["words_one_in"].format(n=_round(1 / probability))
    return strings["words_in_ten"].format(n=round(probability * 10))


def _round(number: float) -> int:
    """To two figures at most: "1 in 37" says more than is known."""
    return round(number) if number < 20 else round(number / 5) * 5 if number < 50 else round(number, -1).__int__()
