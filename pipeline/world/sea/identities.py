"""Who a hull says it is: true rows of name, flag, numbers and owner over time, and what its transponder sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.world.calendar import DAY, Span
from pipeline.world.randomness import stream
from pipeline.world.scenario.sea import SeaScenario
from pipeline.world.sea.fleet import fleets_of
from pipeline.world.sea.logbook import Dice, Lots

_YEAR_DAYS = 365.25
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
# A transponder goes on with what it last said: long enough for whatever happens after the world's end.
_AFTER = 400 * DAY


@dataclass(frozen=True)
class _Identity:
    valid_from: int
    imo: str | None
    mmsi: str
    call_sign: str
    name: str
    flag: str
    owner: int
    operator: int


@dataclass(frozen=True)
class _Change:
    at: int
    sold: bool = False
    renamed: bool = False
    reflagged: bool = False
    called: bool = False
    false_imo: bool = False
    laundered: bool = False


def make_identities(
    seed: int, scenario: SeaScenario, span: Span, hulls: pl.DataFrame, firms: pl.DataFrame
) -> pl.DataFrame:
    """True identities: hull, valid_from, imo, mmsi, call_sign, name, flag, owner, operator, in order of the first two.

    The row in force when the world begins has the flag, owner and operator of `hulls`.
    """
    maker = _Maker(scenario, span, Dice(stream(seed, "identities")), firms)
    columns = ("hull", "fleet", "flag", "owner", "operator", "gross_tonnage", "launders_from")
    rows = [(hull, *_values(row)) for hull, *told in hulls.select(columns).iter_rows() for row in maker.history(*told)]
    types = {
        "hull": pl.Int64, "valid_from": pl.Int64, "imo": pl.String, "mmsi": pl.String, "call_sign": pl.String,
        "name": pl.String, "flag": pl.String, "owner": pl.Int64, "operator": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=types, orient="row").sort("hull", "valid_from")


def transponders(
    seed: int, scenario: SeaScenario, span: Span, hulls: pl.DataFrame, identities: pl.DataFrame
) -> pl.DataFrame:
    """What each transponder says when: hull, begins, ends, mmsi; contiguous per hull from before the span to after it.

    It follows the true identity, but for a time some send the number of another vessel: the laundered who borrow one,
    and a few whose set is badly configured.
    """
    dice = Dice(stream(seed, "transponders"))
    own = _own_numbers(span, identities)
    said: list[tuple[int, int, int, str]] = []
    for hull, kind, launders_from in hulls.select("hull", "kind", "launders_from").iter_rows():
        borrowed = _borrows(dice, scenario, span, launders_from)
        others = [other for other in hulls.filter(pl.col("kind") == kind)["hull"] if other != hull] if borrowed else []
        if not borrowed or not others:
            said += [(hull, *row) for row in own[hull]]
            continue
        lender = others[int(dice.even() * len(others))]
        number = next(mmsi for begins, ends, mmsi in own[lender] if begins <= borrowed[0] < ends)
        said += [(hull, *row) for row in _with_borrowed(own[hull], *borrowed, number)]
    types = {"hull": pl.Int64, "begins": pl.Int64, "ends": pl.Int64, "mmsi": pl.String}
    return pl.DataFrame(said, schema=types, orient="row").sort("hull", "begins")


def imo_number(first_six: int) -> str:
    """Seven digits whose last checks the others: the last digit of the sum of each times its weight, 7 to 2."""
    digits = f"{first_six:06d}"
    return digits + str(sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=True)) % 10)


def _values(row: _Identity) -> tuple[int, str | None, str, str, str, str, int, int]:
    return row.valid_from, row.imo, row.mmsi, row.call_sign, row.name, row.flag, row.owner, row.operator


def _own_numbers(span: Span, identities: pl.DataFrame) -> dict[int, list[tuple[int, int, str]]]:
    """Stretches of time by hull in which its own number holds; the first reaches back to the first identity."""
    told: dict[int, list[tuple[int, int, str]]] = {}
    for hull, begins, mmsi in identities.select("hull", "valid_from", "mmsi").iter_rows():
        rows = told.setdefault(hull, [])
        if rows and rows[-1][2] == mmsi:
            continue
        if rows:
            rows[-1] = (rows[-1][0], begins, rows[-1][2])
        rows.append((begins, span.end + _AFTER, mmsi))
    return told


def _borrows(dice: Dice, scenario: SeaScenario, span: Span, launders_from: int | None) -> tuple[int, int] | None:
    """When a transponder says another's number, if it ever does."""
    numbers = scenario.identities
    drawn, share, days = dice.even(), dice.even(), dice.between(numbers.shared_days)
    if launders_from is None:
        begins = span.start + int(share * ((span.end - span.start) // DAY)) * DAY
        return (begins, begins + round(days) * DAY) if drawn < numbers.innocent_shared else None
    return (launders_from, launders_from + round(days) * DAY) if drawn < numbers.laundered.shared_mmsi else None


def _with_borrowed(own: list[tuple[int, int, str]], begins: int, ends: int, mmsi: str) -> list[tuple[int, int, str]]:
    before = [(first, min(last, begins), number) for first, last, number in own if first < begins]
    after = [(max(first, ends), last, number) for first, last, number in own if last > ends]
    return [*before, (begins, ends, mmsi), *after]


class _Maker:
    """Histories hull by hull; no two identities share an IMO number or an MMSI."""

    def __init__(self, scenario: SeaScenario, span: Span, dice: Dice, firms: pl.DataFrame) -> None:
        self._numbers = scenario.identities
        self._span = span
        self._dice = dice
        owners = firms.filter(pl.col("role") == "owner").sort("party")
        self._owners = Lots(dict(zip(map(str, owners["party"].to_list()), owners["weight"].to_list(), strict=True)))
        self._flags = {name: Lots(shape.flags) for name, shape in fleets_of(scenario).items()}
        self._convenience = Lots(self._numbers.convenience)
        self._used: set[str] = set()

    def history(
        self, fleet: str, flag: str, owner: int, operator: int, tonnage: float, launders_from: int | None
    ) -> list[_Identity]:
        """The identities of one hull in time order."""
        dice, numbers, start = self._dice, self._numbers, self._span.start
        first = start - round(dice.between(numbers.first_years) * _YEAR_DAYS) * DAY
        changes = self._changes(first, launders_from)
        past = [change for change in changes if change.at <= start]
        # The past is told backwards from what holds when the world begins.
        sales, hoists = [change for change in past if change.sold], [change for change in past if change.reflagged]
        then_flag = self._flags[fleet].draw(dice) if hoists else flag
        then_owner = int(self._owners.draw(dice)) if sales else owner
        imo = None
        if tonnage >= numbers.imo_from_gt or dice.happens(numbers.imo_small):
            imo = self._unused(lambda: imo_number(700_000 + int(dice.even() * 280_000)))
        rows = [
            _Identity(first, imo, self._mmsi(then_flag), self._call_sign(then_flag), self._name(then_flag), then_flag,
                      then_owner, then_owner if sales else operator)
        ]  # fmt: skip
        for change in changes:
            new_owner = (owner if change is sales[-1] else None) if change in sales else None
            new_flag = (flag if change is hoists[-1] else None) if change in hoists else None
            row = self._changed(rows[-1], change, fleet, new_owner, new_flag)
            if change.at <= start and sales and change is sales[-1]:
                row = replace(row, operator=operator)
            rows.append(row)
        return rows

    def _changes(self, first: int, launders_from: int | None) -> list[_Change]:
        """What changes when, at most once a day; the laundered change by their own shares."""
        dice, numbers, kinds = self._dice, self._numbers, ("sold", "renamed", "reflagged")
        found: dict[int, _Change] = {}
        for kind in kinds:
            at = float(first)
            rate = getattr(numbers.earlier, kind)
            while rate > 0:
                at += -np.log(1 - dice.even()) / rate * _YEAR_DAYS * DAY
                if at >= self._span.end:
                    break
                day = int(at // DAY) * DAY
                if day > first and day not in found:
                    found[day] = self._honest(day, kind)
        if launders_from is not None:
            found[launders_from] = self._laundered(launders_from)
            if dice.happens(numbers.laundered.again):
                again = launders_from + round(dice.between(numbers.again_days)) * DAY
                found[again] = self._laundered(again)
        return [found[at] for at in sorted(found) if at < self._span.end]

    def _honest(self, at: int, kind: str) -> _Change:
        renamed = kind == "renamed" or (kind == "sold" and self._dice.happens(self._numbers.sold_renames))
        return _Change(
            at, sold=kind == "sold", renamed=renamed, reflagged=kind == "reflagged", called=kind == "reflagged"
        )

    def _laundered(self, at: int) -> _Change:
        dice, shares = self._dice, self._numbers.laundered
        renamed, reflagged = dice.happens(shares.renamed), dice.happens(shares.reflagged)
        return _Change(
            at, sold=dice.happens(shares.sold), renamed=renamed or not reflagged, reflagged=reflagged,
            called=reflagged or dice.happens(shares.call_sign), false_imo=dice.happens(shares.false_imo),
            laundered=True,
        )  # fmt: skip

    def _changed(self, row: _Identity, change: _Change, fleet: str, owner: int | None, flag: str | None) -> _Identity:
        dice, numbers = self._dice, self._numbers
        row = replace(row, valid_from=change.at)
        if change.reflagged:
            flag = flag or (self._convenience if change.laundered else self._flags[fleet]).draw(dice)
            keeps = dice.happens(numbers.laundered.keeps_mmsi if change.laundered else numbers.keeps_mmsi)
            mmsi = row.mmsi if keeps or flag == row.flag else self._mmsi(flag)
            row = replace(row, flag=flag, mmsi=mmsi)
        if change.called:
            row = replace(row, call_sign=self._call_sign(row.flag))
        if change.renamed:
            row = replace(row, name=self._name(row.flag))
        if change.false_imo and row.imo:
            row = replace(row, imo=self._unused(lambda: f"{7_000_000 + int(dice.even() * 2_800_000):07d}"))
        if change.sold:
            owner = int(self._owners.draw(dice)) if owner is None else owner
            row = replace(row, owner=owner, operator=owner)
        return row

    def _mmsi(self, flag: str) -> str:
        mids, dice = self._numbers.mid[flag], self._dice
        return self._unused(lambda: mids[int(dice.even() * len(mids))] + f"{int(dice.even() * 1e6):06d}")

    def _call_sign(self, flag: str) -> str:
        letters = "".join(_LETTERS[int(self._dice.even() * len(_LETTERS))] for _ in range(3))
        return f"{self._numbers.call_signs[flag]}{letters}{int(self._dice.even() * 10)}"

    def _name(self, flag: str) -> str:
        key, dice = "RU" if flag == "RU" else "other", self._dice
        first, second = self._numbers.names[key], self._numbers.second_names[key]
        name = f"{first[int(dice.even() * len(first))]} {second[int(dice.even() * len(second))]}"
        return f"{name} {2 + int(dice.even() * 97)}" if dice.happens(self._numbers.numbered) else name

    def _unused(self, draw: Callable[[], str]) -> str:
        number = draw()
        while number in self._used:
            number = draw()
        self._used.add(number)
        return number
