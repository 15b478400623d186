"""What the offices could open of a judged block, by hand and as the selection itself counts."""

import numpy as np
import pandas as pd
import pytest

from models.evaluation import evaluate
from models.judging import Beside, judge, rooms_of
from models.selection import SelectionPolicy

OFFICES = np.array(["A", "A", "A", "A", "A", "B", "B", "B"])
NIGHTS = np.array([1, 1, 1, 2, 2, 1, 2, 2])


def beside(capacity: dict) -> Beside:
    identity = pd.DataFrame({"firm": list("xxyyzxyz")})
    return Beside(OFFICES, SelectionPolicy(seed=1, capacity=capacity), identity, {"firm": ["firm"]})


@pytest.mark.parametrize(
    ("capacity", "rooms"),
    [
        ({"default": 0.2}, [1, 1]),  # 1.0 and 0.6, rounded up over all nights
        ({"default": 0.1}, [1, 1]),
        ({"default": 2}, [4, 3]),  # two a night, but no more than the night has
        ({"default": 0.5, "B": 1}, [3, 2]),
    ],
)
def test_a_share_counts_over_the_block_and_a_number_counts_each_night(capacity, rooms):
    found = rooms_of(beside(capacity), NIGHTS)
    assert found.blocks.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert found.rows.tolist() == rooms


def test_the_office_of_a_row_moves_with_it():
    order = np.array([7, 0, 6, 1, 5, 2, 4, 3])
    found = rooms_of(beside({"default": 0.5, "B": 1}).take(order), NIGHTS[order])
    assert found.blocks.tolist() == [int(office == "B") for office in OFFICES[order]]
    assert found.rows.tolist() == [3, 2]


def test_novelty_is_told_where_the_past_is_given_and_nothing_where_it_is_not():
    labels, said = np.array([1, 0, 0, 1, 0, 1, 0, 0]), np.linspace(0.9, 0.1, 8)
    clusters = np.arange(8)
    plain = judge(labels, said, clusters, NIGHTS, None, None, 0)
    assert plain == evaluate(labels, said, clusters=clusters, draws=200)
    everything = beside({"default": 1})
    past = everything.take(np.array([0, 1])), labels[:2]
    full = judge(labels, said, clusters, NIGHTS, everything, past, 0)
    assert full["novelty"]["keys"]["firm"]["seen_rows"] == 3
    assert full["at_capacity"]["rows"] == 4
