"""Numbers kept in order while some enter and others leave, and the robust middle and spread of them.

Median and median absolute deviation, as in Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", JASA
1993. Both are exact: the same numbers give the same answer in whatever order they came and went.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import accumulate

BLOCK = 10_000  # to move so many numbers in memory costs about as much as the call that does it


class Ordered:
    """Numbers in order, in blocks of at most 2 BLOCK of them.

    To enter or leave costs O(BLOCK + n / BLOCK), a move of memory of some microseconds up to millions of numbers; one
    flat list would need O(n).
    """

    def __init__(self) -> None:
        self._blocks: list[list[float]] = [[]]
        self._firsts: list[float] = []  # of all blocks but the first
        self._size = 0

    def add(self, number: float) -> None:
        place = bisect_right(self._firsts, number)
        block = self._blocks[place]
        insort(block, number)
        self._size += 1
        if len(block) > 2 * BLOCK:
            self._blocks[place : place + 1] = [block[:BLOCK], block[BLOCK:]]
            self._firsts.insert(place, block[BLOCK])

    def remove(self, number: float) -> None:
        """Takes out one number that is equal. Raises ValueError where there is none."""
        for place in range(bisect_left(self._firsts, number), len(self._blocks)):  # equal ones may fill several blocks
            block = self._blocks[place]
            at = bisect_left(block, number)
            if at < len(block):
                break
        if at == len(block) or block[at] != number:
            raise ValueError(f"needed {number!r} among the {len(self)} numbers, found none equal to it; add it before")
        del block[at]
        self._size -= 1
        if not block and self._firsts:
            del self._blocks[place], self._firsts[max(place - 1, 0)]

    def __len__(self) -> int:
        return self._size

    def view(self) -> _Sorted:
        """The numbers as they are now, to be read by place; valid until the next one enters or leaves."""
        return self._blocks[0] if len(self._blocks) == 1 else _Joined(self._blocks)


class _Joined:
    """Blocks read as one list."""

    def __init__(self, blocks: Sequence[list[float]]) -> None:
        self._blocks = blocks
        self._starts = [0, *accumulate(map(len, blocks))]

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, place: int) -> float:
        block = bisect_right(self._starts, place) - 1
        return self._blocks[block][place - self._starts[block]]


_Sorted = list[float] | _Joined


def median(values: _Sorted) -> float:
    """The median of sorted values, at least one."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def median_deviation(values: _Sorted, middle: float) -> float:
    """The median of |value - middle| of sorted values, in O(log n): none of the deviations is written down.

    The values that are nearest to the middle stand beside each other; the left end of the run of half of them, and one
    more, is searched for. Its farther end is the upper of the two middle deviations, the farther end of the rest the
    lower.
    """
    size = len(values)
    half = size // 2
    low, high = 0, size - half - 1
    while low < high:
        begin = (low + high) // 2
        if middle - values[begin] > values[begin + half + 1] - middle:
            low = begin + 1
        else:
            high = begin
    below, above = middle - values[low], values[low + half] - middle
    if size % 2:
        return max(below, above)
    if below > above:
        return (max(middle - values[low + 1], above) + below) / 2
    return (max(below, values[low + half - 1] - middle) + above) / 2
