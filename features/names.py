"""Names of firms as they sound, whatever script they were written in, and how like two of them are.

A name is read in Unicode's compatibility form. Kana and Hangul have their sound in their Unicode names; Cyrillic is
written in Latin letters by a small table. Words that only say what kind of firm it is are left out. Two forms are
compared: the letters, and what is left of them where scripts disagree (vowels, doubled letters, l and r, b and v).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

_CYRILLIC_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяієїґ"
_IN_LATIN = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i e i g"
_CYRILLIC = dict(zip(_CYRILLIC_LETTERS, _IN_LATIN.split(), strict=True))
_KINDS_OF_FIRM = (
    "co ltd limited inc corp corporation company llc llp plc gmbh ag sa srl bv oy ab as kk kabushiki kaisha "
    "kabusikikaisya yk ooo oao zao pao ao ip tov jsc ojsc cjsc pjsc pte pty group holding the and of"
)
_FIRM = frozenset(_KINDS_OF_FIRM.split())
_KOREAN_OR_JAPANESE_FIRM = ("株式会社", "有限会社", "合同会社", "주식회사", "(株)", "(有)")
_SOUND = re.compile(r"^(?:KATAKANA|HIRAGANA|HANGUL) (?:LETTER|SYLLABLE) ((?:SMALL )?([A-Z]+))$")
_DOUBLING = "SMALL TU"  # no sound of its own: it doubles the consonant after it
# How the same sound is spelled; longer spellings first.
_SPELLINGS = (
    *(("shch", "s"), ("sch", "s"), ("sh", "s"), ("tch", "c"), ("ch", "c"), ("zh", "z"), ("kh", "h"), ("ph", "f")),
    *(("ts", "c"), ("tz", "c"), ("ck", "k"), ("dz", "z"), ("si", "si"), ("ti", "ci"), ("tu", "cu"), ("x", "ks")),
    *(("j", "z"), ("q", "k"), ("w", "v")),
)
_COARSE = str.maketrans({"l": "r", "v": "b", "f": "h", "c": "s", "z": "s", "d": "t", "g": "k", "p": "b", "y": ""})
_ENOUGH = 3  # letters; a shorter skeleton is like too many names
_KEPT = 100_000  # names and words, since most come again
HAN = re.compile(r"[㐀-鿿]")


def similarity(one: pl.Series, other: pl.Series) -> pl.Series:
    """Per place how like two names are, from 0 to 1; null where either is empty or cannot be read as sounds.

    The greater of the likeness of their letters and, where a name of another script takes part, of their skeletons
    (both rapidfuzz's token-sorted ratio). Names with Chinese characters have no sound by themselves: they are compared
    with each other as written, and with no other. O(n) for n different pairs.
    """
    pairs = pl.DataFrame({"one": one, "other": other}, schema={"one": pl.String, "other": pl.String})
    different = pairs.drop_nulls().unique(maintain_order=True)
    found = _similarities(different["one"].to_list(), different["other"].to_list())
    told = different.with_columns(similarity=pl.Series(found, dtype=pl.Float64, nan_to_null=True))
    return pairs.join(told, on=["one", "other"], how="left", maintain_order="left")["similarity"]


def _similarities(ones: list[str], others: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if not ones:
        return np.zeros(0)
    read = [(folded(one), folded(other)) for one, other in zip(ones, others, strict=True)]
    comparable = [bool(a[0] and b[0] and a[2] == b[2]) for a, b in read]
    letters = _ratio([a[0] for a, _ in read], [b[0] for _, b in read])
    # Kana leave no blanks between words, so that skeletons are compared without them.
    skeletons = _ratio([a[1].replace(" ", "") for a, _ in read], [b[1].replace(" ", "") for _, b in read])
    other_script = [a[3] != b[3] and min(len(a[1]), len(b[1])) >= _ENOUGH for a, b in read]
    likeness = np.where(other_script, np.maximum(letters, skeletons), letters)
    return np.where(comparable, np.round(likeness, 6), np.nan)


def _ratio(ones: list[str], others: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ratios = process.cpdist(ones, others, scorer=fuzz.token_sort_ratio, workers=1, dtype=np.float64)
    return np.asarray(ratios, dtype=np.float64) / 100


@lru_cache(_KEPT)
def folded(name: str) -> tuple[str, str, bool, bool]:
    """Letters of a name, its skeleton, whether it has Chinese characters, whether any letter was not Latin.

    Words are sorted when compared, so that the kind of firm may stand first or last.
    """
    plain = unicodedata.normalize("NFKC", name)
    for firm in _KOREAN_OR_JAPANESE_FIRM:
        plain = plain.replace(firm, " ")
    plain = plain.casefold()
    is_latin = plain.isascii()
    latin = plain if is_latin else "".join(map(_as_latin, unicodedata.normalize("NFC", plain)))
    words = [word for word in re.findall(r"\w+", latin.replace(".", "")) if word not in _FIRM]
    letters = " ".join(_spelled(word) for word in words)
    skeleton = " ".join(bones for bones in map(_skeleton, words) if bones)
    if is_latin:
        return letters, skeleton, False, False
    return letters, skeleton, HAN.search(plain) is not None, any(ord(c) > 0x24F and c.isalpha() for c in plain)


@cache
def _as_latin(character: str) -> str:
    if character in _CYRILLIC:
        return _CYRILLIC[character].replace("_", "")
    if character == "ー":  # the vowel before it is long
        return ""
    sound = _SOUND.match(unicodedata.name(character, ""))
    if sound:
        return "" if sound.group(1) == _DOUBLING else sound.group(2).lower()
    return "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))


@lru_cache(_KEPT)
def _spelled(word: str) -> str:
    for spelling, sound in _SPELLINGS:
        word = word.replace(spelling, sound)
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(_KEPT)
def _skeleton(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiou]", "", _spelled(word).translate(_COARSE)))
